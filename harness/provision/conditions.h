#pragma once
// Conditions: when a row of a recipe's data applies, by facts of the run. Pure.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace crib::provision {

// One fact and the patterns of which one must match: "1.24" and "1.3*" are compared as text ('*' any text, '?' any
// character), ">=1.24 <1.27" number by number, each part of it.
struct Condition {
    std::string fact;  // as in ${...} references: "os.package_manager", "versions.kubernetes"
    std::vector<std::string> patterns;
};

using Conditions = std::vector<Condition>;  // all must hold; none: always

// Why a pattern can match nothing that was meant, to stand behind it: "has more than one line", "compares with no
// version"; empty: it can.
[[nodiscard]] std::string objection_to_pattern(std::string_view pattern);

[[nodiscard]] bool matches(std::string_view value, std::string_view pattern);

// What is not known of an operating system ("os.keyring") fulfils no condition. Error(usage), beginning with `where`,
// for another fact that is not in `facts`, with the nearest one that is.
[[nodiscard]] bool holds(const Conditions& conditions, const std::map<std::string, std::string>& facts,
                         const std::string& where);

}  // namespace crib::provision
