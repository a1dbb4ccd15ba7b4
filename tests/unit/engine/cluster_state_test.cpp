#include "harness/engine/cluster_state.h"

#include "harness/base/error.h"
#include "harness/engine/state_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <functional>
#include <vector>

namespace crib::engine {
namespace {

ClusterState whole() {
    ClusterState state;
    state.stage = "network-ready";
    state.begun = false;
    state.origin = {
        "/home/me/two-node.json", {"versions.flannel=0.28.9"}, {"cri-o=local:/home/me/cri-o"}, "network-ready"};
    state.saved = WallTime{std::chrono::milliseconds{1'700'000'000'123}};
    state.slowness = 1.5;
    state.served = {{"/cri-o/v1.36/deb", "/cache/repositories/1111"}};
    state.keys = {"private", "public", "host private", "host public"};
    state.kubeconfig = "apiVersion: v1\n";
    state.outputs = {{"JOIN_TOKEN", {"abcdef.0123456789abcdef", true}},
                     {"JOIN_ENDPOINT", {"192.168.76.11:6443", false}}};
    StateNode node;
    node.node = {{"master", scenario::Role::control_plane, ByteSize::mib(2300), 2, "debian-13"},
                 "192.168.76.11",
                 "52:54:00:76:00:0b",
                 "crib-two-node-ab12-master"};
    node.cpu_model = "Nehalem";
    node.kernel = "/cache/vmlinuz";
    node.initrd = "/cache/initrd";
    node.cmdline = "root=/dev/vda";
    node.description = "<domain/>";
    node.ready = true;
    node.disks = {
        {NodeDisk::Kind::layered, {"/run/root.qcow2", hypervisor::DiskFormat::qcow2, false, "crib-root"}, "/b"},
        {NodeDisk::Kind::shared, {"/cache/store", hypervisor::DiskFormat::raw, true, "crib-images"}}};
    state.nodes = {node};
    return state;
}

TEST(ClusterStates, AreReadAsTheyWereWritten) {
    const auto state = parse_cluster_state(to_json(whole()));
    EXPECT_EQ(to_json(state), to_json(whole()));
    EXPECT_EQ(state.saved, whole().saved);
    EXPECT_FALSE(state.begun);
    EXPECT_EQ(state.origin.sets, whole().origin.sets);
    EXPECT_EQ(state.outputs.at("JOIN_TOKEN").value, "abcdef.0123456789abcdef");
    EXPECT_TRUE(state.outputs.at("JOIN_TOKEN").secret);
    EXPECT_EQ(state.nodes.at(0).disks.at(0).base, "/b");
    EXPECT_TRUE(state.nodes.at(0).node.control_plane());
}

TEST(ClusterStates, NameTheFilesOfTheCachesThatTheirMachinesNeed) {
    EXPECT_THAT(files_needed(whole()), testing::ElementsAre("/cache/repositories/1111", "/cache/vmlinuz",
                                                            "/cache/initrd", "/b", "/cache/store"));
}

TEST(ClusterStates, OfAnEarlierCribAreReadButNotTakenForTheEndOfAStage) {
    auto json = nlohmann::json::parse(to_json(whole()));
    json.erase("begun");
    json.erase("origin");
    const auto state = parse_cluster_state(json.dump());
    EXPECT_TRUE(state.begun);
    EXPECT_EQ(state.origin.scenario_file, "");
}

TEST(ClusterStates, ThatAreNoneAreAnErrorAndNotACrash) {
    for (const auto* text : {"", "{", "[]", "{}", R"({"format": 99})", R"({"format": 1, "nodes": 7})"}) {
        EXPECT_THROW((void)parse_cluster_state(text), Error) << text;
    }
}

// Names became folders outside of the run, and an address that is none "a bug in crib".
TEST(ClusterStates, WithNodesThatAreNoneOfCribsAreRefused) {
    const auto refusal = [](const std::function<void(ClusterState&)>& spoil) -> std::string {
        auto state = whole();
        auto worker = state.nodes[0];
        worker.node = {{"worker", scenario::Role::worker, ByteSize::mib(1800), 2, "debian-13"},
                       "192.168.76.12",
                       "52:54:00:76:00:0c",
                       "crib-two-node-ab12-worker"};
        state.nodes.push_back(worker);
        spoil(state);
        try {
            (void)parse_cluster_state(to_json(state));
            return "taken";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::environment);
            return error.what();
        }
    };
    using ::testing::HasSubstr;
    EXPECT_EQ(refusal([](auto&) {}), "taken");
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.asked.name = "../../x"; }), HasSubstr("is called \"../../x\""));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.asked.name = ""; }), HasSubstr("is called \"\""));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.machine = "a b"; }), HasSubstr("machine is called \"a b\""));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.asked.os = "../x"; }), HasSubstr("system \"../x\""));
    for (const std::string address :
         {"banana", "1.2.3", "", "10.0.0.1", "192.168.76.1", "192.168.76.255", "192.168.76.011"}) {
        EXPECT_THAT(refusal([&](auto& s) { s.nodes[1].node.ip = address; }),
                    HasSubstr("worker has the address \"" + address + "\""));
    }
    for (const std::string address : {"banana", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "52:54:00:76:00:b"}) {
        EXPECT_THAT(refusal([&](auto& s) { s.nodes[1].node.mac = address; }),
                    HasSubstr("worker has the address \"" + address + "\""));
    }
    EXPECT_THAT(refusal([](auto& s) { s.keys.host_public = "ssh-ed25519 AAAA\n* ssh-ed25519 BBBB"; }),
                HasSubstr("host key"));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].cpu_model = "<x>"; }), HasSubstr("CPU \"<x>\""));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.asked.memory = ByteSize{0}; }), HasSubstr("0 bytes of memory"));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.asked.vcpus = 0; }), HasSubstr("worker has 0 CPUs"));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].disks.resize(9); }), HasSubstr("too many disks"));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.asked.name = "master"; }), HasSubstr("two nodes have the name"));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.ip = s.nodes[0].node.ip; }),
                HasSubstr("two nodes have the addr"));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.mac = s.nodes[0].node.mac; }), HasSubstr("hardware address"));
    EXPECT_THAT(refusal([](auto& s) { s.nodes[1].node.machine = s.nodes[0].node.machine; }), HasSubstr("the machine"));
    EXPECT_THAT(refusal([](auto& s) { s.nodes.erase(s.nodes.begin()); }), HasSubstr("no node is a control plane"));
    EXPECT_THAT(refusal([](auto& s) { s.nodes.clear(); }), HasSubstr("it has 0 nodes"));
    EXPECT_THAT(refusal([](auto& s) { s.slowness = -1e300; }), HasSubstr("times as slow"));
}

