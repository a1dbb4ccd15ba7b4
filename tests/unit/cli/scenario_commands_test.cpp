// crib validate, crib fmt: what they do to files, and their exit codes.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/cli/commands.h"
#include "harness/cli/known_facts.h"
#include "tests/unit/cli/looked_at.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr auto kGood = R"({
  "os": "debian-13",
  "versions": {"kubernetes": "1.36.3", "cri-o": "1.36.3", "flannel": "0.28.10"},
  "nodes": [{"name": "master", "role": "control-plane"}]
}
)";

class ScenarioCommands : public ::testing::Test {
protected:
    std::string put(const std::string& name, const std::string& text) {
        const auto file = folder.path() / name;
        write_file(file, text);
        return file.string();
    }
    template <typename Command>
    int run(const Command& command) {
        auto said = test::said_by(services, command);
        out = std::move(said.out);
        err = std::move(said.err);
        return said.code;
    }

    template <typename Command>
    std::string refusal(const Command& command) {
        try {
            (void)run(command);
        } catch (const Error& error) {
            (void)::testing::internal::GetCapturedStdout();
            (void)::testing::internal::GetCapturedStderr();
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "none";
    }

    TempFolder folder{fs::temp_directory_path(), "crib-test"};
    Output output;
    Services services{CRIB_SOURCE_DIR, (folder.path() / "state").string(), "/nowhere/crib", output};
    std::string out;
    std::string err;
};

TEST_F(ScenarioCommands, ValidateTellsAllMistakesOfAllFiles) {
    const auto bad = put("bad.json", R"({"os": "debian-31", "nodes": []})");
    const auto worse = put("worse.json", "{");
    EXPECT_EQ(run(ValidateCommand{{put("good.json", kGood), bad, worse}, {}}), 2);
    EXPECT_THAT(err, HasSubstr(bad + ":1:8: $.os: unknown node image"));
    EXPECT_THAT(err, HasSubstr(worse + ":1:2: not valid JSON"));
    EXPECT_THAT(err, HasSubstr("3 scenarios: 4 mistakes in 2 files"));
}

// Of a folder full of files of another kind, say.
TEST_F(ScenarioCommands, ValidateTellsNoMoreThanPeopleReadWhateverTheNumberOfFiles) {
    std::vector<std::string> files;
    for (int i = 0; i < 60; ++i) files.push_back(put("bad" + std::to_string(i) + ".json", "{"));
    EXPECT_EQ(run(ValidateCommand{files, {}}), 2);
    EXPECT_THAT(err, HasSubstr("bad49.json:1:2: "));
    EXPECT_THAT(err, ::testing::Not(HasSubstr("bad50.json")));
    EXPECT_THAT(err, HasSubstr("\nand 10 mistakes more\n60 scenarios: 60 mistakes in 60 files\n"));
    EXPECT_EQ(run(FormatCommand{files, true}), 2);
    EXPECT_THAT(err, ::testing::Not(HasSubstr("bad50.json")));
    EXPECT_THAT(err, HasSubstr("\nand 10 mistakes more\n"));
}

TEST_F(ScenarioCommands, SayALongWordBackShort) {
    const std::string word(100'000, 'x');
    const auto file = put("long.json", R"({")" + word + R"(": 1, "os": ")" + word + "\"}");
    EXPECT_EQ(run(ValidateCommand{{file}, {}}), 2);
    EXPECT_LT(err.size(), 5000U);
    EXPECT_THAT(err, HasSubstr("xxx…xxx"));
    EXPECT_EQ(run(FormatCommand{{file}, true}), 2);
    EXPECT_LT(err.size(), 2000U);
}

TEST_F(ScenarioCommands, ValidateIsContentWithTheProjectsOwnScenarios) {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(CRIB_SOURCE_DIR "/scenarios")) {
        if (entry.path().extension() == ".json") files.push_back(entry.path().string());
    }
    EXPECT_EQ(run(ValidateCommand{files, {}}), 0) << err;
    EXPECT_THAT(out, HasSubstr("nothing is wrong"));
}

// The good scenario with this matrix.
std::string with_matrix(const std::string& matrix) {
    std::string text = kGood;
    return text.insert(text.find("\"nodes\""), "\"matrix\": " + matrix + ",\n  ");
}

// A scenario with everything from its publishers.
std::string on_bionic(const std::string& kubernetes, const std::string& crio, const std::string& more = {}) {
    return R"({
  "os": "ubuntu-18.04",
  "versions": {"kubernetes": ")" +
           kubernetes + R"(", "cri-o": ")" + crio + R"(", "flannel": "0.28.9"},
  "components": {"kubernetes": "upstream", "cri-o": "upstream", "flannel": "upstream"},)" +
           more + R"(
  "nodes": [{"name": "master", "role": "control-plane"}]
})";
}

