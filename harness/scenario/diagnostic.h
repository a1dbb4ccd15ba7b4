#pragma once
// Diagnostic: one thing that is wrong with a scenario, where it stands, and what to do about it.

#include <cstddef>
#include <string>
#include <vector>

namespace crib::scenario {

struct Diagnostic {
    std::string file;     // as the user named it
    unsigned line = 0;    // from 1; 0: the whole file
    unsigned column = 0;  // from 1, counted in characters
    std::string flag;     // "--set nodes.worker.memory=1MiB" when a flag, not the file, is to blame
    std::string path;     // "$.nodes[0].memory"
    std::string message;
    std::string hint;             // may be empty
    bool of_key = false;          // the key or the way to it is wrong, not the value
    bool of_combination = false;  // each value is a good one; they do not go together
};

// "two-node.json:12:30: $.nodes[0].memory: 1 GiB is too little ..." and, on a line of its own, the hint. Printable.
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);
// Nobody reads more.
inline constexpr std::size_t kMostDiagnosticsShown = 50;
// The first of them, a line or two each, and how many more there are.
[[nodiscard]] std::string to_string(const std::vector<Diagnostic>& diagnostics,
                                    std::size_t most = kMostDiagnosticsShown);

}  // namespace crib::scenario
