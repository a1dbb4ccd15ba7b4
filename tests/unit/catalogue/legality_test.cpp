// Which cells are refused, and that their neighbours are not.

#include "harness/catalogue/legality.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/catalogue/cell_path.h"
#include "tests/unit/catalogue/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <set>

namespace crib::catalogue {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Legality& legality() {
    static const Legality legality(real_catalogue(),
                                   std::filesystem::path(CRIB_SOURCE_DIR) / "fixtures/catalogue/illegal.json");
    return legality;
}

std::vector<std::string> rules_of(const std::vector<Illegal>& found) {
    std::vector<std::string> rules;
    for (const auto& illegal : found) {
        EXPECT_FALSE(illegal.reason.empty());
        EXPECT_THAT(illegal.reason, Not(HasSubstr("${"))) << illegal.rule;
        EXPECT_FALSE(illegal.source.empty()) << illegal.rule;
        rules.push_back(illegal.rule);
    }
    return rules;
}

std::vector<std::string> refused(const Cell& cell) {
    return rules_of(legality().illegal(cell));
}

std::vector<std::string> warned(const Cell& cell) {
    return rules_of(legality().warnings(cell));
}

// A cell of Kubernetes and CRI-O from checkouts, so that no rule about what is on offer applies.
Cell cell_of(const std::string& os, const std::string& kubernetes, const std::string& cri_o) {
    Cell cell;
    cell.os = os;
    cell.versions = {{"kubernetes", kubernetes}, {"cri-o", cri_o}};
    cell.sources = {
        {"kubernetes", "local:../kubernetes"}, {"cri-o", "local:../cri-o"}, {"flannel", "local:../flannel"}};
    return cell;
}

Cell from_upstream(Cell cell) {
    cell.sources = {
        {"kubernetes", "upstream"}, {"cri-o", "upstream"}, {"flannel", "upstream"}, {"cni-plugins", "upstream"}};
    return cell;
}

Cell with_version(Cell cell, const std::string& component, const std::string& version) {
    cell.versions[component] = version;
    return cell;
}

Cell with_runtime(Cell cell, const std::string& runtime) {
    cell.runtime = runtime;
    return cell;
}

Cell with_kubeadm_api(Cell cell, const std::string& api) {
    cell.kubeadm_api = api;
    return cell;
}

Cell with_cgroup(Cell cell, const std::string& cgroup) {
    cell.cgroup = cgroup;
    return cell;
}

Cell with_control_plane(Cell cell, unsigned vcpus, unsigned memory_mib) {
    CellNode node;
    node.name = "master";
    node.control_plane = true;
    node.vcpus = vcpus;
    node.memory_mib = memory_mib;
    cell.nodes = {node};
    return cell;
}

// A control plane, and a worker whose kubelet is another.
Cell with_worker(Cell cell, const std::string& kubelet) {
    cell = with_control_plane(std::move(cell), 2, 2300);
    CellNode worker;
    worker.name = "worker1";
    worker.versions = {{"kubernetes", kubelet}};
    cell.nodes.push_back(worker);
    return cell;
}

struct Case {
    std::string rule;
    Cell refused;
    Cell neighbour;  // that the rule lets through
};

std::vector<Case> cases() {
    const auto newest = cell_of("debian-13", "1.36.3", "1.36.3");
    const auto tutorial = from_upstream(cell_of("ubuntu-18.04", "1.24.0", "1.24.0"));
    Cell modules = newest;
    modules.sources.clear();
    return {
        {"crun-too-old", with_runtime(cell_of("debian-12", "1.36.3", "1.36.3"), "crun"),
         with_runtime(cell_of("debian-12", "1.36.3", "1.36.3"), "runc")},
        {"crun-too-old", with_runtime(cell_of("debian-12", "1.30.0", "1.30.0"), "crun"),
         with_runtime(cell_of("debian-12", "1.29.0", "1.29.0"), "crun")},
        {"crun-too-old", with_runtime(cell_of("debian-12", "1.36.3", "1.36.3"), "crun"),
         with_runtime(cell_of("debian-13", "1.36.3", "1.36.3"), "crun")},
        {"crun-too-old", with_runtime(cell_of("ubuntu-24.04", "1.36.3", "1.36.3"), "crun"),
         with_runtime(cell_of("ubuntu-24.04", "1.36.3", "1.36.3"), "runc")},
        {"crun-too-old", with_runtime(cell_of("debian-12", "1.36.3", "1.36.3"), "crun"),
         with_runtime(from_upstream(cell_of("debian-12", "1.36.3", "1.36.3")), "crun")},
        {"cgroup-v1-refused", cell_of("ubuntu-20.04", "1.35.0", "1.35.0"), cell_of("ubuntu-20.04", "1.34.0", "1.34.0")},
        {"cgroup-v1-refused", with_cgroup(newest, "v1"), with_cgroup(newest, "v2")},
        {"cgroup-v2-too-early", cell_of("debian-11", "1.21.14", "1.21.7"), cell_of("debian-11", "1.22.0", "1.22.0")},
        {"cgroup-v2-too-early", cell_of("debian-11", "1.20.0", "1.20.0"), cell_of("ubuntu-20.04", "1.20.0", "1.20.0")},
        {"flannel-pod-security-policy", with_version(cell_of("debian-11", "1.25.0", "1.25.0"), "flannel", "0.18.1"),
         with_version(cell_of("debian-11", "1.25.0", "1.25.0"), "flannel", "0.19.0")},
        {"flannel-pod-security-policy", with_version(cell_of("debian-11", "1.25.0", "1.25.0"), "flannel", "0.18.1"),
         with_version(cell_of("debian-11", "1.24.0", "1.24.0"), "flannel", "0.18.1")},
        {"flannel-rbac-v1beta1", with_version(cell_of("debian-11", "1.22.0", "1.22.0"), "flannel", "0.13.0"),
         with_version(cell_of("debian-11", "1.22.0", "1.22.0"), "flannel", "0.14.0")},
        {"flannel-plugin-missing", with_version(with_version(tutorial, "flannel", "0.14.0"), "cni-plugins", "1.0.0"),
         with_version(with_version(tutorial, "flannel", "0.14.0"), "cni-plugins", "0.9.1")},
        {"flannel-plugin-missing", with_version(with_version(tutorial, "flannel", "0.14.0"), "cni-plugins", "1.0.0"),
         with_version(with_version(tutorial, "flannel", "0.15.0"), "cni-plugins", "1.0.0")},
        {"crictl-without-cri-v1", with_version(cell_of("debian-12", "1.26.0", "1.26.0"), "cri-tools", "1.22.0"),
         with_version(cell_of("debian-12", "1.26.0", "1.26.0"), "cri-tools", "1.23.0")},
        {"crictl-without-cri-v1", with_version(cell_of("debian-12", "1.26.0", "1.26.0"), "cri-tools", "1.22.0"),
         with_version(cell_of("debian-12", "1.26.0", "1.25.5"), "cri-tools", "1.22.0")},
        {"fedora-modules-gone", from_upstream(cell_of("fedora", "1.27.0", "1.27.0")),
         from_upstream(cell_of("fedora", "1.28.0", "1.28.0"))},
        {"fedora-modules-gone", from_upstream(cell_of("fedora", "1.27.0", "1.27.0")),
         cell_of("fedora", "1.27.0", "1.27.0")},
        {"too-few-processors", with_control_plane(newest, 1, 2300), with_control_plane(newest, 2, 2300)},
        {"too-little-memory", with_control_plane(newest, 2, 1699), with_control_plane(newest, 2, 1700)},
        {"no-such-version", with_version(modules, "kubernetes", "1.36.99"), newest},
        {"no-such-version", with_version(modules, "kubernetes", "latest"), newest},
        {"no-such-version", with_version(from_upstream(modules), "kubernetes", "latest"),
         with_version(from_upstream(modules), "kubernetes", "1.36.99")},
        {"not-from-source", with_version(modules, "cri-o", "1.35.6"), modules},
        {"kubelet-newer", with_worker(cell_of("debian-13", "1.35.6", "1.36.3"), "1.36.0"),
         with_worker(cell_of("debian-13", "1.36.0", "1.36.3"), "1.36.3")},
        {"kubelet-too-old", with_worker(newest, "1.32.13"), with_worker(newest, "1.33.13")},
        {"kubelet-too-old", with_worker(cell_of("debian-11", "1.26.0", "1.24.0"), "1.23.17"),
         with_worker(cell_of("debian-11", "1.25.0", "1.24.0"), "1.23.17")},
        {"cri-o-minor", cell_of("debian-13", "1.36.3", "1.33.13"), cell_of("debian-13", "1.36.3", "1.34.11")},
        {"no-common-cri", cell_of("debian-11", "1.22.17", "1.26.0"), cell_of("debian-11", "1.22.17", "1.25.5")},
        {"no-common-cri", cell_of("debian-11", "1.26.0", "1.20.9"), cell_of("debian-11", "1.26.0", "1.21.0")},
        {"kernel-too-old", cell_of("ubuntu-18.04", "1.32.0", "1.32.0"), cell_of("ubuntu-18.04", "1.31.0", "1.31.0")},
        {"kernel-too-old", cell_of("ubuntu-18.04", "1.33.13", "1.33.13"), cell_of("ubuntu-18.04", "1.34.0", "1.34.0")},
        {"kubeadm-api", with_kubeadm_api(newest, "v1beta2"), with_kubeadm_api(newest, "v1beta3")},
        {"no-repository", from_upstream(cell_of("debian-11", "1.23.17", "1.24.0")),
         from_upstream(cell_of("debian-11", "1.24.0", "1.24.0"))},
    };
}

TEST(Legality, RefusesACellAndAllowsItsNeighbour) {
    for (const auto& [rule, bad, good] : cases()) {
        EXPECT_THAT(refused(bad), Contains(rule));
        EXPECT_THAT(refused(good), Not(Contains(rule)));
    }
}

TEST(Legality, HasACaseHereForEveryRule) {
    std::set<std::string> tested;
    for (const auto& one : cases()) tested.insert(one.rule);
    for (const auto* warning : {"cgroup-v1-maintenance", "kernel-not-lts", "storage-metacopy", "kernel-old",
                                "cri-o-other-minor", "programs-only", "repository-unmaintained"}) {
        tested.insert(warning);
    }
    for (const auto& rule : legality().rules()) EXPECT_THAT(tested, Contains(rule));
}

TEST(Legality, AllowsWhatIsRunHere) {
    for (const auto* kubernetes : {"1.34.10", "1.35.6", "1.36.3"}) {
        EXPECT_THAT(refused(with_runtime(cell_of("debian-13", kubernetes, "1.36.3"), "crun")), IsEmpty()) << kubernetes;
        EXPECT_THAT(refused(with_runtime(cell_of("debian-12", kubernetes, "1.36.3"), "runc")), IsEmpty()) << kubernetes;
    }
    Cell two_node;
    two_node.os = "debian-13";
    two_node.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
    EXPECT_THAT(refused(two_node), IsEmpty());
    EXPECT_THAT(warned(two_node), IsEmpty());
}

TEST(Legality, WarnsOfWhatUpstreamDoesNotPromise) {
    EXPECT_THAT(warned(cell_of("debian-13", "1.35.6", "1.36.3")), ElementsAre("cri-o-other-minor"));
    EXPECT_THAT(warned(cell_of("debian-13", "1.36.0", "1.36.3")), IsEmpty());
    EXPECT_THAT(warned(cell_of("ubuntu-18.04", "1.34.0", "1.34.0")),
                ElementsAre("cgroup-v1-maintenance", "kernel-old"));
    EXPECT_THAT(warned(cell_of("ubuntu-20.04", "1.30.0", "1.30.0")), IsEmpty());
    EXPECT_THAT(warned(cell_of("rocky-9", "1.34.0", "1.34.0")), ElementsAre("kernel-not-lts"));
    EXPECT_THAT(warned(cell_of("rocky-9", "1.33.0", "1.33.0")), IsEmpty());
    EXPECT_THAT(warned(from_upstream(cell_of("ubuntu-18.04", "1.20.0", "1.20.0"))),
                ElementsAre("storage-metacopy", "repository-unmaintained"));
    EXPECT_THAT(warned(from_upstream(cell_of("ubuntu-20.04", "1.20.0", "1.20.0"))),
                ElementsAre("repository-unmaintained"));
    EXPECT_THAT(warned(from_upstream(cell_of("ubuntu-20.04", "1.28.0", "1.28.0"))), IsEmpty())
        << "its old repository has a maintained successor";
}

TEST(Legality, ContentsItselfWithProgramsWhereTheyWillDo) {
    auto cell = from_upstream(cell_of("ubuntu-18.04", "1.20.15", "1.20.9"));
    EXPECT_THAT(refused(cell), ElementsAre("no-repository"));
    EXPECT_THAT(warned(cell), Not(Contains("programs-only")));
    cell.as_programs = {"kubernetes"};
    EXPECT_THAT(refused(cell), IsEmpty());
    const auto found = legality().warnings(cell);
    ASSERT_THAT(rules_of(found), Contains("programs-only"));
    const auto told =
        std::find_if(found.begin(), found.end(), [](const auto& one) { return one.rule == "programs-only"; });
    EXPECT_THAT(told->reason, HasSubstr("apt.kubernetes.io is gone since 2024-03-04"));
    EXPECT_THAT(told->reason, HasSubstr("its programs come from dl.k8s.io"));
}

TEST(Legality, SaysWhichSystemARepositoryHasNothingFor) {
    const auto reason = [](const std::string& os, const std::string& version) {
        const auto found = legality().illegal(from_upstream(cell_of(os, version, version)));
        std::string reasons;
        for (const auto& one : found) reasons += one.reason + "\n";
        return reasons;
    };
    EXPECT_THAT(reason("ubuntu-24.04", "1.24.0"), HasSubstr("kubic has nothing for ubuntu-24.04"));
    EXPECT_THAT(reason("rocky-9", "1.22.0"), HasSubstr("not for CentOS_9_Stream"));
    EXPECT_THAT(reason("fedora", "1.24.0"), HasSubstr("Fedora has had no modules since 39"));
}

TEST(Legality, NamesTheValueToChange) {
    const auto about = [](const Cell& cell) {
        const auto found = legality().illegal(cell);
        return found.empty() ? "nothing" : found.front().about;
    };
    EXPECT_EQ(about(cell_of("ubuntu-20.04", "1.35.0", "1.35.0")), "os");
    EXPECT_EQ(about(cell_of("debian-13", "1.36.3", "1.33.13")), "versions.cri-o");
    EXPECT_EQ(about(with_worker(cell_of("debian-13", "1.36.3", "1.36.3"), "1.32.13")), "versions.kubernetes");
    const auto behind = legality().warnings(with_worker(cell_of("debian-13", "1.36.3", "1.36.3"), "1.35.6"));
    ASSERT_EQ(rules_of(behind), std::vector<std::string>{"cri-o-other-minor"});
    EXPECT_EQ(behind.front().about, "versions.kubernetes") << "CRI-O is right for the others";
    EXPECT_EQ(about(with_version(cell_of("debian-11", "1.25.0", "1.25.0"), "flannel", "0.18.1")), "versions.flannel");
    EXPECT_EQ(about(with_control_plane(cell_of("debian-13", "1.36.3", "1.36.3"), 1, 2300)), "vcpus");
}

// facts: "Exclusions / must-not-combine", one by one.
TEST(Legality, RefusesEveryCombinationThatIsDocumentedAsImpossible) {
    for (const auto* kubernetes : {"1.20.15", "1.21.14", "1.22.17", "1.23.17"}) {
        EXPECT_THAT(refused(from_upstream(cell_of("ubuntu-20.04", kubernetes, "1.22.5"))), Contains("no-repository"));
    }
    auto wanting = [](const std::string& cri_o, const std::string& repository) {
        auto cell = from_upstream(cell_of("debian-12", "1.28.15", cri_o));
        cell.repositories = {{"cri-o", repository}};
        return refused(cell);
    };
    EXPECT_THAT(wanting("1.27.8", "isv"), Contains("no-repository"));
    EXPECT_THAT(wanting("1.28.11", "isv"), IsEmpty());
    EXPECT_THAT(wanting("1.29.13", "kubic"), Contains("no-repository"));
    EXPECT_THAT(wanting("1.28.4", "kubic"), IsEmpty());
    for (const auto* minor : {"1.32", "1.33", "1.35", "1.36"}) {
        const auto kubernetes = *real_catalogue().resolve("kubernetes", minor).version;
        EXPECT_THAT(refused(cell_of("ubuntu-18.04", kubernetes, *real_catalogue().resolve("cri-o", minor).version)),
                    Not(IsEmpty()))
            << minor;
    }
    EXPECT_THAT(refused(cell_of("ubuntu-20.04", "1.36.3", "1.36.3")), Contains("cgroup-v1-refused"));
    for (const auto* os : {"ubuntu-22.04", "debian-11", "rocky-9"}) {
        EXPECT_THAT(refused(cell_of(os, "1.21.14", "1.21.7")), Contains("cgroup-v2-too-early")) << os;
    }
    EXPECT_THAT(refused(from_upstream(cell_of("ubuntu-22.04", "1.24.17", "1.24.6"))), Contains("no-repository"));
    EXPECT_THAT(refused(from_upstream(cell_of("ubuntu-22.04", "1.25.16", "1.25.5"))), IsEmpty());
    EXPECT_THAT(refused(with_kubeadm_api(cell_of("debian-12", "1.27.0", "1.27.0"), "v1beta2")),
                Contains("kubeadm-api"));
    EXPECT_THAT(refused(with_kubeadm_api(cell_of("debian-12", "1.26.0", "1.26.0"), "v1beta2")), IsEmpty());
    EXPECT_THAT(refused(with_kubeadm_api(cell_of("debian-12", "1.30.0", "1.30.0"), "v1beta4")),
                Contains("kubeadm-api"));
    EXPECT_THAT(refused(with_kubeadm_api(cell_of("debian-12", "1.31.0", "1.31.0"), "v1beta4")), IsEmpty());
}

TEST(Legality, NamesTheVersionsInItsReasonAndTheNodesThatItIsAbout) {
    auto cell = with_worker(with_runtime(cell_of("debian-13", "1.36.3", "1.36.3"), "crun"), "1.36.0");
    cell.nodes[1].os = "debian-12";
    const auto found = legality().illegal(cell);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].rule, "crun-too-old");
    EXPECT_THAT(found[0].nodes, ElementsAre("worker1"));
    EXPECT_THAT(found[0].reason, HasSubstr("crun 1.8.1 of debian-12"));
    EXPECT_THAT(found[0].reason, HasSubstr("CRI-O 1.36.3 writes 1.3"));
}

