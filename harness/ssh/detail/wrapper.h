#pragma once
// How a script gets to bash on the node: pure text.
//
// The remote command is a short fixed shell program without any of the script's words or secrets. It reads
// the exports and the script from standard input by their lengths, into a private folder in memory, and
// becomes bash on that file; what is left of standard input is the script's own. The script's first line
// removes the folder, so nothing stays behind, line numbers are right, and bash's own end (exit or signal)
// is the command's end.

#include "harness/ssh/exec.h"

#include <string>

namespace crib::ssh::detail {

struct Wrapped {
    std::string command;      // for the exec request
    std::string input;        // all of standard input
    std::string end_command;  // run on another channel: ends every process that the script left running
};

// Error(usage) for a variable name that is no shell name. `token` is a random word.
[[nodiscard]] Wrapped wrap(const Exec& exec, const std::string& token);

}  // namespace crib::ssh::detail
