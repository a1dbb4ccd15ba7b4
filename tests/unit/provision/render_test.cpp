#include "harness/provision/render.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/provision/releases.h"
#include "harness/provision/shown_step.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::provision {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const fs::path kFixtures = fs::path(CRIB_SOURCE_DIR) / "fixtures";

// What `crib recipe show` is asked for.
struct Case {
    std::string recipe;
    std::string os;
    std::string kubernetes;
    std::string source = "upstream";
};

// One system a version of Kubernetes, such as people had at its time.
const std::vector<Case> kCases = {
    {"crio-kubeadm-flannel", "ubuntu-18.04", "1.20"}, {"crio-kubeadm-flannel", "ubuntu-20.04", "1.24"},
    {"crio-kubeadm-flannel", "ubuntu-22.04", "1.28"}, {"crio-kubeadm-flannel", "rocky-9", "1.30"},
    {"crio-kubeadm-flannel", "debian-12", "1.32"},    {"crio-kubeadm-flannel", "ubuntu-24.04", "1.34"},
    {"crio-kubeadm-flannel", "debian-13", "1.36"},    {"containerd-kubeadm-flannel", "debian-13", "1.36"},
    {"crio-kubeadm-flannel", "rocky-9", "1.28"},      {"crio-kubeadm-flannel", "fedora", "1.36"}};

Recipe recipe_of(const Case& shown) {
    return load_recipe(kFixtures / "recipes" / shown.recipe);
}

const catalogue::Catalogue& known_versions() {
    static const auto known = catalogue::Catalogue::read(kFixtures / "catalogue", kFixtures / "components");
    return known;
}

RunFacts facts_of(const Case& shown) {
    return example_facts(known_versions(), {shown.os, shown.source, {{"kubernetes", shown.kubernetes}}});
}

void expect_golden(const std::string& text, const std::string& name) {
    const auto file = fs::path(CRIB_SOURCE_DIR) / "tests/golden/provision" / name;
    if (std::getenv("CRIB_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
        make_folder(file.parent_path());
        write_file(file, text);
    }
    EXPECT_EQ(text, read_file(file)) << "run this test with CRIB_UPDATE_GOLDEN=1 and read the difference";
}

// What a program says about a script, and whether it was content.
std::string complaints(const std::string& program, const std::string& script) {
    const TempFolder folder(fs::temp_directory_path(), "render");
    const auto file = folder.path() / "script.sh";
    write_file(file, script);
    const std::string command = program + " '" + file.string() + "' 2>&1";
    FILE* pipe = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): our own file name
    if (pipe == nullptr) return "cannot be run";
    std::string output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
    return pclose(pipe) == 0 ? "" : output + "(it failed)";
}

TEST(Tutorial, OfEachSystemAndVersionIsAsReviewed) {
    for (const auto& shown : kCases) {
        expect_golden(render_tutorial(recipe_of(shown), facts_of(shown)),
                      "tutorial-" + shown.recipe.substr(0, shown.recipe.find('-')) + "-" + shown.os + "-" +
                          shown.kubernetes + ".md");
    }
}

TEST(Script, ForDebian13IsAsReviewed) {
    const Case shown{"crio-kubeadm-flannel", "debian-13", "1.36"};
    expect_golden(render_script(recipe_of(shown), facts_of(shown)), "script-crio-debian-13-1.36.sh");
}

TEST(Script, OfEachSystemAndVersionIsSoundShell) {
    for (const auto& shown : kCases) {
        const auto script = render_script(recipe_of(shown), facts_of(shown));
        EXPECT_EQ(complaints("bash -n", script), "") << shown.os;
        EXPECT_EQ(complaints("shellcheck", script), "") << shown.os;
        EXPECT_THAT(script, Not(HasSubstr("@CRIB"))) << shown.os;
    }
}

TEST(Script, OfARpmSystemHasNothingOfAptsSystems) {
    for (const auto* kubernetes : {"1.22", "1.26", "1.30"}) {
        const Case shown{"crio-kubeadm-flannel", "rocky-9", kubernetes};
        const auto script = render_script(recipe_of(shown), facts_of(shown));
        EXPECT_EQ(script.find("apt-get"), std::string::npos) << kubernetes;
        EXPECT_EQ(script.find("/etc/default/"), std::string::npos) << kubernetes;
        EXPECT_EQ(complaints("shellcheck", script), "") << kubernetes;
    }
    const Case old{"crio-kubeadm-flannel", "rocky-9", "1.22"};
    EXPECT_THAT(render_script(recipe_of(old), facts_of(old)),
                HasSubstr("dnf install -y conntrack ebtables ethtool iproute iptables socat"));
}

