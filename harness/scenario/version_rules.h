#pragma once
// Which versions go together on the nodes of one cluster. Internal to scenario; pure.

#include <optional>
#include <string>

namespace crib::scenario {

// "1.36.3", "1.36.0-rc.1": numbers with at least two dots.
[[nodiscard]] bool looks_like_version(const std::string& text);
// May a checkout be built as this version? It goes into names of files and packages: as component::Table has it.
[[nodiscard]] bool can_name_checkout(const std::string& text);

// Why a kubelet of that version cannot be with that API server; empty: it can, or one of them is no version.
// Source: Kubernetes' version skew policy (kubernetes.io/releases/version-skew-policy): a kubelet is never newer than
// the API server, and at most three minor versions older; two, while the API server is older than 1.28.
[[nodiscard]] std::string problem_with_skew(const std::string& kubelet, const std::string& api_server);

}  // namespace crib::scenario
