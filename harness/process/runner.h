#pragma once
// Running a local program. A non-zero exit is data, not an error.

#include "harness/base/context.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace crib::process {

struct Command {
    std::string program;  // a path, or a name looked up in PATH
    std::vector<std::string> args;
    std::map<std::string, std::optional<std::string>> env;  // on top of crib's own; nullopt unsets
    std::filesystem::path cwd;                              // empty: crib's own
    std::string input;                                      // given on standard input, which then ends
    std::function<void(std::string_view line)> on_out;      // each line of stdout, without its newline
    std::function<void(std::string_view line)> on_err;
    std::size_t keep_bytes = 4U << 20U;               // how much of the end of each stream Result keeps
    Duration grace = std::chrono::seconds(2);         // between SIGTERM and SIGKILL when it is to stop
    std::stop_token again;                            // of a program that stops too slowly: SIGTERM once more
    bool ends_with_crib = false;                      // SIGTERM also when crib itself is killed
    std::optional<std::set<std::string>> inherits{};  // what it gets of crib's own variables; nothing: all of them
};

// The program as a person would type it.
[[nodiscard]] std::string to_string(const Command& command);

struct Exited {
    int code = 0;
};
struct Signaled {
    int signal = 0;
};
struct TimedOut {};   // the deadline passed: the process group was ended (SIGTERM, grace, SIGKILL)
struct Cancelled {};  // the stop token was set: likewise

struct Result {
    std::variant<Exited, Signaled, TimedOut, Cancelled> end;
    std::string out;
    std::string err;
    Duration took{};

    [[nodiscard]] bool ok() const;
    // "exited with 2", "was killed by signal 9", "did not end in time", "was cancelled"
    [[nodiscard]] std::string how_it_ended() const;
};

class Runner {
public:
    virtual ~Runner() = default;

    // Runs to the end in a process group of its own. Error(process) only when the program cannot be
    // started, with a hint naming the program. Thread-safe.
    virtual Result run(const Command& command, const Context& context) = 0;

    // Starts a program that outlives crib: own session, no terminal, stdin from /dev/null, both
    // streams appended to `log`. Returns its process id.
    virtual int start_daemon(const Command& command, const std::filesystem::path& log) = 0;
};

// Standard output of a program that must succeed; else Error(process) with the end of its stderr.
std::string output_of(Runner& runner, const Command& command, const Context& context);

}  // namespace crib::process
