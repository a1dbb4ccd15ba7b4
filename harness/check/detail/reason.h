#pragma once
// What a command that did not end well said, as the end of a sentence for a person. Pure.

#include <string>
#include <string_view>

namespace crib::check::detail {

struct Reason {
    bool no_answer_in_time = false;  // it was cut off while it waited
    std::string words;               // "connection refused", "exit code 2"; never a shell script, never long
};

// `exit_code` is that of timeout(1), curl, getent or a shell, 0 when it is not known; `said` is what it printed, or
// what crictl printed of it.
[[nodiscard]] Reason reason_of(int exit_code, std::string_view said);

}  // namespace crib::check::detail
