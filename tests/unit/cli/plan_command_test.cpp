// crib plan: what it prints of the project's own scenarios, and of what differs.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/cli/commands.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class PlanOf : public ::testing::Test {
protected:
    int plan(PlanCommand command) {
        if (command.accel.empty()) command.accel = "tcg";
        ::testing::internal::CaptureStdout();
        try {
            const int code = execute(services, command);
            out = ::testing::internal::GetCapturedStdout();
            return code;
        } catch (...) {
            out = ::testing::internal::GetCapturedStdout();
            throw;
        }
    }
    static PlanCommand of(const std::string& file, const std::vector<std::string>& sets = {}) {
        PlanCommand command;
        command.file = file;
        command.sets = sets;
        return command;
    }
    static std::string scenario(const std::string& name) { return CRIB_SOURCE_DIR "/scenarios/" + name; }

    // Nothing is run: a machine without Go and a compiler has built nothing.
    void SetUp() override {
        path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
        ::setenv("PATH", folder.path().c_str(), 1);
    }
    void TearDown() override { ::setenv("PATH", path.c_str(), 1); }

    TempFolder folder{fs::temp_directory_path(), "crib-test"};
    std::string path;
    Output output;
    Services services{CRIB_SOURCE_DIR, (folder.path() / "state").string(), "/nowhere/crib", output};
    std::string out;
};

TEST_F(PlanOf, AScenarioSaysWhatWouldRunAndWhatIsMissing) {
    EXPECT_EQ(plan(of(scenario("two-node.json"))), 0);
    EXPECT_THAT(out, HasSubstr("CPUs tcg: as --accel asks"));
    EXPECT_THAT(out, HasSubstr("kubernetes   1.36.3"));
    EXPECT_THAT(out, HasSubstr("13-kubeadm-init.sh"));
    EXPECT_THAT(out, HasSubstr("PAUSE_IMAGE=registry.k8s.io/pause:3.10.2"));
    EXPECT_THAT(out, HasSubstr("NODE_NAME=worker"));
    EXPECT_THAT(out, HasSubstr("to build"));
    EXPECT_THAT(out, HasSubstr("departures of the profile emulated-host"));
    EXPECT_THAT(out, HasSubstr("http from=master pod=nginx"));
    EXPECT_THAT(out, HasSubstr("no run measured yet"));
    EXPECT_THAT(out, HasSubstr("2 x 1.3 GiB for QEMU"));
    EXPECT_THAT(out, Not(HasSubstr("matrix")));
    EXPECT_FALSE(fs::exists(folder.path() / "state" / "runs")) << "planning makes no run";
}

TEST_F(PlanOf, ARelativeVersionSaysWhatItStandsFor) {
    EXPECT_EQ(plan(of(scenario("two-node.json"), {"versions.kubernetes=latest-1"})), 0);
    EXPECT_THAT(out, HasSubstr("kubernetes   1.35.6 (latest-1)"));
}

TEST_F(PlanOf, AMatrixCountsItsCellsAndSaysHowToListThem) {
    EXPECT_EQ(plan(of(scenario("versions.json"))), 0);
    EXPECT_THAT(out, HasSubstr("its 9 cells, 3 excluded: " +
                               services.folders.next_command("matrix", {scenario("versions.json")}, {"--list"})));
}

TEST_F(PlanOf, AScenarioIsOneDocumentOfJson) {
    auto command = of(scenario("versions.json"), {"versions.kubernetes=latest-1"});
    command.json = true;
    EXPECT_EQ(plan(command), 0);
    const auto json = nlohmann::json::parse(out);
    EXPECT_EQ(json.at("versions").at(2).at("asked"), "latest-1");
    EXPECT_EQ(json.at("nodes").size(), 2U);
    EXPECT_EQ(json.at("matrix").at("cells"), 9);
    EXPECT_TRUE(json.at("time").is_null());
    const auto& step = json.at("steps").at(0);
    EXPECT_EQ(step.at("id"), "kernel-modules");
    EXPECT_EQ(step.at("node"), "master");
    EXPECT_THAT(step.at("text").get<std::string>(), HasSubstr("modprobe"));
}

