#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/process/runner.h"

#include <fmt/format.h>

namespace crib::process {

std::string to_string(const Command& command) {
    std::vector<std::string> words;
    for (const auto& [name, value] : command.env) {
        if (value) words.push_back(name + "=" + shell_quote(*value));
    }
    words.push_back(shell_quote(command.program));
    for (const auto& arg : command.args) words.push_back(shell_quote(arg));
    return join(words, " ");
}

bool Result::ok() const {
    const auto* exited = std::get_if<Exited>(&end);
    return exited != nullptr && exited->code == 0;
}

std::string Result::how_it_ended() const {
    if (const auto* exited = std::get_if<Exited>(&end)) return fmt::format("exited with {}", exited->code);
    if (const auto* signaled = std::get_if<Signaled>(&end)) {
        return fmt::format("was killed by signal {}", signaled->signal);
    }
    if (std::holds_alternative<TimedOut>(end)) return "did not end in time";
    return "was cancelled";
}

std::string output_of(Runner& runner, const Command& command, const Context& context) {
    Result result = runner.run(command, context);
    if (result.ok()) return std::move(result.out);
    if (std::holds_alternative<Cancelled>(result.end)) {
        throw Error(ErrorKind::cancelled, command.program + " was cancelled");
    }
    const std::string said(trim(last_lines(result.err.empty() ? result.out : result.err, 5)));
    throw Error(std::holds_alternative<TimedOut>(result.end) ? ErrorKind::timeout : ErrorKind::process,
                fmt::format("{} {}{}{}", command.program, result.how_it_ended(), said.empty() ? "" : ": ", said),
                "the command was: " + to_string(command));
}

}  // namespace crib::process
