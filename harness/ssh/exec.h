#pragma once
// Exec and ExecResult: a script run on a node, and how it ended. A non-zero exit is data, not an error.

#include "harness/base/clock.h"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace crib::ssh {

struct Exec {
    std::string script{};                      // run by bash from a file, so that it may read its standard input
    std::string name = "script";               // the file's name, as bash's own messages show it: "40-crio.sh"
    std::map<std::string, std::string> env{};  // exported; values never appear in a process list
    // The script is one program's words, without a secret, an `env` or a shell's own syntax: the node starts only that
    // program, where a script takes eight, each some ten milliseconds in an emulated node.
    bool only_a_program = false;
    std::string input{};                                  // given on standard input, which then ends
    std::function<void(std::string_view line)> on_out{};  // each line, without its end, on the caller's thread
    std::function<void(std::string_view line)> on_err{};
    std::size_t keep_bytes = 4U << 20U;  // how much of the end of each stream the result keeps
    // Called at least every 100 ms while the command runs. A text ends the wait at once: the result is then
    // Disconnected with that text as its reason (a panicked node answers no more).
    std::function<std::string()> lost_because{};
};

struct Exited {
    int code = 0;
};
struct Signaled {
    std::string name;  // "KILL", "TERM"
};
struct TimedOut {};   // the deadline passed: the remote processes were ended (TERM, 2 s, KILL)
struct Cancelled {};  // the stop token was set: likewise
struct Disconnected {
    std::string reason;
    bool started = true;  // false: the node never got the command, so it is safe to try again
};

using Outcome = std::variant<Exited, Signaled, TimedOut, Cancelled, Disconnected>;

// "exited with 2", "was killed by signal KILL", "did not end in time", "was cancelled", "lost the connection: ..."
[[nodiscard]] std::string to_string(const Outcome& outcome);

struct ExecResult {
    Outcome end;
    std::string out;
    std::string err;
    Duration took{};

    [[nodiscard]] bool ok() const;
    [[nodiscard]] int exit_code() const;  // -1 when it did not exit by itself
    [[nodiscard]] std::string how_it_ended() const { return to_string(end); }
};

}  // namespace crib::ssh
