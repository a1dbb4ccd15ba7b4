#pragma once
// What a node's container runtime is asked when nobody else can say how things stand. Pure.

#include <set>
#include <string>
#include <string_view>

namespace crib::check::detail {

// Prints the ids of the containers that run.
[[nodiscard]] std::string running_script();

// Prints how the runtime's unit is, all its containers, and the last error that it or the kubelet wrote down.
[[nodiscard]] std::string runtime_script(const std::string& service);

struct RuntimeReport {
    std::string unit;                  // as of `systemctl is-active`: "active", "failed", "activating"
    std::set<std::string> containers;  // ids, also of those that have ended
    std::string last_error;            // one line; may be empty
};
[[nodiscard]] RuntimeReport parse_runtime_report(std::string_view output);

}  // namespace crib::check::detail
