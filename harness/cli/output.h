#pragma once
// Output: all that a command tells, on standard output and standard error. A foreign text among it is made printable,
// and what could not be written is remembered for the exit code.

#include "harness/cli/printed.h"

#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace crib::cli {

class Output {
public:
    explicit Output(int out = STDOUT_FILENO, int err = STDERR_FILENO) : out_(out), err_(err) {}
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    // The command's result. Each text among the values becomes a piece of one line.
    template <typename... T>
    void print(PrintedFormat<T...> format, const T&... values) {
        print_exact(printed<T...>(format, values...));
    }
    void print_lines(std::string_view text) { print_exact(printable_lines(text)); }
    void print_json(std::string_view json) { print_exact(printable_json(json)); }
    // A script to be run. Error(usage) when that has what a terminal must not get: without it, it would be another.
    void print_script(const std::string& script);
    // As it is: for what is known to be fit for a terminal.
    void print_exact(std::string_view text);

    // What is said beside the result: progress, warnings, errors. That it cannot be said changes nothing.
    template <typename... T>
    void say(PrintedFormat<T...> format, const T&... values) {
        say_exact(printed<T...>(format, values...));
    }
    void say_lines(std::string_view text) { say_exact(printable_lines(text)); }

    // For sinks of events, which see themselves to what a terminal must not get.
    using Write = std::function<void(std::string_view)>;
    [[nodiscard]] Write printer() {
        return [this](std::string_view text) { print_exact(text); };
    }
    [[nodiscard]] Write sayer() {
        return [this](std::string_view text) { say_exact(text); };
    }

    // False once a part of the result was lost, as when its reader has seen enough: nobody gets what comes after it.
    [[nodiscard]] bool is_taken();

    // The exit code of a command that ended with this one: 3 when its result was lost, for which it says why. Nothing
    // was lost when a reader closed the pipe: it had what it wanted.
    [[nodiscard]] int exit_code_after(int code);

private:
    void say_exact(std::string_view text);

    int out_;
    int err_;
    std::mutex mutex_;
    int lost_ = 0;  // the error number of the first failed write to standard output
};

// Makes sure that descriptors 0, 1 and 2 are open, so that no file of crib's gets one of these numbers: a closed input
// is empty, to a closed output nothing can be written, and a closed error output swallows all. A reader who goes away
// and a limit of file sizes are errors of a write from now on, and no signals.
void prepare_standard_streams();

}  // namespace crib::cli
