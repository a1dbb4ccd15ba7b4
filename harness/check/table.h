#pragma once
// Tables of nodes and pods as `kubectl get ... -o wide` prints them, from the API server's JSON. Pure.

#include "harness/base/clock.h"

#include <string>
#include <string_view>
#include <vector>

namespace crib::check {

// As `kubectl get nodes -o wide`. `now` is what ages are counted from.
[[nodiscard]] std::string nodes_table(std::string_view nodes_json, WallTime now);

// As `kubectl get pods -A -o wide`.
[[nodiscard]] std::string pods_table(std::string_view pods_json, WallTime now);

// The STATUS column of a pod: "Running", "Init:0/1", "CrashLoopBackOff", "Terminating".
struct Pod;
[[nodiscard]] std::string pod_status(const Pod& pod);

// As kubectl writes an age: "95s", "5m30s", "3h5m", "2d5h", "400d".
[[nodiscard]] std::string human_age(std::chrono::seconds age);

// Columns padded as kubectl pads them; the last one is not. Every line ends with a newline.
[[nodiscard]] std::string format_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace crib::check
