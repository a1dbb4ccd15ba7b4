#include "harness/engine/expectation.h"

#include "harness/base/text.h"
#include "harness/check/checker.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

using events::Outcome;

constexpr std::size_t kMostOutput = 1U << 20U;

bool is_at(const Failure& failure, const std::string& place) {
    return failure.id == place || (failure.kind == Failure::Kind::check && failure.check_kind == place);
}

bool has_message(const Failure& failure, const std::string& message) {
    return failure.said.find(message) != std::string::npos;
}

std::string name_of(const Failure& failure) {
    if (failure.kind == Failure::Kind::check) return "check " + failure.id;
    return fmt::format("step {} on {}", failure.id, failure.node);
}

std::string last_line(const std::string& text) {
    const auto lines = split_lines(trim(text));
    return lines.empty() ? "nothing" : lines.back();
}

std::string wanted(const scenario::Expect& expect) {
    auto text = "was to fail at " + expect.fails_at;
    if (!expect.node.empty()) text += " on " + expect.node;
    if (!expect.message.empty()) text += fmt::format(" with \"{}\"", expect.message);
    return text;
}

// Checks go on after one has failed: what fails after the expected one follows from it. What came before it does not,
// nor does another step.
const Failure* unexpected(const std::vector<Failure>& failures, const Failure& expected) {
    for (const auto& failure : failures) {
        if (&failure == &expected && expected.kind == Failure::Kind::check) return nullptr;
        const bool same_step = failure.kind == Failure::Kind::step && failure.id == expected.id;
        if (&failure != &expected && !same_step) return &failure;
    }
    return nullptr;
}

Judgement judge_failure(const scenario::Expect& expect, const std::string& reason, const Seen& seen) {
    const Failure* same_place = nullptr;
    for (const auto& failure : seen.failures) {
        if (!is_at(failure, expect.fails_at)) continue;
        const bool elsewhere =
            failure.kind == Failure::Kind::step && !expect.node.empty() && failure.node != expect.node;
        if (elsewhere) continue;
        same_place = &failure;
        if (!has_message(failure, expect.message)) continue;
        if (const auto* other = unexpected(seen.failures, failure)) {
            return {Outcome::failed,
                    fmt::format("failed as expected at {}, but also at {}: {}", name_of(failure), name_of(*other),
                                last_line(other->said)),
                    false};
        }
        const auto why = expect.why.empty() ? std::string{} : ": " + expect.why;
        return {Outcome::passed, fmt::format("failed as expected at {}{}", name_of(failure), why), true};
    }
    if (same_place != nullptr) {
        return {Outcome::failed,
                fmt::format("{}, but {} said: {}", wanted(expect), name_of(*same_place), last_line(same_place->said)),
                false};
    }
    return {Outcome::failed, fmt::format("{}, but {}", wanted(expect), reason.empty() ? "failed elsewhere" : reason),
            false};
}

}  // namespace

Judgement judge(const scenario::Expect& expect, Outcome outcome, const std::string& reason, const Seen& seen) {
    if (outcome == Outcome::failed) return judge_failure(expect, reason, seen);
    if (outcome != Outcome::passed) return {outcome, reason, false};
    if (!seen.reached) {
        return {Outcome::passed, fmt::format("ended before {}, where it is to fail", expect.fails_at), false};
    }
    const auto why = expect.why.empty() ? std::string{} : fmt::format(" ({})", expect.why);
    return {Outcome::failed, fmt::format("{}{}, but passed", wanted(expect), why), false};
}

FailureWatch::FailureWatch(const scenario::Scenario& scenario, const scenario::Expect& expect) : expect_(expect) {
    for (const auto& check : scenario.checks) kind_of_check_[check::check_id({check.kind, check.params})] = check.kind;
}

void FailureWatch::on(const events::Event& event) {
    if (const auto* output = std::get_if<events::StepOutput>(&event.body)) note(*output);
    if (const auto* step = std::get_if<events::StepFinished>(&event.body)) note(*step);
    if (const auto* check = std::get_if<events::CheckFinished>(&event.body)) note(*check);
}

void FailureWatch::note(const events::StepOutput& output) {
    if (output.step != expect_.fails_at) return;
    auto& text = output_[{output.step, output.node}];
    if (text.size() < kMostOutput) text += output.line + "\n";
}

void FailureWatch::note(const events::StepFinished& step) {
    if (step.step == expect_.fails_at && step.outcome != Outcome::skipped) was_there_ = true;
    if (step.outcome != Outcome::failed) return;
    const auto output = output_.find({step.step, step.node});
    const auto& wrote = output == output_.end() ? step.output_tail : output->second;
    failures_.push_back({Failure::Kind::step, step.step, {}, step.node, wrote + "\n" + step.reason});
}

void FailureWatch::note(const events::CheckFinished& check) {
    const auto kind = kind_of_check_.find(check.check);
    Failure failure{Failure::Kind::check, check.check, kind == kind_of_check_.end() ? "" : kind->second, {}, {}};
    failure.said = check.last_seen + "\n" + check.summary + "\n" + check.ran;
    if (is_at(failure, expect_.fails_at)) was_there_ = true;
    if (check.outcome == Outcome::failed) failures_.push_back(std::move(failure));
}

}  // namespace crib::engine