TEST_F(PlanOf, TwoScenariosThatDifferEndsWithOne) {
    auto command = of(scenario("two-node.json"), {"versions.kubernetes=1.35"});
    command.diff = scenario("two-node.json");
    EXPECT_EQ(plan(command), 1);
    EXPECT_THAT(out, HasSubstr("versions: kubernetes: 1.35.6 -> 1.36.3"));
    EXPECT_THAT(out, HasSubstr("inputs: install-kubernetes: KUBERNETES_VERSION on master, worker: 1.35.6 -> 1.36.3"));
    command.sets.clear();
    EXPECT_EQ(plan(command), 0);
    EXPECT_THAT(out, HasSubstr("do the same"));
}

TEST_F(PlanOf, AnotherRuntimeIsSeenInTheStepsThatDiffer) {
    auto command = of(scenario("two-node.json"));
    command.diff = scenario("containerd.json");
    command.json = true;
    EXPECT_EQ(plan(command), 1);
    EXPECT_THAT(out, HasSubstr("\"start-containerd\""));
    EXPECT_THAT(out, HasSubstr("\"section\": \"steps\""));
}

TEST_F(PlanOf, ARecipeWithoutCriOHasNothingOfIt) {
    EXPECT_EQ(plan(of(scenario("containerd.json"))), 0);
    EXPECT_THAT(out, HasSubstr("\nversions\n  flannel      0.28.10\n  kubernetes   1.36.3\n\n"));
    EXPECT_THAT(out, Not(HasSubstr("cri-o")));
    EXPECT_THAT(out, HasSubstr("cri-tools"));
    EXPECT_THAT(out, Not(HasSubstr("notes")));
}

TEST_F(PlanOf, AnotherRecipeSaysWhichVersionsOfTheScenarioItDoesNotUse) {
    const std::vector<std::string> sets{"recipe=containerd-kubeadm-flannel"};
    EXPECT_EQ(plan(of(scenario("two-node.json"), sets)), 0);
    EXPECT_THAT(out, HasSubstr("\nnotes\n  - "));
    EXPECT_THAT(out, HasSubstr("$.versions.cri-o: not used: containerd-kubeadm-flannel takes the version of "
                               "kubernetes, flannel\n"));
    EXPECT_THAT(out, HasSubstr("container-runtime equals=cri-o://1.36.3"));
    EXPECT_THAT(out, Not(HasSubstr("  cri-o  ")));
    auto command = of(scenario("two-node.json"), sets);
    command.json = true;
    EXPECT_EQ(plan(command), 0);
    EXPECT_EQ(nlohmann::json::parse(out).at("notes").size(), 1U);
}

TEST_F(PlanOf, AStepIsAScriptWithItsInputs) {
    auto command = of(scenario("two-node.json"));
    command.script = "kubeadm-join@worker";
    EXPECT_EQ(plan(command), 0);
    EXPECT_TRUE(out.starts_with("#!/usr/bin/env bash\n# kubeadm-join on worker:")) << out;
    EXPECT_THAT(out, HasSubstr("\nexport NODE_NAME=worker\n"));
    EXPECT_THAT(out, HasSubstr("JOIN_TOKEN:?is of an earlier step"));
    command.script = "kubeadm-jion";
    EXPECT_THROW(plan(command), Error);
}

TEST_F(PlanOf, AStepsScriptIsForBashAsOnTheNode) {
    write_file(folder.path() / "mine.sh", "#!/bin/sh\ntrue\n");
    const auto file = folder.path() / "s.json";
    write_file(file, R"({"extends": ")" + scenario("two-node.json") +
                         R"(", "mutations": [{"replace": "nginx", "script": "mine.sh"}]})");
    auto command = of(file.string());
    command.script = "nginx";
    EXPECT_EQ(plan(command), 0);
    EXPECT_TRUE(out.starts_with("#!/usr/bin/env bash\n# nginx on ")) << out;
    EXPECT_THAT(out, Not(HasSubstr("/bin/sh")));
}

TEST_F(PlanOf, AScriptThatIsNotPrintedIsNamedWithTheLineOfItsFile) {
    const auto script = folder.path() / "mine.sh";
    const auto file = folder.path() / "s.json";
    write_file(file, R"({"extends": ")" + scenario("two-node.json") +
                         R"(", "mutations": [{"replace": "nginx", "script": "mine.sh"}]})");
    auto command = of(file.string());
    command.script = "nginx";
    for (const std::string first : {"", "#!/bin/bash\n"}) {
        write_file(script, first + "true\necho '\x1b[2J'\n");
        try {
            plan(command);
            FAIL() << "printed";
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(fmt::format("{}: line {} of the script has characters", script.string(),
                                                            first.empty() ? 2 : 3)));
        }
    }
}