TEST_F(ScenarioCommands, ValidateRefusesWhatCannotWorkWhereItStands) {
    const auto file = put("mine.json", on_bionic("1.36.3", "1.36.3"));
    EXPECT_EQ(run(ValidateCommand{{file}, {}}), 2);
    EXPECT_THAT(err, HasSubstr(file + ":2:9: $.os: ubuntu-18.04 boots with cgroup v1, which kubelet 1.36.3 refuses"));
    const auto shown = put("shown.json", on_bionic("1.36.3", "1.36.3", R"("expect": {"fails-at": "kubeadm-init"},)"));
    EXPECT_EQ(run(ValidateCommand{{shown}, {}}), 0) << "it is to be shown that it fails";
}

// As plan does: the scenario itself is what `crib run` would run.
TEST_F(ScenarioCommands, ValidateRefusesAMatrixWhoseOwnScenarioCannotWork) {
    const auto file = put("mine.json", on_bionic("1.36.3", "1.36.3", R"(
  "matrix": {"axes": {"versions.kubernetes": ["1.34.10", "1.36.3"]}},)"));
    PlanCommand plan;
    plan.file = file;
    plan.accel = "tcg";
    EXPECT_THAT(refusal(plan), HasSubstr("ubuntu-18.04 boots with cgroup v1, which kubelet 1.36.3 refuses"));
    EXPECT_EQ(run(ValidateCommand{{file}, {}}), 2);
    EXPECT_THAT(err, HasSubstr(file + ":2:9: $.os: ubuntu-18.04 boots with cgroup v1, which kubelet 1.36.3 refuses"));
}

TEST_F(ScenarioCommands, AllRefuseAMutationOfAStepThatThisSystemGoesWithout) {
    std::string text = kGood;
    text.insert(text.find("\"nodes\""), R"("mutations": [{"skip": "selinux-permissive"}], )");
    const auto file = put("idle.json", text);
    const auto why = "$.mutations[0].skip: the step selinux-permissive runs on no node with these versions and systems";
    EXPECT_EQ(run(ValidateCommand{{file}, {}}), 2);
    EXPECT_THAT(err, HasSubstr(file + ":4:26: " + why));
    PlanCommand plan;
    plan.file = file;
    plan.accel = "tcg";
    EXPECT_THAT(refusal(plan), HasSubstr(file + ": " + why));
}

// What one cell goes without, another one may have: labels that only an administrator may give are a step of their own.
TEST_F(ScenarioCommands, AllTakeAMutationThatHasItsEffectInOneCell) {
    const auto labelled = [&](const std::string& labels) {
        std::string text = kGood;
        return text.insert(text.find("\"nodes\""), R"("mutations": [{"skip": "node-labels"}],
  "matrix": {"axes": {"nodes.master.labels": [{}, )" + labels +
                                                       "]}},\n  ");
    };
    PlanCommand plan;
    plan.file = put("some.json", labelled(R"({"node-role.kubernetes.io/edge": ""})"));
    plan.accel = "tcg";
    EXPECT_EQ(run(ValidateCommand{{plan.file}, {}}), 0) << err;
    EXPECT_EQ(refusal(plan), "none");
    EXPECT_EQ(run(ValidateCommand{{put("none.json", labelled(R"({"zone": "a"})"))}, {}}), 2);
    EXPECT_THAT(err, HasSubstr("none.json:4:26: $.mutations[0].skip: the step node-labels runs on no node with these "
                               "versions and systems, in no cell of the matrix"));
}

TEST_F(ScenarioCommands, ValidateBlamesTheFlagForWhatIsWrongSinceThen) {
    const auto file = put("good.json", kGood);
    EXPECT_EQ(run(ValidateCommand{{file}, {"components.cri-tools=upstream"}}), 2);
    EXPECT_THAT(err, HasSubstr("--set components.cri-tools=upstream: $.components.cri-tools: "));
    EXPECT_EQ(run(ValidateCommand{{file}, {R"(mutations=[{"skip": "selinux-permissive"}])"}}), 2);
    EXPECT_THAT(err, HasSubstr("--set mutations=[{\"skip\": \"selinux-permissive\"}]: $.mutations[0].skip: "));
}

TEST_F(ScenarioCommands, ValidateWarnsOfWhatWillSoonNotWork) {
    const auto file = put("mine.json", on_bionic("1.34.10", "1.34.11"));
    EXPECT_EQ(run(ValidateCommand{{file}, {}}), 0);
    EXPECT_THAT(err, HasSubstr(file + ":2:9: $.os: warning: ubuntu-18.04 boots with cgroup v1"));
    EXPECT_THAT(out, HasSubstr("nothing is wrong, 2 warnings"));
}

TEST_F(ScenarioCommands, RecipeShowRefusesWhatCannotWorkAndWarnsAsAPlanDoes) {
    RecipeShowCommand show{"crio-kubeadm-flannel", "ubuntu-18.04", "upstream", {"versions.kubernetes=1.36"}};
    EXPECT_THAT(refusal(show), HasSubstr("crio-kubeadm-flannel on ubuntu-18.04: this cannot work: "));
    show.sets = {"versions.kubernetes=1.34"};
    EXPECT_EQ(run(show), 0);
    EXPECT_THAT(out, HasSubstr("Before you begin:\n\n- ubuntu-18.04 boots with cgroup v1"));
    show.format = "script";
    EXPECT_EQ(run(show), 0);
    EXPECT_THAT(out, HasSubstr("\n# Note: ubuntu-18.04 boots with cgroup v1"));
}

TEST_F(ScenarioCommands, AllRefuseAMatrixWithAWrongValue) {
    const auto file =
        put("bad.json", with_matrix(R"({"axes": {"versions.kubernetes": ["lastest", "1.36.3", "1.99"]}})"));
    EXPECT_EQ(run(ValidateCommand{{file}, {}}), 2);
    EXPECT_THAT(err, HasSubstr(file + ":4:47: $.matrix.axes[\"versions.kubernetes\"][0]: kubernetes has no version "
                                      "lastest\n    did you mean \"latest\"?"));
    EXPECT_THAT(err, HasSubstr("kubernetes has no version 1.99"));
    MatrixCommand list;
    list.file = file;
    list.list = true;
    EXPECT_THAT(refusal(list), HasSubstr("did you mean \"latest\"?"));
    PlanCommand plan;
    plan.file = file;
    plan.accel = "tcg";
    EXPECT_THAT(refusal(plan), HasSubstr("did you mean \"latest\"?"));
}

TEST_F(ScenarioCommands, ValidateNotesAnExclusionThatMatchesNoCell) {
    const auto file = put("idle.json", with_matrix(R"({"axes": {"os": ["debian-12", "debian-13"]},
    "exclude": [{"os": "debian-31"}]})"));
    EXPECT_EQ(run(ValidateCommand{{file}, {}}), 0) << err;
    EXPECT_THAT(out, HasSubstr(file + ":5:17: $.matrix.exclude[0]: note: matches no cell\n"));
    EXPECT_THAT(out, HasSubstr("nothing is wrong"));
}

TEST_F(ScenarioCommands, ValidateNotesAmountsThatAreOne) {
    const auto file = put("one.json", with_matrix(R"({"axes": {"nodes.master.memory": ["4GiB", "4096MiB", "3GiB"]}})"));
    EXPECT_EQ(run(ValidateCommand{{file}, {}}), 0) << err;
    EXPECT_THAT(out, HasSubstr("nodes.master.memory: 4096MiB is 4GiB, which is listed already"));
    MatrixCommand list;
    list.file = file;
    list.list = true;
    EXPECT_EQ(run(list), 0);
    EXPECT_THAT(out, HasSubstr("\n2 cells\n"));
}

TEST_F(ScenarioCommands, MatrixSaysWhyAMinorThatIsGoneCannotBeHad) {
    MatrixCommand list;
    list.file = put("old.json", with_matrix(R"({"axes": {"versions.kubernetes": ["1.20", "1.36.3"]}})"));
    list.sets = {"components.kubernetes=upstream"};
    list.list = true;
    EXPECT_EQ(run(list), 0);
    EXPECT_THAT(out, HasSubstr("\n1 cell\n"));
    EXPECT_THAT(out, HasSubstr("there is no package repository with kubernetes 1.20.15 for debian-13: "
                               "apt.kubernetes.io is gone since"));
    EXPECT_THAT(out, ::testing::Not(HasSubstr("no exact version")));
}

TEST_F(ScenarioCommands, ValidateKnowsTheStepsOfTheRecipe) {
    std::string text = kGood;
    text.insert(text.find("\"nodes\""), R"("mutations": [{"skip": "swap-of"}], )");
    EXPECT_EQ(run(ValidateCommand{{put("bad.json", text)}, {}}), 2);
    EXPECT_THAT(err, HasSubstr("did you mean \"swap-off\"?"));
}

// A boot and a set-up later would be late to say so.
TEST_F(ScenarioCommands, ValidateKnowsTheNodesThatAChecksParametersMayName) {
    std::string text = kGood;
    text.insert(text.find("\"nodes\""), R"("checks": [{"http": {"from": "mastr"}}], )");
    const auto file = put("bad.json", text);
    EXPECT_EQ(run(ValidateCommand{{file}, {}}), 2);
    EXPECT_THAT(err, HasSubstr(file + ":4:24: $.checks[0].http.from: unknown node \"mastr\"\n"
                                      "    did you mean \"master\"? on offer: master"));
    EXPECT_EQ(run(ValidateCommand{{file}, {"nodes[0].name=mastr"}}), 0) << err;
    EXPECT_EQ(run(ValidateCommand{{file}, {"checks[0].http.from=master"}}), 0) << err;
}

TEST_F(ScenarioCommands, ValidateTellsANodeWithoutANameOnce) {
    std::string text = kGood;
    text.replace(text.find("\"name\": \"master\", "), 18, "");
    text.insert(text.find("\"nodes\""), R"("checks": [{"http": {"from": "master"}}], )");
    EXPECT_EQ(run(ValidateCommand{{put("bad.json", text)}, {}}), 2);
    EXPECT_THAT(err, HasSubstr("1 scenario: 1 mistake in 1 file"));
}

TEST_F(ScenarioCommands, KnowRelativeVersions) {
    std::string text = kGood;
    text.replace(text.find("\"1.36.3\""), 8, "\"latest\"");
    const auto result = scenario::load(put("a.json", text), {}, known_facts(services.folders));
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    EXPECT_EQ(result.scenario->versions.at("kubernetes").substr(0, 2), "1.");
    EXPECT_EQ(result.scenario->written_versions.at("kubernetes"), "latest");
}

TEST_F(ScenarioCommands, FmtWritesTheCanonicalFormOnce) {
    const auto file = put("a.json", "{\"os\":1}");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(run(FormatCommand{{file}, false}), 0);
    EXPECT_EQ(read_file(file), "{\n  \"os\": 1\n}\n");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_THAT(out, HasSubstr("formatted"));
    EXPECT_EQ(run(FormatCommand{{file}, false}), 0);
    EXPECT_EQ(out, "");
}

TEST_F(ScenarioCommands, FmtCheckWritesNothing) {
    const auto file = put("a.json", "{\"os\":1}");
    EXPECT_EQ(run(FormatCommand{{file}, true}), 1);
    EXPECT_EQ(read_file(file), "{\"os\":1}");
    EXPECT_THAT(out, HasSubstr("is not in its canonical form"));
}

TEST_F(ScenarioCommands, FmtLeavesABrokenFileAsItIs) {
    const auto file = put("a.json", "{\"os\":1,}");
    const auto other = put("b.json", "{\"os\":1}");
    EXPECT_EQ(run(FormatCommand{{file, other, (folder.path() / "no.json").string()}, false}), 2);
    EXPECT_EQ(read_file(file), "{\"os\":1,}");
    EXPECT_EQ(read_file(other), "{\n  \"os\": 1\n}\n");
    EXPECT_THAT(err, HasSubstr("a.json:1:9: not valid JSON"));
    EXPECT_THAT(err, HasSubstr("no.json"));
}

TEST_F(ScenarioCommands, FmtLeavesOtherKindsOfJsonAsTheyAre) {
    const std::string package = R"({"name":"web","version":"1.0.0","scripts":{}})";
    const auto file = put("package.json", package);
    EXPECT_EQ(run(FormatCommand{{file}, false}), 2);
    EXPECT_EQ(read_file(file), package);
    EXPECT_THAT(err, HasSubstr("package.json:1:15: $.version: no scenario has the key \"version\""));
    const auto named = put("named.json", R"({"name":"web"})");
    EXPECT_EQ(run(FormatCommand{{named}, true}), 2);
    EXPECT_THAT(err, HasSubstr("it has none of a scenario's keys"));
}

TEST_F(ScenarioCommands, FmtChangesNeitherAReadOnlyFileNorTheOtherNamesOfOne) {
    const auto file = put("a.json", "{\"os\":1}");
    const auto other = folder.path() / "other.json";
    fs::create_hard_link(file, other);
    EXPECT_EQ(run(FormatCommand{{file}, false}), 0);
    EXPECT_EQ(read_file(other), "{\n  \"os\": 1\n}\n");
    const auto closed = put("closed.json", "{\"os\":1}");
    fs::permissions(closed, fs::perms::owner_read);
    EXPECT_EQ(run(FormatCommand{{closed}, false}), 2);
    EXPECT_EQ(read_file(closed), "{\"os\":1}");
    EXPECT_THAT(err, HasSubstr("closed.json: it is read-only"));
    EXPECT_EQ(run(FormatCommand{{closed}, true}), 1) << "to look at it is all right";
}

TEST_F(ScenarioCommands, NeitherWaitsForAFifo) {
    const auto pipe = folder.path() / "ff";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(run(ValidateCommand{{pipe.string()}, {}}), 2);
    EXPECT_THAT(err, HasSubstr("is a FIFO, not a regular file"));
    EXPECT_EQ(run(FormatCommand{{pipe.string()}, false}), 2);
    EXPECT_THAT(err, HasSubstr("is a FIFO, not a regular file"));
    EXPECT_EQ(run(ValidateCommand{{put("mine.json", R"({"extends": "ff"})")}, {}}), 2);
    EXPECT_THAT(err, HasSubstr("ff cannot be extended: is a FIFO"));
    std::string text = kGood;
    text.insert(text.find("\"nodes\""), R"("mutations": [{"insert-after": "sysctls", "id": "x", "script": "ff"}], )");
    EXPECT_EQ(run(ValidateCommand{{put("step.json", text)}, {}}), 2);
    EXPECT_THAT(err, HasSubstr("ff is a FIFO, not a regular file"));
}

TEST_F(ScenarioCommands, LeaveOutLocksAndSchemasThatAreSoAndNotThoseThatAreOnlyCalledSo) {
    const std::string schema = CRIB_SOURCE_DIR "/scenarios/scenario.schema.json";
    const auto lock = put("mine.lock.json", R"({"lock": 1})");
    EXPECT_EQ(run(ValidateCommand{{put("good.json", kGood), schema, lock}, {}}), 0);
    EXPECT_THAT(out, HasSubstr("1 scenario: nothing is wrong; left out: 2 files of locks and schemas"));
    EXPECT_EQ(run(FormatCommand{{put("short.json", "{\n  \"os\": 1\n}\n"), schema, lock}, false}), 0);
    EXPECT_EQ(out, "");
    EXPECT_EQ(run(FormatCommand{{schema, lock}, false}), 0);
    EXPECT_EQ(out, "no scenario is among them; left out: 2 files of locks and schemas\n");
    const auto absent = (folder.path() / "nope.schema.json").string();
    const auto made = (folder.path() / "folder.lock.json").string();
    fs::create_directory(made);
    for (const auto& file : {absent, made, put("bad.schema.json", R"({"os": 1})"), put("cut.lock.json", "{")}) {
        EXPECT_EQ(run(ValidateCommand{{file}, {}}), 2) << file;
        EXPECT_THAT(err, HasSubstr(file));
        EXPECT_THAT(err, HasSubstr("in 1 file")) << file;
    }
    EXPECT_EQ(run(FormatCommand{{absent}, false}), 2);
}

TEST_F(ScenarioCommands, FmtFollowsALink) {
    const auto file = put("a.json", "{\"os\":1}");
    fs::create_symlink(file, folder.path() / "link.json");
    EXPECT_EQ(run(FormatCommand{{(folder.path() / "link.json").string()}, false}), 0);
    EXPECT_TRUE(fs::is_symlink(folder.path() / "link.json"));
    EXPECT_EQ(read_file(file), "{\n  \"os\": 1\n}\n");
}

TEST_F(ScenarioCommands, SchemaIsThePublishedFile) {
    EXPECT_EQ(run(SchemaCommand{}), 0);
    EXPECT_EQ(out, read_file(CRIB_SOURCE_DIR "/scenarios/scenario.schema.json"));
    EXPECT_EQ(run(ExplainFieldCommand{"nodes.memory"}), 0);
    EXPECT_THAT(out, HasSubstr("nodes.memory: a text"));
}

TEST_F(ScenarioCommands, ExplainFieldKnowsTheComponents) {
    EXPECT_EQ(run(ExplainFieldCommand{"versions.kubernetes"}), 0);
    EXPECT_THAT(out, HasSubstr("    NAME is one of: cni-plugins, coredns, cri-o, "));
    for (const auto* key : {"versions.kubernets", "components.kubernets", "nodes.versions.kubernets"}) {
        try {
            run(ExplainFieldCommand{key});
            FAIL() << key;
        } catch (const Error& error) {
            (void)::testing::internal::GetCapturedStdout();
            (void)::testing::internal::GetCapturedStderr();
            EXPECT_THAT(error.what(), HasSubstr("there is no component \"kubernets\""));
            EXPECT_EQ(error.hint(), "did you mean kubernetes?");
        }
    }
}

}  // namespace
}  // namespace crib::cli
