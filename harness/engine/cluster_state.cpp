#include "harness/engine/cluster_state.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/json_place.h"
#include "harness/base/recorded_time.h"
#include "harness/engine/own_machines.h"
#include "harness/engine/state_rules.h"

#include <nlohmann/json.hpp>

#include <array>

namespace crib::engine {
namespace {

using Json = nlohmann::json;
using Place = JsonPlace<Json>;

constexpr int kFormat = 1;
// That of 200 nodes has some 10,000. One that somebody sent may have very many empty ones.
constexpr std::size_t kMostValues = 1'000'000;

constexpr std::array kKinds{NodeDisk::Kind::layered, NodeDisk::Kind::seed, NodeDisk::Kind::shared};

const char* name_of(NodeDisk::Kind kind) {
    switch (kind) {
        case NodeDisk::Kind::layered:
            return "layered";
        case NodeDisk::Kind::seed:
            return "seed";
        case NodeDisk::Kind::shared:
            return "shared";
    }
    return "shared";
}

NodeDisk::Kind kind_of(const Place& json) {
    const auto name = json.get<std::string>();
    for (const auto kind : kKinds) {
        if (name == name_of(kind)) return kind;
    }
    json.fail("is no kind of disk: " + name);
}

Json json_of(const NodeDisk& disk) {
    return {{"kind", name_of(disk.kind)},
            {"file", disk.spec.file.string()},
            {"format", disk.spec.format == hypervisor::DiskFormat::raw ? "raw" : "qcow2"},
            {"read-only", disk.spec.read_only},
            {"serial", disk.spec.serial},
            {"base", disk.base.string()}};
}

NodeDisk disk_of(const Place& json) {
    NodeDisk disk;
    disk.kind = kind_of(json.at("kind"));
    disk.spec.file = json.text("file");
    disk.spec.format = json.text("format") == "raw" ? hypervisor::DiskFormat::raw : hypervisor::DiskFormat::qcow2;
    disk.spec.read_only = json.at("read-only");
    disk.spec.serial = json.at("serial");
    disk.base = json.text("base");
    return disk;
}

Json json_of(const StateNode& one) {
    const auto& asked = one.node.asked;
    Json json = {{"name", asked.name},
                 {"role", scenario::to_string(asked.role)},
                 {"os", asked.os},
                 {"memory", asked.memory.bytes},
                 {"vcpus", asked.vcpus},
                 {"ip", one.node.ip},
                 {"mac", one.node.mac},
                 {"machine", one.node.machine},
                 {"cpu-model", one.cpu_model},
                 {"kernel", one.kernel.string()},
                 {"initrd", one.initrd.string()},
                 {"cmdline", one.cmdline},
                 {"description", one.description},
                 {"ready", one.ready},
                 {"disks", Json::array()}};
    for (const auto& disk : one.disks) json["disks"].push_back(json_of(disk));
    return json;
}

StateNode node_of(const Place& json) {
    StateNode one;
    auto& asked = one.node.asked;
    asked.name = json.at("name");
    asked.role = json.text("role") == "control-plane" ? scenario::Role::control_plane : scenario::Role::worker;
    asked.os = json.at("os");
    asked.memory = {json.at("memory").get<std::uint64_t>()};
    asked.vcpus = json.at("vcpus");
    one.node.ip = json.at("ip");
    one.node.mac = json.at("mac");
    one.node.machine = json.at("machine");
    one.cpu_model = json.at("cpu-model");
    one.kernel = json.text("kernel");
    one.initrd = json.text("initrd");
    one.cmdline = json.at("cmdline");
    one.description = json.at("description");
    one.ready = json.at("ready");
    for (const auto& disk : json.at("disks").values()) one.disks.push_back(disk_of(disk));
    return one;
}

ClusterState state_of(const Place& json) {
    ClusterState state;
    if (json.at("format").get<int>() != kFormat) json.fail("is of another format");
    state.stage = json.at("stage");
    state.begun = json.value("begun", true);
    state.savable = json.value("savable", true);
    if (json.contains("origin")) {
        const auto origin = json.at("origin");
        state.origin = {origin.at("scenario-file"), origin.at("sets"), origin.at("swaps"), origin.at("until")};
    }
    state.saved = wall_time_of_milliseconds(json.at("saved-ms").get<std::int64_t>());
    state.acceleration =
        json.text("acceleration") == "kvm" ? hypervisor::Acceleration::kvm : hypervisor::Acceleration::tcg;
    state.hypervisor = json.value("hypervisor", std::string{});
    state.slowness = json.at("slowness");
    state.internet = json.at("internet");
    for (const auto& [path, folder] : json.at("served").members()) state.served[path] = folder.get<std::string>();
    const auto keys = json.at("keys");
    state.keys = {keys.at("user-private"), keys.at("user-public"), keys.at("host-private"), keys.at("host-public")};
    state.kubeconfig = json.at("kubeconfig");
    for (const auto& [name, output] : json.at("outputs").members()) {
        state.outputs[name] = {output.at("value"), output.at("secret")};
    }
    state.restarts = json.value("restarts", state.restarts);
    for (const auto& node : json.at("nodes").values()) state.nodes.push_back(node_of(node));
    return state;
}

}  // namespace

std::string to_json(const ClusterState& state) {
    const auto saved = std::chrono::duration_cast<std::chrono::milliseconds>(state.saved.time_since_epoch()).count();
    Json json = {{"format", kFormat},
                 {"stage", state.stage},
                 {"begun", state.begun},
                 {"savable", state.savable},
                 {"origin",
                  {{"scenario-file", state.origin.scenario_file},
                   {"sets", state.origin.sets},
                   {"swaps", state.origin.swaps},
                   {"until", state.origin.until}}},
                 {"saved-ms", saved},
                 {"acceleration", hypervisor::to_string(state.acceleration)},
                 {"hypervisor", state.hypervisor},
                 {"slowness", state.slowness},
                 {"internet", state.internet},
                 {"served", Json::object()},
                 {"keys",
                  {{"user-private", state.keys.user_private},
                   {"user-public", state.keys.user_public},
                   {"host-private", state.keys.host_private},
                   {"host-public", state.keys.host_public}}},
                 {"kubeconfig", state.kubeconfig},
                 {"outputs", Json::object()},
                 {"restarts", state.restarts},
                 {"nodes", Json::array()}};
    for (const auto& [path, folder] : state.served) json["served"][path] = folder.string();
    for (const auto& [name, output] : state.outputs) {
        json["outputs"][name] = {{"value", output.value}, {"secret", output.secret}};
    }
    for (const auto& node : state.nodes) json["nodes"].push_back(json_of(node));
    return json.dump(2) + "\n";
}

ClusterState parse_cluster_state(const std::string& text) {
    try {
        const auto json = parse_json<Json>(text, values_at_most<Json>(kMostValues));
        auto state = state_of(Place(json));
        require_own_nodes(state);
        return state;
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::environment, std::string("a cluster's state cannot be read: ") + fault.what());
    }
}

