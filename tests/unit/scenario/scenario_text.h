#pragma once
// A good scenario's text for tests to spoil, and what is on offer for it.

#include "harness/scenario/load.h"

#include <string>

namespace crib::scenario {

inline Known known() {
    Known known;
    known.images = {"debian-12", "debian-13"};
    known.versions = {{"kubernetes", {"1.36.2", "1.36.3"}}, {"cri-o", {"1.36.3"}}, {"flannel", {"0.28.10"}}};
    known.recipes = {"crio-kubeadm-flannel"};
    known.recipe_names["crio-kubeadm-flannel"] = {
        {"swap-off", "start-crio", "kubeadm-init", "kubeadm-join"},
        {"RUNTIME", "POD_NETWORK_CIDR"},
        {"kubernetes", "cri-o", "flannel"},
        {{"kubeadm-init", Role::control_plane}, {"kubeadm-join", Role::worker}}};
    return known;
}

inline const std::string kGood = R"({
  "name": "two-node",
  "os": "debian-13",
  "versions": {"kubernetes": "1.36.3", "cri-o": "1.36.3", "flannel": "0.28.10"},
  "nodes": [
    {"name": "master", "role": "control-plane", "memory": "2300MiB", "vcpus": 2},
    {"name": "worker", "role": "worker", "memory": "1800MiB", "vcpus": 2, "count": 1}
  ],
  "checks": [
    {"nodes-ready": {}},
    {"container-runtime": {"equals": "cri-o://${versions.cri-o}"}}
  ]
}
)";

// The good scenario with `from` replaced by `to`.
inline std::string spoilt(const std::string& from, const std::string& to) {
    std::string text = kGood;
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::logic_error("not in the text: " + from);
    return text.replace(at, from.size(), to);
}

// The good scenario with `members` before its nodes: "\"expect\": {...}".
inline std::string with(const std::string& members) {
    return spoilt("\"nodes\"", members + ",\n  \"nodes\"");
}

// The good scenario whose worker has `members` besides.
inline std::string with_worker(const std::string& members) {
    return spoilt("\"count\": 1", members);
}

inline LoadResult load_it(const std::string& text, const std::vector<std::string>& sets = {}) {
    return load_text(text, "s.json", sets, known());
}

// The scenario of a text that must be good.
inline Scenario read_it(const std::string& text, const std::vector<std::string>& sets = {}) {
    auto result = load_it(text, sets);
    if (!result.scenario) throw std::runtime_error(to_string(result.diagnostics));
    return std::move(*result.scenario);
}

// All that is wrong with a text, as a user sees it; empty when nothing is.
inline std::string complaints(const std::string& text, const std::vector<std::string>& sets = {}) {
    return to_string(load_it(text, sets).diagnostics);
}

}  // namespace crib::scenario
