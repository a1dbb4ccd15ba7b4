#pragma once
// CellRun: a cell of two nodes in a simulated world, for tests to run and to disturb.

#include "harness/base/file.h"
#include "harness/engine/cell_runner.h"
#include "harness/events/record.h"
#include "tests/unit/engine/simulated_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace crib::engine {

inline constexpr auto kReadyNodes = R"({"metadata":{"resourceVersion":"1"},"items":[
 {"metadata":{"name":"master","labels":{"node-role.kubernetes.io/control-plane":""}},
  "status":{"conditions":[{"type":"Ready","status":"True"}],
            "nodeInfo":{"kubeletVersion":"v1.36.3","containerRuntimeVersion":"cri-o://1.36.3"}}},
 {"metadata":{"name":"worker"},
  "status":{"conditions":[{"type":"Ready","status":"True"}],
            "nodeInfo":{"kubeletVersion":"v1.36.3","containerRuntimeVersion":"cri-o://1.36.3"}}}]})";

class CellRun : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    test::ManualClock clock;
    test::StillClock pulse;
    test::SimulatedHypervisor hypervisor;
    test::SimulatedSupplier supplier;
    test::SimulatedNetworkStarter network;
    test::SimulatedConnector connector;
    test::SimulatedViewer viewer;
    test::SimulatedCheckpoints checkpoints;
    events::Bus bus{clock};
    events::Recorder recorder;
    RunStore runs{Folders{folder.path() / "cache", folder.path() / "state", folder.path()}};
    Cell cell;
    CellOptions options;
    std::stop_source user;
    std::optional<RunStore::Created> created;

    void SetUp() override {
        bus.add(recorder);
        cell.scenario.name = "two-node";
        cell.scenario.os = "debian-13";
        cell.scenario.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
        cell.scenario.nodes = {{"master", scenario::Role::control_plane, ByteSize::mib(2300), 2, "debian-13"},
                               {"worker", scenario::Role::worker, ByteSize::mib(1800), 2, "debian-13"}};
        cell.scenario.checks = {
            {"nodes-ready", {}, {}},
            {"container-runtime", {{"equals", "cri-o://1.36.3"}}, {{"equals", "cri-o://${versions.cri-o}"}}}};
        const std::filesystem::path fixtures = CRIB_SOURCE_DIR "/fixtures";
        cell.recipe = provision::load_recipe(fixtures / "recipes" / "crio-kubeadm-flannel");
        cell.emulated_profile = provision::load_profile(fixtures / "profiles" / "emulated-host");
        options.host = [] { return HostFacts{2, ByteSize::gib(24), ByteSize::gib(22), ByteSize::gib(80)}; };
        scripted();
        viewer.cluster->always("/api/v1/nodes", test::body(kReadyNodes));
        viewer.cluster->always("/api/v1/pods", test::body(R"({"items":[]})"));
    }

    // What the nodes answer.
    void scripted() {
        master()->when("join-token", {.out = ""});
        master()->when("cat /run/crib", {.out = "JOIN_ENDPOINT=192.168.76.11:6443\nJOIN_TOKEN=abcdef.0123456789abcdef\n"
                                                "JOIN_CA_HASH=sha256:1\n"});
    }

    std::shared_ptr<test::SimulatedGuest> master() { return connector.guest("master", "192.168.76.11"); }
    std::shared_ptr<test::SimulatedGuest> worker() { return connector.guest("worker", "192.168.76.12"); }

    events::RunFinished run() {
        created.emplace(runs.create("two-node", clock));
        CellRunner runner({hypervisor, supplier, network, connector, viewer, &checkpoints}, bus, runs, pulse);
        return runner.run(cell, options, *created, Context::with_clock(clock).with_stop(user.get_token()));
    }

    events::Outcome outcome_of_step(const std::string& step, const std::string& node) {
        const auto& steps = recorder.record().steps;
        const auto found =
            std::find_if(steps.begin(), steps.end(), [&](const auto& s) { return s.step == step && s.node == node; });
        EXPECT_NE(found, steps.end()) << step << " on " << node;
        return found->outcome;
    }

    void expect_nothing_left() {
        EXPECT_THAT(hypervisor.machines_of(created->info.id), ::testing::IsEmpty());
        EXPECT_FALSE(network.state->running);
        EXPECT_FALSE(std::filesystem::exists(created->folder.secret()));
    }
};

}  // namespace crib::engine
