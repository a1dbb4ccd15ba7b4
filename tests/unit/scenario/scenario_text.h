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

inline LoadResult load_it(const std::string& text, const std::vector<std::string>& sets = {}) {
    return load_text(text, "s.json", sets, known());
}

// All that is wrong with a text, as a user sees it; empty when nothing is.
inline std::string complaints(const std::string& text, const std::vector<std::string>& sets = {}) {
    return to_string(load_it(text, sets).diagnostics);
}

}  // namespace crib::scenario