TEST(Legality, SaysWhereElseAVersionCanComeFrom) {
    Cell cell;
    cell.versions = {{"cri-o", "1.35.6"}};
    const auto found = legality().illegal(cell);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found[0].reason,
                HasSubstr("there is no fixtures/components/cri-o/1.35.6; it can come from upstream, local"));
}

TEST(Legality, HasNoOpinionOnWhatItDoesNotKnow) {
    auto cell = cell_of("my-own-os", "1.36.3", "1.36.3");
    cell.versions["containerd"] = "1.6.20";
    cell.runtime = "kata";
    EXPECT_THAT(refused(cell), IsEmpty());
    EXPECT_THAT(refused({}), IsEmpty());
}

TEST(CellPaths, PutTheValuesOfAxesOntoACell) {
    Cell cell = with_worker(cell_of("debian-13", "1.36.3", "1.36.3"), "1.36.0");
    cell.nodes[1].runtime = "runc";
    EXPECT_TRUE(set_by_path(cell, "os", "debian-12"));
    EXPECT_TRUE(set_by_path(cell, "parameters.runtime", "crun"));
    EXPECT_TRUE(set_by_path(cell, "versions.kubernetes", "1.35.6"));
    EXPECT_TRUE(set_by_path(cell, "components.cri-o", "upstream"));
    EXPECT_TRUE(set_by_path(cell, "nodes.worker.versions.kubernetes", "1.34.10"));
    EXPECT_TRUE(set_by_path(cell, "nodes.master.memory", "2GiB"));
    EXPECT_TRUE(set_by_path(cell, "nodes.master.vcpus", "4"));
    EXPECT_EQ(cell.os, "debian-12");
    EXPECT_EQ(cell.runtime, "crun");
    EXPECT_EQ(cell.nodes[1].runtime, "");
    EXPECT_EQ(cell.versions["kubernetes"], "1.35.6");
    EXPECT_EQ(cell.sources["cri-o"], "upstream");
    EXPECT_EQ(cell.nodes[1].versions["kubernetes"], "1.34.10");
    EXPECT_EQ(cell.nodes[0].memory_mib, 2048U);
    EXPECT_EQ(cell.nodes[0].vcpus, 4U);
    for (const auto* path : {"name", "nodes.worker", "nodes.workers.os", "nodes.work.os", "nodes.master.labels.zone"}) {
        EXPECT_FALSE(set_by_path(cell, path, "x")) << path;
    }
}