TEST(ClusterStates, HaveThePartsOfTheirNodesAlone) {
    using checkpoint::Part;
    const std::vector<Part> parts{{Part::Kind::memory, "master", {}, 0, 0, {}},
                                  {Part::Kind::machine, "master", {}, 0, 0, {}},
                                  {Part::Kind::disk, "master vda", {}, 0, 0, {}}};
    EXPECT_NO_THROW(require_own_parts(parts, whole()));
    const auto refusal = [](const std::vector<Part>& some) -> std::string {
        try {
            require_own_parts(some, whole());
            return "taken";
        } catch (const Error& error) {
            return error.what();
        }
    };
    EXPECT_THAT(refusal({parts[0], parts[2]}), ::testing::HasSubstr("it lacks machine state of \"master\""));
    EXPECT_THAT(refusal({parts[0], parts[1], parts[2], parts[2]}), ::testing::HasSubstr("that no node has"));
    EXPECT_THAT(refusal({}), ::testing::HasSubstr("it lacks memory of \"master\""));
}

// Out of a capsule: each took many times the memory of its text.
TEST(ClusterStates, OfVeryManyEmptyValuesAreNotHeldInMemory) {
    std::string text = "{\"nodes\": [[]";
    for (int i = 0; i < 1'000'000; ++i) text += ",[]";
    EXPECT_THAT([&] { (void)parse_cluster_state(text + "]}"); },
                ::testing::ThrowsMessage<Error>(::testing::HasSubstr("it has more than 1000000 values")));
}

}  // namespace
}  // namespace crib::engine
