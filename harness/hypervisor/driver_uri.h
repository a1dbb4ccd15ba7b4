#pragma once
// The addresses of libvirt drivers that crib can make machines with. What can be told from the text alone: no
// connection is made.

#include <string>

namespace crib::hypervisor {

// Why `uri` is no such address, to stand behind it; empty when it is one.
[[nodiscard]] std::string objection_to_uri(const std::string& uri);

}  // namespace crib::hypervisor
