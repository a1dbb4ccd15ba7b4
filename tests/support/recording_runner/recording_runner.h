#pragma once
// RecordingRunner: a process::Runner that runs nothing. It records each command and answers from a script.

#include "harness/process/runner.h"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace crib::test {

// A command of just these words.
process::Command command(std::string program, std::vector<std::string> args = {});

// A program that exited with `code` after writing these.
process::Result exited(int code, std::string out = {}, std::string err = {});

// Thread-safe. on_out and on_err of the command get the lines of the answer.
class RecordingRunner final : public process::Runner {
public:
    using Answer = std::function<process::Result(const process::Command&)>;

    // A command whose words (program, args ...) begin with `prefix` gets this answer. The longest
    // matching prefix wins, then the one added last. A command that nothing matches exits with 0 and says nothing.
    void on(std::vector<std::string> prefix, process::Result result);
    void on(std::vector<std::string> prefix, Answer answer);

    // From now on, a command that no prefix matches is an Error(process), as if it were not installed.
    void refuse_others();

    process::Result run(const process::Command& command, const Context& context) override;

    // Recorded as well; returns 1000001, 1000002, ...: numbers that no real process has by default.
    int start_daemon(const process::Command& command, const std::filesystem::path& log) override;

    [[nodiscard]] std::vector<process::Command> commands() const;
    [[nodiscard]] std::vector<process::Command> daemons() const;

    // Each recorded run as a person would type it, without its environment.
    [[nodiscard]] std::vector<std::string> lines() const;

private:
    struct Rule {
        std::vector<std::string> prefix;
        Answer answer;
    };
    Answer find(const process::Command& command) const;

    mutable std::mutex mutex_;
    std::vector<Rule> rules_;
    std::vector<process::Command> commands_;
    std::vector<process::Command> daemons_;
    bool refuse_others_ = false;
};

}  // namespace crib::test
