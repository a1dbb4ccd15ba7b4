#include "harness/engine/state_rules.h"

#include "harness/base/error.h"
#include "harness/base/printable.h"
#include "harness/capsule/manifest.h"
#include "harness/engine/record_values.h"
#include "harness/network/address.h"
#include "harness/network/config.h"
#include "harness/scenario/node_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace crib::engine {
namespace {

using capsule::is_plain_name;

constexpr std::size_t kLongestMachine = 200;  // "crib-RUN-NODE"
constexpr std::size_t kMostDisks = 8;
constexpr double kMostSlowness = 1000;  // a run's own is 4 at most

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::environment, "its cluster is none that crib makes: " + printable(why));
}

// As the switch has it: .10 to .254 of its network. Written in one way only, or two nodes could have the same.
bool is_address_of_node(const std::string& text) {
    const auto address = network::Ipv4::parse(text);
    const auto gateway = network::SwitchConfig{}.gateway.number;
    if (!address || to_string(*address) != text || (address->number & ~0xffU) != (gateway & ~0xffU)) return false;
    const auto host = address->number & 0xffU;
    return host >= 10 && host < 255;
}

bool is_mac_of_node(const std::string& text) {
    const auto mac = network::Mac::parse(text);
    return mac && to_string(*mac) == text && !mac->is_multicast() && *mac != network::Mac{} &&
           *mac != network::SwitchConfig{}.gateway_mac;
}

void require_own(const StateNode& node) {
    const auto& asked = node.node.asked;
    if (!is_plain_name(asked.name)) refuse(fmt::format("a node is called \"{}\"", asked.name));
    if (!is_plain_name(node.node.machine, kLongestMachine))
        refuse(fmt::format("a machine is called \"{}\"", node.node.machine));
    if (!is_plain_name(asked.os)) refuse(fmt::format("{} has the system \"{}\"", asked.name, asked.os));
    if (!is_address_of_node(node.node.ip)) refuse(fmt::format("{} has the address \"{}\"", asked.name, node.node.ip));
    if (!is_mac_of_node(node.node.mac)) refuse(fmt::format("{} has the address \"{}\"", asked.name, node.node.mac));
    if (!node.cpu_model.empty() && !is_plain_name(node.cpu_model))
        refuse(fmt::format("{} has the CPU \"{}\"", asked.name, node.cpu_model));
    if (asked.memory.bytes == 0 || asked.memory > scenario::kMostMemory)
        refuse(fmt::format("{} has {} bytes of memory", asked.name, asked.memory.bytes));
    if (asked.vcpus == 0 || asked.vcpus > scenario::kMostVcpus)
        refuse(fmt::format("{} has {} CPUs", asked.name, asked.vcpus));
    if (node.disks.size() > kMostDisks) refuse(fmt::format("{} has too many disks", asked.name));
}

}  // namespace

void require_own_nodes(const ClusterState& state) {
    // It becomes that of a run's record, which is refused with another.
    if (!objection_to_host_key(state.keys.host_public).empty()) refuse("the nodes' host key is none");
    if (state.nodes.empty() || state.nodes.size() > scenario::kMostNodes)
        refuse(fmt::format("it has {} nodes", state.nodes.size()));
    if (!(state.slowness > 0 && state.slowness <= kMostSlowness))
        refuse(fmt::format("its host was {} times as slow as others", state.slowness));
    std::set<std::string> taken;
    const auto take = [&](const std::string& what, const std::string& kind) {
        if (!taken.insert(kind + " " + what).second) refuse(fmt::format("two nodes have the {} {}", kind, what));
    };
    for (const auto& node : state.nodes) {
        require_own(node);
        take(node.node.name(), "name");
        take(node.node.ip, "address");
        take(node.node.mac, "hardware address");
        take(node.node.machine, "machine");
    }
    const bool has_api_server = std::any_of(state.nodes.begin(), state.nodes.end(),
                                            [](const StateNode& node) { return node.node.control_plane(); });
    if (!has_api_server) refuse("no node is a control plane");
}

void require_own_parts(const std::vector<checkpoint::Part>& parts, const ClusterState& state) {
    using Kind = checkpoint::Part::Kind;
    std::set<std::pair<std::string, Kind>> expected;
    for (const auto& node : state.nodes) {
        const auto& name = node.node.name();
        expected.insert({name, Kind::memory});
        expected.insert({name, Kind::machine});
        for (std::size_t i = 0; i < node.disks.size(); ++i) {
            if (node.disks[i].kind != NodeDisk::Kind::layered) continue;
            expected.insert({name + " " + hypervisor::target_of_disk(i), Kind::disk});
        }
    }
    for (const auto& part : parts) {
        if (expected.erase({part.name, part.kind}) > 0) continue;
        refuse(fmt::format("it has {} of \"{}\" that no node has", to_string(part.kind), part.name));
    }
    if (expected.empty()) return;
    const auto& [name, kind] = *expected.begin();
    refuse(fmt::format("it lacks {} of \"{}\"", to_string(kind), name));
}

ClusterState usable_state(const HeldCheckpoint& held) {
    auto state = parse_cluster_state(held.state());
    require_own_parts(held.parts(), state);
    return state;
}

}  // namespace crib::engine