TEST(Legality, RefusesARuleFileThatSaysNothingSensible) {
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-catalogue");
    const auto message = [&](const std::string& rules) -> std::string {
        write_file(folder.path() / "illegal.json", "{\"rules\": [" + rules + "]}");
        try {
            const Legality read(real_catalogue(), folder.path() / "illegal.json");
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    };
    const std::string end = R"("reason": "r", "source": "s"})";
    EXPECT_THAT(message(R"({"id": "a", "outcome": "refused", "when": {"os.kernl": "<5"}, )" + end),
                HasSubstr("#/rules/0/when/os.kernl: there is no fact of that name, did you mean os.kernel?"));
    EXPECT_THAT(message(R"({"id": "a", "outcome": "refused", "when": {"os.kernel": "<five"}, )" + end),
                HasSubstr("no range"));
    EXPECT_THAT(message(R"({"id": "a", "outcome": "maybe", "when": {"os": "x"}, )" + end),
                HasSubstr("must be \"refused\""));
    EXPECT_THAT(message(R"({"id": "a", "outcome": "warned", "when": {}, )" + end), HasSubstr("must have a condition"));
    EXPECT_THAT(message(R"({"id": "a", "outcome": "warned", "when": {"os": "x"}, "reason": "${oss}", "source": "s"})"),
                HasSubstr("#/rules/0/reason: there is no fact of that name, did you mean os?"));
    const std::string good = R"({"id": "a", "outcome": "warned", "when": {"os": "x|y"}, )" + end;
    EXPECT_EQ(message(good), "no error");
    EXPECT_THAT(message(good + "," + good), HasSubstr("a second rule \"a\""));
}

// A matrix of 100,000 cells is looked through in well under 2 seconds of processor time by the build that people run;
// this asks for a twentieth of the cells elsewhere, and for the time only where it means something.
TEST(Legality, IsQuickEnoughForAHundredThousandCells) {
    std::vector<std::string> kubernetes;
    for (const auto& known : real_catalogue().versions("kubernetes")) kubernetes.push_back(known.text);
    const auto& systems = real_catalogue().operating_systems();
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    constexpr std::size_t kCells = 100'000;
    constexpr double kSeconds = 2;
#else
    constexpr std::size_t kCells = 5'000;
    constexpr double kSeconds = 1000;
#endif
    auto cell = with_worker(cell_of("debian-13", "1.36.3", "1.36.3"), "1.36.0");
    const std::clock_t began = std::clock();
    std::size_t allowed = 0;
    for (std::size_t i = 0; i < kCells; ++i) {
        cell.os = systems[i % systems.size()].name;
        cell.runtime = i % 2 == 0 ? "crun" : "runc";
        cell.versions["kubernetes"] = kubernetes[(i / 18) % kubernetes.size()];
        cell.nodes[1].versions["kubernetes"] = cell.versions["kubernetes"];
        allowed += legality().illegal(cell).empty() ? 1 : 0;
    }
    const double took = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    EXPECT_LT(took, kSeconds);
    EXPECT_GT(allowed, 0U);
    EXPECT_LT(allowed, kCells);
    RecordProperty("cells", static_cast<int>(kCells));
    RecordProperty("milliseconds", static_cast<int>(took * 1000));
}

}  // namespace
}  // namespace crib::catalogue