TEST(Script, BeginsWithWhatToReadBefore) {
    const Case shown{"crio-kubeadm-flannel", "debian-13", "1.36"};
    const auto script = render_script(recipe_of(shown), facts_of(shown), {"mind the gap"});
    EXPECT_LT(script.find("# Note: mind the gap\n"), script.find("set -euo pipefail"));
    EXPECT_EQ(complaints("shellcheck", script), "");
    EXPECT_THAT(render_tutorial(recipe_of(shown), facts_of(shown), {"mind the gap"}),
                HasSubstr("Before you begin:\n\n- mind the gap\n"));
}

TEST(Script, BeginsWithNothingButCommentsWhateverAVersionSays) {
    auto facts = facts_of(kCases.back());
    facts.versions["flannel"] = "0.28.10\nrm -rf /";
    const auto text = render_script(recipe_of(kCases.back()), facts, {"a note\r\nrm -rf /"});
    const auto head = text.substr(0, text.find("# As root, in this order"));
    EXPECT_THAT(head, HasSubstr("rm -rf /"));
    for (const auto& line : split_lines(head)) EXPECT_TRUE(line.starts_with("#")) << line;
}

TEST(Script, HasATurnForTheWorkersBetweenTwoOfTheControlPlane) {
    const Case shown{"crio-kubeadm-flannel", "debian-13", "1.36"};
    const auto script = render_script(recipe_of(shown), facts_of(shown));
    const auto init = script.find("run_step kubeadm_init");
    const auto worker = script.find("\nworker)");
    const auto join = script.find("run_step kubeadm_join");
    const auto again = script.find("\ncontrol-plane-2)");
    const auto nginx = script.find("run_step nginx ");
    ASSERT_NE(nginx, std::string::npos);
    EXPECT_LT(init, worker);
    EXPECT_LT(worker, join);
    EXPECT_LT(join, again);
    EXPECT_LT(again, nginx);
}

TEST(Tutorial, OfAnUpstreamSourceNamesNoPlaceThatOnlyCribHas) {
    for (const auto& shown : kCases) {
        EXPECT_THAT(render_tutorial(recipe_of(shown), facts_of(shown)), Not(HasSubstr("crib.test"))) << shown.os;
    }
}

TEST(Tutorial, OfCribsOwnSourceIsWhatCribRuns) {
    const Case shown{"crio-kubeadm-flannel", "debian-13", "1.36", "crib"};
    EXPECT_THAT(render_tutorial(recipe_of(shown), facts_of(shown)),
                HasSubstr("http://packages.crib.test/cri-o/v1.36/deb/"));
}

TEST(Tutorial, OfASystemThatARepositoryDoesNotHaveIsRefusedWithTheName) {
    const Case shown{"crio-kubeadm-flannel", "ubuntu-24.04", "1.24"};
    try {
        (void)render_tutorial(recipe_of(shown), facts_of(shown));
        FAIL() << "rendered";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("${os.kubic}"));
    }
}

TEST(ShownVersions, AreThoseOfTheTimeUnlessNamed) {
    const auto& releases = known_versions();
    const auto facts = example_facts(releases, {"debian-13", "upstream", {{"kubernetes", "1.28"}}});
    EXPECT_EQ(facts.versions.at("kubernetes"), "1.28.15");
    EXPECT_EQ(facts.versions.at("cri-o"), "1.28.11");
    EXPECT_EQ(facts.images.at("pause"), "registry.k8s.io/pause:3.9");
    EXPECT_EQ(example_facts(releases, {"debian-13", "upstream", {{"cri-o", "1.35"}}}).versions.at("cri-o"), "1.35.6");
    EXPECT_EQ(example_facts(releases, {"debian-13", "upstream", {{"kubernetes", "1.28.3"}}}).versions.at("kubernetes"),
              "1.28.3");
    EXPECT_EQ(example_facts(releases, {"debian-13", "upstream", {}}).versions.at("kubernetes"),
              releases.resolve("kubernetes", "latest").version);
}

TEST(ShownVersions, PullFromTheRegistryOfTheirPatch) {
    const auto pause_of = [](const std::string& version) {
        return example_facts(known_versions(), {"ubuntu-20.04", "upstream", {{"kubernetes", version}}})
            .images.at("pause");
    };
    EXPECT_EQ(pause_of("1.22.16"), "k8s.gcr.io/pause:3.5");
    EXPECT_EQ(pause_of("1.22.17"), "registry.k8s.io/pause:3.5");
    EXPECT_EQ(pause_of("1.23.14"), "k8s.gcr.io/pause:3.6");
    EXPECT_EQ(pause_of("1.23.15"), "registry.k8s.io/pause:3.6");
    EXPECT_EQ(pause_of("1.24.8"), "k8s.gcr.io/pause:3.7");
    EXPECT_EQ(pause_of("1.24.9"), "registry.k8s.io/pause:3.7");
    EXPECT_EQ(pause_of("1.23"), "registry.k8s.io/pause:3.6");
}

