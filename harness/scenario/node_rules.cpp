#include "harness/scenario/node_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace crib::scenario {
namespace {

constexpr std::size_t kLongestHostName = 63;

// What the systems' own /etc/hosts and resolvers call something else: Debian's and Fedora's files, macOS's on the
// machine of whoever asks, systemd's nss-myhostname. And what crib's gateway is called, in the nodes' own domain.
constexpr std::array<std::string_view, 14> kNamesOfOthers{
    "localhost",    "localhost4",    "localhost6",      "localdomain",  "ip6-localhost",
    "ip6-loopback", "ip6-localnet",  "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters",
    "ip6-allhosts", "broadcasthost", "loopback",        "gateway"};
constexpr std::string_view kGatewaysName = "packages";

bool is_host_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

std::string problem_with_host_name(std::string_view name) {
    if (name.empty()) return "a host name cannot be empty";
    if (name.size() > kLongestHostName) {
        return fmt::format("a host name has at most {} characters, this one has {}", kLongestHostName, name.size());
    }
    if (!std::all_of(name.begin(), name.end(), is_host_name_character)) {
        return fmt::format("\"{}\" is not a host name: only a to z, 0 to 9 and - are allowed", name);
    }
    if (name.front() == '-' || name.back() == '-') {
        return fmt::format("\"{}\" is not a host name: it cannot begin or end with -", name);
    }
    return {};
}

std::string problem_with_node_name(std::string_view name) {
    auto problem = problem_with_host_name(name);
    if (!problem.empty()) return problem;
    if (std::ranges::find(kNamesOfOthers, name) != kNamesOfOthers.end()) {
        return fmt::format("a node cannot be called {}: to every machine that is somebody else already", name);
    }
    if (name == kGatewaysName) {
        return fmt::format("a node cannot be called {}: that is where the nodes get their packages from", name);
    }
    // As inet_aton(3) reads them: decimal, octal or hexadecimal.
    const auto digits = name.starts_with("0x") ? name.substr(2) : name;
    const auto* const alphabet = name.starts_with("0x") ? "0123456789abcdef" : "0123456789";
    if (digits.find_first_not_of(alphabet) != std::string_view::npos) return {};
    return fmt::format("a node cannot be called {}: that is read as an address", name);
}

std::string problem_with_memory(Role role, ByteSize memory) {
    if (role == Role::control_plane && memory < kControlPlaneMemory) {
        return fmt::format("{} is less than kubeadm's minimum for a control plane, {} MiB", to_string(memory),
                           kControlPlaneMemory.in_mib());
    }
    if (memory < kWorkerMemory) {
        return fmt::format("{} is less than a node needs, {} MiB", to_string(memory), kWorkerMemory.in_mib());
    }
    if (memory > kMostMemory)
        return fmt::format("{} is more than crib gives a node, {}", to_string(memory), to_string(kMostMemory));
    return {};
}

std::string problem_with_disk(ByteSize disk) {
    if (disk < kLeastDisk) {
        return fmt::format("{} is less than a node needs, {}", to_string(disk), to_string(kLeastDisk));
    }
    if (disk > kMostDisk) {
        return fmt::format("{} is more than crib gives a node, {}", to_string(disk), to_string(kMostDisk));
    }
    return {};
}

std::string problem_with_vcpus(Role role, long long vcpus) {
    if (role == Role::control_plane && vcpus < kControlPlaneVcpus) {
        return fmt::format("{} is less than kubeadm's minimum for a control plane, {}", vcpus, kControlPlaneVcpus);
    }
    if (vcpus < 1 || vcpus > kMostVcpus) return fmt::format("{} is not between 1 and {}", vcpus, kMostVcpus);
    return {};
}

}  // namespace crib::scenario
