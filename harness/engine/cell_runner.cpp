#include "harness/engine/cell_runner.h"

#include "harness/base/error.h"
#include "harness/base/system_error.h"
#include "harness/engine/cell_session.h"
#include "harness/engine/expectation.h"
#include "harness/engine/run_times.h"
#include "harness/engine/watchdog.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <optional>

namespace crib::engine {
namespace {

using events::Outcome;
using namespace std::chrono_literals;

constexpr auto kWatchInterval = 2s;
constexpr auto kEvidenceLimit = 3min;
constexpr auto kSaveFailureLimit = 60s;
constexpr auto kEvidenceLimitWhenInterrupted = 20s;

Outcome outcome_of(const Error& error) {
    return error.kind() == ErrorKind::cancelled ? Outcome::interrupted : Outcome::error;
}

struct End {
    Outcome outcome = Outcome::passed;
    std::string hint;
    bool refused = false;
};

// From the first component to the last check. Errors become an outcome, with its reason in the session.
class Course {
public:
    Course(CellSession& session, const CellOptions& options, Clock& pulse)
        : session_(session), options_(options), pulse_(pulse) {}

    End run(const Context& context) {
        End end;
        try {
            begin(context);
            end.outcome = under_watch(context);
        } catch (const Error& error) {
            const bool refused = error.kind() == ErrorKind::usage && !session_.started() && !session_.taken_over();
            end = {outcome_of(error), error.hint(), refused};
            session_.blame(error.what());
        } catch (const std::exception& error) {
            const auto told = error_of(error);
            end = {Outcome::error, told.hint(), false};
            session_.blame(told.what());
        }
        if (context.cancelled()) end.outcome = Outcome::interrupted;
        return end;
    }

private:
    // Until there are machines.
    void begin(const Context& context) {
        const bool is_redo = !options_.redo.empty();
        session_.stage("prepare", context,
                       [&] { is_redo ? session_.prepare_redo(context) : session_.prepare(context); });
        session_.stage("start", context, [&] { is_redo ? session_.take_over(context) : session_.start(context); });
        if (!session_.has_checkpoint()) return;
        session_.stage("restore", context, [&] {
            if (is_redo) session_.go_back(context);
            restored_ = is_redo || session_.restore(context);
        });
    }

    Outcome under_watch(const Context& context) {
        Watchdog watchdog(context, pulse_, kWatchInterval, [&] { return session_.trouble(); });
        const auto barked = [&] {
            if (const auto reason = watchdog.reason()) throw Error(ErrorKind::guest, *reason);
        };
        try {
            const auto outcome = set_up_and_check(watchdog.context());
            barked();
            return outcome;
        } catch (const Error&) {
            barked();  // its reason is the cause, what was thrown only followed from it
            throw;
        }
    }

    Outcome set_up_and_check(const Context& context) {
        if (!restored_) session_.stage("boot", context, [&] { session_.boot(context); });
        const auto set_up = session_.provision(context);
        if (set_up != Outcome::passed || session_.cut_short()) return set_up;
        return session_.stage("checks", context, [&] {
            const auto checked = session_.check(context);
            session_.show_tables(context);
            return checked;
        });
    }