TEST(ShownVersions, ThatNobodyKnowsAreMistakesWithTheNearest) {
    try {
        (void)example_facts(known_versions(), {"debian-13", "upstream", {{"kubernetes", "1.63"}}});
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), HasSubstr("1.36"));
    }
}

// What stands in a script that people run is a version, whatever else is written behind it.
TEST(ShownVersions, AreNeverMoreThanAVersionOfAComponent) {
    for (const auto* version : {"1.36.99", "1.36.3x", "1.36.3; rm -rf /", "1.36.3\nrm -rf /", "", "v1.36.3"}) {
        EXPECT_THROW((void)example_facts(known_versions(), {"debian-13", "upstream", {{"kubernetes", version}}}), Error)
            << version;
        EXPECT_THROW((void)example_facts(known_versions(), {"debian-13", "upstream", {{"cri-o", version}}}), Error)
            << version;
    }
    EXPECT_THROW((void)example_facts(known_versions(), {"debian-13", "upstream", {{"nope", "1"}}}), Error);
}

TEST(ShownValues, StandWhereTheyMeanTheSameAndStayVariablesElsewhere) {
    const std::map<std::string, std::string> values = {{"A", "1.36"}, {"B", "two words"}, {"URL", "http://x/"}};
    EXPECT_EQ(with_values("x \"$A\" ${URL}key $AB \"$B\"", values), "x \"1.36\" http://x/key $AB \"two words\"");
    EXPECT_EQ(with_values("C=$B $D", {{"B", "two words"}, {"D", "a\"b"}}), "C=$B $D");
    EXPECT_EQ(with_values("x${E:+ $E}y", {{"E", ""}}), "xy");
    EXPECT_EQ(with_values("# $A is a version", values), "# $A is a version");
    EXPECT_EQ(with_values("${A:+ $A}", values), "${A:+ 1.36}");
    EXPECT_TRUE(uses_variable("echo ${B:+x}", "B"));
    EXPECT_FALSE(uses_variable("echo $BC B", "B"));
}

// The upstream tutorial beside what crib does of it. One line a command: "=" both have it, "-" only the tutorial has
// it, "+" only crib; a reason stands under what differs.
class Beside {
public:
    explicit Beside(const Plan& plan) : plan_(plan) {}

    std::string row(const nlohmann::json& row) {
        const auto id = row.at("step").get<std::string>();
        shown_.insert(id);
        auto ours = lines_of(id);
        std::string text = "## " + id + "\n";
        for (const auto& line : row.at("lines")) {
            const auto says = line.at("says").get<std::string>();
            const auto same = std::find(ours.begin(), ours.end(), says);
            text += (same == ours.end() ? "- " : "= ") + says + "\n";
            if (same != ours.end()) {
                ours.erase(same);
                EXPECT_FALSE(line.contains("departure")) << says << " is no departure";
            } else {
                EXPECT_TRUE(line.contains("departure")) << says << " is not done, and nothing says why";
                text += "      " + line.value("departure", "?") + "\n";
            }
        }
        for (const auto& line : ours) text += "+ " + line + "\n";
        EXPECT_EQ(row.contains("adds"), !ours.empty()) << id;
        if (row.contains("adds")) text += "      " + row["adds"].get<std::string>() + "\n";
        return text + "\n";
    }

    void expect_complete() {
        for (const auto& step : plan_.steps) {
            EXPECT_EQ(shown_.count(step.id), 1U) << step.id << " is beside nothing of the tutorial";
        }
    }

private:
    // The step's commands, without comments, blank lines and indentation.
    [[nodiscard]] std::vector<std::string> lines_of(const std::string& id) const {
        const auto step =
            std::find_if(plan_.steps.begin(), plan_.steps.end(), [&](const auto& one) { return one.id == id; });
        if (step == plan_.steps.end()) return {};
        std::vector<std::string> lines;
        for (const auto& line : split_lines(with_values(parts_of(step->script).commands, step->inputs))) {
            const auto bare = trim(line);
            if (!bare.empty() && !bare.starts_with('#')) lines.emplace_back(bare);
        }
        return lines;
    }

    const Plan& plan_;
    std::set<std::string> shown_;
};

TEST(TheTutorialsOwnCell, StandsLineForLineBesideWhatTheTutorialSays) {
    const Case shown{"crio-kubeadm-flannel", "ubuntu-18.04", "1.20"};
    auto facts = facts_of(shown);
    facts.versions["flannel"] = "0.13.0";
    const auto plan = plan_steps(recipe_of(shown), facts);
    const auto file = kFixtures / "recipes" / shown.recipe / "tutorial.json";
    const auto tutorial = nlohmann::json::parse(read_file(file));
    Beside beside(plan);
    std::string text = "= both, - the tutorial alone, + crib alone; under it the reason\n\n";
    for (const auto& row : tutorial.at("steps")) text += beside.row(row);
    beside.expect_complete();
    expect_golden(text, "tutorial-beside.txt");
}

}  // namespace
}  // namespace crib::provision