TEST_F(PlanOf, AClusterOfOneNodeHasNobodyToJoinIt) {
    EXPECT_EQ(plan(of(scenario("single-node.json"))), 0);
    EXPECT_THAT(out, Not(HasSubstr("17-kubeadm-join.sh")));
    EXPECT_THAT(out, HasSubstr("network-ready          master"));
    auto command = of(scenario("single-node.json"));
    command.json = true;
    EXPECT_EQ(plan(command), 0);
    const auto taints = nlohmann::json::parse(out).at("nodes").at(0).at("taints");
    EXPECT_TRUE(taints.is_array() && taints.empty());
}

TEST_F(PlanOf, ThreeWorkersAllJoin) {
    EXPECT_EQ(plan(of(scenario("three-workers.json"))), 0);
    EXPECT_THAT(out, HasSubstr("kubeadm-join           worker1, worker2, worker3"));
    EXPECT_THAT(out, HasSubstr("4 x 1.3 GiB for QEMU"));
}

TEST_F(PlanOf, AWorkerBehindHasItsOwnKubeletAndTheControlPlanesKubeadm) {
    EXPECT_EQ(plan(of(scenario("worker-behind.json"))), 0);
    EXPECT_THAT(out, HasSubstr("kubernetes on worker   1.35.6"));
    EXPECT_THAT(out, HasSubstr("KUBERNETES_VERSION=1.35.6 (worker)"));
    EXPECT_THAT(out, HasSubstr("KUBEADM_VERSION=1.36.3\n"));
    EXPECT_THAT(out, HasSubstr("kubernetes           1.35.6           modules"));
    EXPECT_THAT(out, HasSubstr("node-versions equals=1.35.6 node=worker"));
}

TEST_F(PlanOf, WhatCannotWorkIsRefusedWithTheReason) {
    try {
        plan(of(scenario("two-node.json"), {"os=debian-12", "mutations=[{\"set\": {\"RUNTIME\": \"crun\"}}]"}));
        FAIL() << "planned";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("crun 1.8.1 of debian-12"));
        EXPECT_THAT(error.hint(), HasSubstr("\"expect\""));
    }
}

TEST_F(PlanOf, WhatMaySoonNotWorkHasWarnings) {
    const auto file = folder.path() / "old.json";
    write_file(file, R"({"os": "ubuntu-18.04",
 "versions": {"kubernetes": "1.34.10", "cri-o": "1.34.11", "flannel": "0.28.9"},
 "components": {"kubernetes": "upstream", "cri-o": "upstream", "flannel": "upstream"},
 "nodes": [{"name": "master", "role": "control-plane"}]})");
    plan(of(file.string()));
    EXPECT_THAT(out, HasSubstr("warnings\n  - ubuntu-18.04 boots with cgroup v1"));
    auto command = of(file.string());
    command.json = true;
    plan(command);
    EXPECT_EQ(nlohmann::json::parse(out).at("warnings").size(), 2U);
}

TEST_F(PlanOf, WhatCannotWorkMayBeShownToFail) {
    EXPECT_EQ(plan(of(scenario("two-node.json"), {"os=debian-12", "mutations=[{\"set\": {\"RUNTIME\": \"crun\"}}]",
                                                  "expect={\"fails-at\": \"kubeadm-init\"}"})),
              0);
    EXPECT_THAT(out, HasSubstr("expected to fail at kubeadm-init"));
}

TEST_F(PlanOf, EveryScenarioOfTheProjectIsPossible) {
    for (const auto& entry : fs::directory_iterator(CRIB_SOURCE_DIR "/scenarios")) {
        const auto name = entry.path().filename().string();
        if (!name.ends_with(".json") || name.ends_with(".schema.json") || name.ends_with(".lock.json")) continue;
        EXPECT_EQ(plan(of(entry.path().string())), 0) << name;
        EXPECT_THAT(out, HasSubstr("kubeadm-init")) << name;
    }
}

}  // namespace
}  // namespace crib::cli
