#include "harness/engine/cluster_state.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

// Out of a capsule: each took many times the memory of its text.
TEST(ClusterStates, OfVeryManyEmptyValuesAreNotHeldInMemory) {
    std::string text = "{\"nodes\": [[]";
    for (int i = 0; i < 1'000'000; ++i) text += ",[]";
    EXPECT_THAT([&] { (void)parse_cluster_state(text + "]}"); },
                ::testing::ThrowsMessage<Error>(::testing::HasSubstr("it has more than 1000000 values")));
}

}  // namespace
}  // namespace crib::engine
