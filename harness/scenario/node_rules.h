#pragma once
// What a node must be for kubeadm and for the network to accept it. Internal to scenario; pure.

#include "harness/base/size.h"
#include "harness/base/size_limit.h"
#include "harness/scenario/scenario.h"

#include <string>
#include <string_view>

namespace crib::scenario {

inline constexpr ByteSize kControlPlaneMemory = ByteSize::mib(1700);  // kubeadm's preflight check
inline constexpr ByteSize kWorkerMemory = ByteSize::mib(512);
inline constexpr ByteSize kMostMemory = ByteSize::gib(1024);
inline constexpr unsigned kControlPlaneVcpus = 2;  // kubeadm's preflight check
inline constexpr unsigned kMostVcpus = 64;
inline constexpr ByteSize kLeastDisk = ByteSize::gib(4);  // an image, its packages and the cluster's data
inline constexpr ByteSize kMostDisk = kMostDiskOfNode;
inline constexpr unsigned kMostNodes = 200;  // addresses .11 to .210

// What is wrong with a host name (RFC 1123, in lower case as Kubernetes wants it); empty: nothing.
[[nodiscard]] std::string problem_with_host_name(std::string_view name);

// The same for a node, whose name others look up: one that the systems or crib have given to something else
// ("localhost", "packages"), or that is read as an address, cannot be found.
[[nodiscard]] std::string problem_with_node_name(std::string_view name);
[[nodiscard]] std::string problem_with_memory(Role role, ByteSize memory);
[[nodiscard]] std::string problem_with_disk(ByteSize disk);
[[nodiscard]] std::string problem_with_vcpus(Role role, long long vcpus);

}  // namespace crib::scenario
