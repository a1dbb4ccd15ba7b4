#include "harness/engine/step_runner.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"

#include <fmt/format.h>

#include <deque>
#include <filesystem>
#include <set>
#include <utility>

namespace crib::engine {

using events::Outcome;

// The last lines of both streams, in the order in which they came.
struct StepRunner::Tail {
    static constexpr std::size_t kLines = 30;
    std::deque<std::string> lines;

    void add(std::string line) {
        lines.push_back(std::move(line));
        if (lines.size() > kLines) lines.pop_front();
    }
    [[nodiscard]] std::string text() const { return join({lines.begin(), lines.end()}, "\n"); }
};

namespace {

// The first line of a step's file is its "#!" line: what stands in front of it must keep line numbers true.
std::string under_strict_bash(const std::string& script) {
    return "set -euo pipefail " + script;
}

Outcome outcome_of(const ssh::Outcome& end) {
    if (const auto* exited = std::get_if<ssh::Exited>(&end)) {
        return exited->code == 0 ? Outcome::passed : Outcome::failed;
    }
    if (std::holds_alternative<ssh::Cancelled>(end)) return Outcome::interrupted;
    if (std::holds_alternative<ssh::Disconnected>(end)) return Outcome::error;
    return Outcome::failed;  // a signal, or out of time
}

ssh::ExecResult run_small(guest::Node& node, const std::string& script, const Context& context) {
    ssh::Exec exec;
    exec.script = script;
    auto result = node.run(exec, context);
    if (!result.ok()) {
        throw Error(ErrorKind::ssh, fmt::format("{}: '{}' {}: {}", node.name(), script, result.how_it_ended(),
                                                last_lines(result.err, 3)));
    }
    return result;
}

}  // namespace

std::map<std::string, StepValue> StepRunner::outputs() const {
    const std::lock_guard lock(mutex_);
    return outputs_;
}

void StepRunner::recall(std::map<std::string, StepValue> outputs) {
    const std::lock_guard lock(mutex_);
    outputs_ = std::move(outputs);
}

Redactor StepRunner::redactor() const {
    Redactor redactor;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, output] : outputs_) {
        if (output.secret) redactor.hide(output.value);
    }
    return redactor;
}

std::map<std::string, std::string> StepRunner::environment(const provision::PlannedStep& step,
                                                           bool hide_secrets) const {
    auto env = step.inputs;
    const std::lock_guard lock(mutex_);
    for (const auto& name : step.from_outputs) {
        const auto found = outputs_.find(name);
        if (found == outputs_.end()) continue;
        env[name] = hide_secrets && found->second.secret ? "(secret)" : found->second.value;
    }
    return env;
}

void StepRunner::prepare(const provision::PlannedStep& step, guest::Node& node, const Context& context) const {
    std::set<std::string> folders;
    for (const auto& file : step.files) folders.insert(std::filesystem::path(file.path).parent_path().string());
    if (!step.outputs.empty()) {
        folders.insert(std::filesystem::path(provision::remote_output(step)).parent_path().string());
    }
    if (!folders.empty()) {
        run_small(node, "mkdir -p " + shell_join({folders.begin(), folders.end()}), context);
    }
    for (const auto& file : step.files) node.upload_text(file.content, file.path, file.mode, context);
    if (!step.outputs.empty()) node.upload_text("", provision::remote_output(step), 0600, context);
}

void StepRunner::take_outputs(const provision::PlannedStep& step, guest::Node& node, const Context& context) {
    if (step.outputs.empty()) return;
    const auto file = shell_quote(provision::remote_output(step));
    const auto text = run_small(node, fmt::format("cat {0} && rm -f {0}", file), context).out;
    const auto values = provision::read_outputs(step, text);
    const std::lock_guard lock(mutex_);
    for (const auto& output : step.outputs) outputs_[output.name] = {values.at(output.name), output.secret};
}

events::StepFinished StepRunner::attempt(const provision::PlannedStep& step, guest::Node& node,
                                         const Context& context) {
    events::StepFinished end{step.id, step.title, step.node, Outcome::passed, {}, {}, {}, {}, {}};
    Redactor out = redactor();
    Redactor err = out;
    Tail tail;
    const auto sink = [&](Redactor& redactor, bool is_stderr) {
        return [&, is_stderr](std::string_view raw) {
            auto line = redactor.line(raw);
            bus_.publish(events::StepOutput{step.id, step.node, is_stderr, line});
            tail.add(std::move(line));
        };
    };
    try {
        prepare(step, node, context);
        ssh::Exec exec;
        exec.script = under_strict_bash(step.script);
        exec.name = step.script_name;
        exec.env = environment(step, false);
        if (!step.outputs.empty()) exec.env["CRIB_OUTPUT"] = provision::remote_output(step);
        exec.on_out = sink(out, false);
        exec.on_err = sink(err, true);
        exec.keep_bytes = 0;
        const auto result = node.run(exec, context);
        end.outcome = outcome_of(result.end);
        if (const auto* exited = std::get_if<ssh::Exited>(&result.end)) end.exit_code = exited->code;
        if (end.outcome != Outcome::passed) end.reason = result.how_it_ended();
        if (std::holds_alternative<ssh::TimedOut>(result.end)) {
            end.reason = fmt::format("did not end within {}", to_short_string(result.took));
        }
        if (end.outcome == Outcome::passed) take_outputs(step, node, context);
    } catch (const Error& error) {
        end.outcome = error.kind() == ErrorKind::cancelled ? Outcome::interrupted
                      : error.kind() == ErrorKind::timeout ? Outcome::failed
                                                           : Outcome::error;
        end.reason = redactor().line(error.what());
    }
    if (end.outcome != Outcome::passed) end.output_tail = tail.text();
    return end;
}

Outcome StepRunner::run(const provision::PlannedStep& step, guest::Node& node, const Context& context) {
    bus_.publish(events::StepStarted{step.id, step.title, step.node, step.script, environment(step, true)});
    const auto start = context.clock->now();
    const auto limit = std::chrono::duration_cast<Duration>(step.timeout * time_factor_);
    auto end = attempt(step, node, context.with_timeout(limit));
    if (end.outcome != Outcome::passed && context.cancelled()) end.outcome = Outcome::interrupted;
    end.took = context.clock->now() - start;
    end.limit = limit;
    const auto outcome = end.outcome;
    const auto near = outcome == Outcome::passed ? near_limit(end.took, limit) : std::nullopt;
    bus_.publish(std::move(end));
    if (near) bus_.info(fmt::format("step {} {}", step.id, *near), step.node);
    return outcome;
}

void StepRunner::skip(const provision::PlannedStep& step, const std::string& reason) {
    bus_.publish(events::StepFinished{step.id, step.title, step.node, Outcome::skipped, {}, reason, {}, {}, {}});
}

}  // namespace crib::engine
