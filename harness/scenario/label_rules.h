#pragma once
// Labels and taints as the API server accepts them. Internal to scenario; pure.
// Sources: Kubernetes' documentation "Labels and Selectors" (syntax and character set) and "Taints and Tolerations";
// k8s.io/apimachinery/pkg/util/validation has the same rules.

#include "harness/scenario/scenario.h"

#include <string>
#include <string_view>

namespace crib::scenario {

// What is wrong with it; empty: nothing. A key is [PREFIX/]NAME, the prefix a DNS name.
[[nodiscard]] std::string problem_with_label_key(std::string_view key);
[[nodiscard]] std::string problem_with_label_value(std::string_view value);

struct ParsedTaint {
    Taint taint;
    std::string problem;  // empty: the taint is good
    std::string hint;     // may be empty
};

// "key=value:NoSchedule" or "key:NoSchedule".
[[nodiscard]] ParsedTaint parse_taint(std::string_view text);

}  // namespace crib::scenario