    CellSession& session_;
    const CellOptions& options_;
    Clock& pulse_;
    bool restored_ = false;  // the nodes came out of a checkpoint
};

// A cluster whose machines a redo has left as they were may have been halted before.
bool runs(hypervisor::Hypervisor& hypervisor, const RunInfo& run) {
    try {
        return std::all_of(run.nodes.begin(), run.nodes.end(), [&](const auto& node) {
            return hypervisor.state(node.machine) == hypervisor::MachineState::running;
        });
    } catch (const Error&) {
        return false;  // it is not known, and so not said
    }
}

bool keeps(const CellSession& session, const CellOptions& options, Outcome outcome) {
    if (!session.started()) return false;
    if (!options.redo.empty()) return true;
    const auto policy = options.keep;
    if (outcome == Outcome::interrupted) return false;
    return policy == KeepPolicy::always || (policy == KeepPolicy::when_failed && outcome != Outcome::passed);
}

void collect_evidence(CellSession& session, events::Bus& bus, const Context& context) {
    if (!session.started()) return;
    try {
        session.stage("evidence", context, [&] { session.collect(context); });
    } catch (const std::exception& error) {
        bus.warn(std::string("evidence is missing: ") + error.what());  // cleaning up must go on
    }
}

// What the checks made goes; a cluster that was not touched is left as it is without a word.
void leave(CellSession& session, const Context& context) {
    if (!session.started()) return session.keep(context);
    session.stage("cleanup", context, [&] { session.keep(context); });
}

// Why the run's end cannot be written down; nothing: it is.
std::optional<Error> write_down(const RunStore& runs, const RunStore::Created& created) {
    try {
        runs.save(created.info);
        return std::nullopt;
    } catch (const Error& error) {
        std::error_code problem;
        const bool is_gone = !std::filesystem::exists(created.folder.path, problem) && !problem;
        return Error(error.kind(), std::string("what the run came to is not written down: ") + error.what(),
                     is_gone ? "its folder was moved or removed while it ran: let it stay where it is until crib has "
                               "ended"
                             : error.hint());
    }
}

// Listens to a run that must fail, while it lives.
class Expectation {
public:
    Expectation(events::Bus& bus, const Cell& cell) : bus_(bus), expect_(cell.scenario.expect) {
        if (!expect_) return;
        watch_.emplace(cell.scenario, *expect_);
        bus_.add(*watch_);
    }
    ~Expectation() {
        if (watch_) bus_.remove(*watch_);
    }
    Expectation(const Expectation&) = delete;
    Expectation& operator=(const Expectation&) = delete;

    void judge_end(events::RunFinished& finished, bool cut_short) const {
        if (!expect_) return;
        const auto judgement = judge(*expect_, finished.outcome, finished.reason, watch_->seen(cut_short));
        finished.outcome = judgement.outcome;
        finished.reason = judgement.reason;
        finished.expected = expect_->fails_at;
        finished.as_expected = judgement.as_expected;
        if (judgement.as_expected) finished.hint.clear();
    }

private:
    events::Bus& bus_;
    const std::optional<scenario::Expect>& expect_;
    std::optional<FailureWatch> watch_;
};

}  // namespace

events::RunFinished CellRunner::run(const Cell& cell, const CellOptions& options, RunStore::Created& created,
                                    const Context& context) {
    const auto start = context.clock->now();
    CellSession session(parts_, bus_, runs_, cell, options, created);
    Expectation expectation(bus_, cell);
    TimesWatch times(bus_);
    session.announce();
    const auto end = Course(session, options, pulse_).run(context);

    events::RunFinished finished;
    finished.outcome = end.outcome;
    finished.hint = end.hint;
    finished.refused = end.refused;
    if (end.outcome != Outcome::passed) finished.reason = session.reason();
    expectation.judge_end(finished, session.cut_short());
    const bool is_redo = !options.redo.empty();
    const bool is_untouched = is_redo && !session.taken_over();
    if (!is_untouched) finished.folder = created.folder.path.string();  // else its record tells of another
    // A new context: the old one may be cancelled, and cleaning up must not be.
    const auto fresh = Context::with_clock(*context.clock).with_stop(options.hurry);
    const auto limit = end.outcome == Outcome::interrupted ? Duration{kEvidenceLimitWhenInterrupted} : kEvidenceLimit;
    collect_evidence(session, bus_, fresh.with_timeout(limit));
    finished.kept = is_redo && !session.started() ? runs(parts_.hypervisor, created.info)
                                                  : keeps(session, options, finished.outcome);
    if (options.checkpoints.at_failure && finished.outcome == Outcome::failed && session.started() && !finished.kept) {
        const auto limited = context.with_timeout(kSaveFailureLimit);
        session.stage("saving", limited, [&] { finished.saved_as = session.save_failure(limited); });
    }
    if (finished.kept || is_redo) {
        leave(session, fresh);
    } else {
        session.stage("cleanup", fresh, [&] { session.tear_down(); });
    }
    finished.took = context.clock->now() - start;

    std::optional<Error> unwritten;
    if (!is_untouched) {
        created.info.outcome = events::to_string(finished.outcome);
        created.info.kept = finished.kept || is_redo;
        // After a redo those of the run stay; of a cluster out of a checkpoint it is no whole run.
        if (!is_redo) created.info.times = times.measured(finished);
        if (!created.info.times) created.info.times = MeasuredRun{};
        unwritten = write_down(runs_, created);
    }
    if (unwritten) finished.folder.clear();
    bus_.publish(finished);  // in any case: it says what the run came to, and its times
    if (unwritten) throw Error(*unwritten);
    return finished;
}

}  // namespace crib::engine