std::vector<std::filesystem::path> files_needed(const ClusterState& state) {
    std::vector<std::filesystem::path> files;
    for (const auto& [path, folder] : state.served) files.push_back(folder);
    for (const auto& node : state.nodes) {
        files.insert(files.end(), {node.kernel, node.initrd});
        for (const auto& disk : node.disks) {
            files.push_back(disk.kind == NodeDisk::Kind::shared ? disk.spec.file : disk.base);
        }
    }
    std::erase_if(files, [](const auto& file) { return file.empty(); });
    return files;
}

std::size_t disk_index(const std::string& target) {
    return static_cast<std::size_t>(target.back() - 'a');
}

hypervisor::MachineSpec machine_of(const StateNode& node, const ClusterState& state, const std::string& run_id,
                                   const RunFolder& folder, const ClusterNetwork& network) {
    const auto& name = node.node.name();
    hypervisor::MachineSpec spec;
    spec.name = node.node.machine;
    spec.run_id = run_id;
    spec.owner = owner_of(folder);
    spec.vcpus = node.node.asked.vcpus;
    spec.memory = node.node.asked.memory;
    spec.acceleration = state.acceleration;
    spec.cpu_model = node.cpu_model;
    spec.kernel = node.kernel;
    spec.initrd = node.initrd;
    spec.cmdline = node.cmdline;
    spec.nics = {{node.node.mac, network.port_of(name), {}}};
    spec.console_log = folder.console(name);
    return spec;
}

void describe_reach(const ClusterState& state, const ClusterNetwork& network, const RunFolder& folder, RunInfo& info) {
    write_file(folder.user_key(), state.keys.user_private, 0600);
    info.api_port = network.api_port();
    info.host_key = state.keys.host_public;
    info.nodes.clear();
    for (const auto& one : state.nodes) {
        const auto& node = one.node;
        info.nodes.push_back({node.name(), scenario::to_string(node.asked.role), node.ip, node.machine,
                              network.ssh_port_of(node.name())});
    }
}

}  // namespace crib::engine
