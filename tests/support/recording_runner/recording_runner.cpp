#include "tests/support/recording_runner/recording_runner.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <algorithm>

namespace crib::test {

namespace {

std::vector<std::string> words_of(const process::Command& command) {
    std::vector<std::string> words{command.program};
    words.insert(words.end(), command.args.begin(), command.args.end());
    return words;
}

bool begins_with(const std::vector<std::string>& words, const std::vector<std::string>& prefix) {
    return prefix.size() <= words.size() && std::equal(prefix.begin(), prefix.end(), words.begin());
}

}  // namespace

process::Command command(std::string program, std::vector<std::string> args) {
    process::Command result;
    result.program = std::move(program);
    result.args = std::move(args);
    return result;
}

process::Result exited(int code, std::string out, std::string err) {
    return {process::Exited{code}, std::move(out), std::move(err), {}};
}

void RecordingRunner::on(std::vector<std::string> prefix, process::Result result) {
    on(std::move(prefix), [result = std::move(result)](const process::Command&) { return result; });
}

void RecordingRunner::on(std::vector<std::string> prefix, Answer answer) {
    const std::lock_guard lock(mutex_);
    rules_.push_back({std::move(prefix), std::move(answer)});
}

void RecordingRunner::refuse_others() {
    const std::lock_guard lock(mutex_);
    refuse_others_ = true;
}

RecordingRunner::Answer RecordingRunner::find(const process::Command& command) const {
    const auto words = words_of(command);
    const Rule* best = nullptr;
    for (const auto& rule : rules_) {
        if (!begins_with(words, rule.prefix)) continue;
        if (best == nullptr || rule.prefix.size() >= best->prefix.size()) best = &rule;
    }
    if (best != nullptr) return best->answer;
    if (refuse_others_) {
        throw Error(ErrorKind::process, "cannot start " + command.program + ": there is no such program in PATH",
                    "install " + command.program);
    }
    return [](const process::Command&) { return exited(0); };
}

process::Result RecordingRunner::run(const process::Command& command, const Context& context) {
    Answer answer;
    {
        const std::lock_guard lock(mutex_);
        commands_.push_back(command);
        answer = find(command);
    }
    if (context.cancelled()) return {process::Cancelled{}, {}, {}, {}};
    process::Result result = answer(command);
    if (command.on_out) {
        for (const auto& line : split_lines(result.out)) command.on_out(line);
    }
    if (command.on_err) {
        for (const auto& line : split_lines(result.err)) command.on_err(line);
    }
    return result;
}

int RecordingRunner::start_daemon(const process::Command& command, const std::filesystem::path&) {
    const std::lock_guard lock(mutex_);
    daemons_.push_back(command);
    return 1000000 + static_cast<int>(daemons_.size());
}

std::vector<process::Command> RecordingRunner::commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
}

std::vector<process::Command> RecordingRunner::daemons() const {
    const std::lock_guard lock(mutex_);
    return daemons_;
}

std::vector<std::string> RecordingRunner::lines() const {
    std::vector<std::string> result;
    for (const auto& command : commands()) result.push_back(shell_join(words_of(command)));
    return result;
}

}  // namespace crib::test
