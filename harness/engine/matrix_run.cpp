#include "harness/engine/matrix_run.h"

#include "harness/base/error.h"
#include "harness/base/short_words.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace crib::engine {

using events::CellRecord;
using events::Outcome;

namespace {

// Of those that never began, one line each; the rest is counted.
constexpr std::size_t kSkippedToTell = 20;

}  // namespace

// The scheduler counts the cells that are to be run, the launcher all.
class MatrixRun::Renumbering final : public CellLauncher {
public:
    Renumbering(CellLauncher& launcher, const std::vector<std::size_t>& numbers)
        : launcher_(launcher), numbers_(numbers) {}

    void start(std::size_t cell, const std::vector<std::string>& save) override {
        launcher_.start(numbers_[cell], save);
    }
    void cancel() override { launcher_.cancel(); }
    std::optional<News> wait(const Context& context) override {
        auto news = launcher_.wait(context);
        if (news) {
            news->cell = static_cast<std::size_t>(std::ranges::find(numbers_, news->cell) - numbers_.begin());
        }
        return news;
    }

private:
    CellLauncher& launcher_;
    const std::vector<std::size_t>& numbers_;
};

namespace {

// "2-..." is of the format "2-", what an earlier crib wrote of none.
std::string_view format_of(std::string_view inputs) {
    return inputs.substr(0, inputs.find('-') + 1);
}

// " (a.sh, b.sh)"; empty: none is known.
std::string names_of(const ChangedFiles& changed, const std::string& cell) {
    constexpr std::size_t kMostNamed = 3;
    const auto found = changed.find(cell);
    if (found == changed.end() || found->second.empty()) return {};
    return fmt::format(" ({})", some_of(found->second, kMostNamed));
}

}  // namespace

void carry_over(events::MatrixRecord& record, const events::MatrixRecord& earlier, const ChangedFiles& changed) {
    record.resumes = earlier.id;
    bool is_of_another_crib = false;
    std::unordered_map<std::string_view, const CellRecord*> passed;
    for (const auto& cell : earlier.cells) {
        if (cell.outcome == Outcome::passed) passed.emplace(cell.id, &cell);
    }
    for (auto& cell : record.cells) {
        const auto found = passed.find(cell.id);
        if (found == passed.end()) continue;
        const auto* before = found->second;
        if (format_of(before->inputs) != format_of(cell.inputs)) {
            is_of_another_crib = true;
            continue;
        }
        if (before->inputs != cell.inputs) {
            record.notes.push_back(fmt::format("{} passed before, but what it is made of has changed{}: it runs again",
                                               cell.id, names_of(changed, cell.id)));
            continue;
        }
        cell = *before;
        cell.carried = true;
    }
    if (is_of_another_crib) {
        record.notes.push_back(
            fmt::format("{} is a record of another version of crib: what passed there runs again", earlier.id));
    }
}

events::MatrixRecord MatrixRun::run(events::MatrixRecord record, const std::vector<MatrixCell>& cells,
                                    const MatrixOptions& options, const Context& context) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (!record.cells[i].outcome) record.cells[i].expected = cells[i].expected;
    }
    const auto describe = [&](const std::vector<std::size_t>& numbers) {
        Described described;
        for (const auto number : numbers) described.cells.push_back(cells[number]);
        return described;
    };
    return run(std::move(record), describe, options, context);
}

events::MatrixRecord MatrixRun::run(events::MatrixRecord record, const Describe& describe, const MatrixOptions& options,
                                    const Context& context) {
    record_ = std::move(record);
    const auto all = wanted();
    done_ = record_.cells.size() - all.size();
    some_began_ = began_ = parts_.clock.now();
    record_.began = parts_.clock.wall_now();
    save();
    std::string stopped;
    for (std::size_t first = 0; first < all.size();) {
        const auto end = std::min(all.size(), first + kAtATime);
        numbers_.assign(all.begin() + std::ptrdiff_t(first), all.begin() + std::ptrdiff_t(end));
        std::ranges::sort(numbers_);
        first = end;
        if (stopped.empty()) {
            stopped = run_some(describe, options, context);
        } else {
            skip_all(stopped);
        }
    }
    if (skipped_ > kSkippedToTell) {
        parts_.bus.info(fmt::format("and {} more cells are skipped: {}", skipped_ - kSkippedToTell, stopped));
    }
    conclude(context);
    return record_;
}

std::vector<std::size_t> MatrixRun::wanted() const {
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < record_.cells.size(); ++i) {
        if (!record_.cells[i].outcome) wanted.push_back(i);
    }
    if (wanted.size() <= kAtATime) return wanted;
    // As the scheduler orders them: of whom nothing is known may be the longest.
    std::ranges::stable_sort(wanted, std::ranges::greater{}, [&](std::size_t i) {
        const auto expected = record_.cells[i].expected;
        return expected == Duration::zero() ? Duration::max() : expected;
    });
    return wanted;
}

std::string MatrixRun::run_some(const Describe& describe, const MatrixOptions& options, const Context& context) {
    if (context.cancelled()) {
        const std::string reason = "the matrix was interrupted";
        skip_all(reason);
        return reason;
    }
    some_began_ = parts_.clock.now();
    auto [cells, files] = describe(numbers_);
    record_.files.merge(files);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        auto& row = record_.cells[numbers_[i]];
        if (!cells[i].inputs.empty()) row.inputs = cells[i].inputs;
    }
    Renumbering launcher(parts_.launcher, numbers_);
    MatrixScheduler scheduler(parts_.clock, parts_.probe, launcher, *this);
    (void)scheduler.run(cells, options, context);
    for (const auto& [what, how_long] : scheduler.waits()) record_.waits[what] += how_long;
    return scheduler.stopped_because();
}

void MatrixRun::skip_all(const std::string& reason) {
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
        CellResult result;
        result.reason = reason;
        result.waited = parts_.clock.now() - some_began_;
        ended(i, result);
    }
}

void MatrixRun::conclude(const Context& context) {
    record_.took = parts_.clock.now() - began_;
    record_.outcome = context.cancelled() ? Outcome::interrupted : events::outcome_of(record_.cells);
    const auto count = [&](Outcome outcome) {
        return std::ranges::count(record_.cells, std::optional(outcome), &CellRecord::outcome);
    };
    if (record_.outcome != Outcome::passed) {
        record_.reason = fmt::format("{} of {} cells passed, {} failed, {} had an error, {} did not end",
                                     count(Outcome::passed), record_.cells.size(), count(Outcome::failed),
                                     count(Outcome::error), count(Outcome::interrupted) + count(Outcome::skipped));
    }
    save();
}

void MatrixRun::started(std::size_t cell) {
    const auto& id = record_.cells[numbers_[cell]].id;
    parts_.bus.publish(events::Progress{id, "begins", 0, 0, false, {}});
}

void MatrixRun::waiting(std::size_t cell, const Wait& wait) {
    parts_.bus.info(record_.cells[numbers_[cell]].id + " " + wait.text);
}

void MatrixRun::ended(std::size_t cell, const CellResult& result) {
    auto& row = record_.cells[numbers_[cell]];
    row.outcome = result.outcome;
    row.reason = result.reason;
    row.run = result.run;
    row.folder = result.folder;
    row.waited = result.waited + (some_began_ - began_);
    row.took = result.took;
    row.refused = result.refused;
    row.went_on_from = result.went_on_from;
    row.saved = result.saved;
    row.waited_for = result.waited_for;
    ++done_;
    if (row.outcome == Outcome::skipped) {  // all that are left, at once: the record is saved when they are through
        if (++skipped_ <= kSkippedToTell) tell_end(row);
        return;
    }
    tell_end(row);
    if (!result.to_go_on_from.empty() && !row.run.empty() && row.went_on_from.empty()) {
        parts_.bus.info(fmt::format("{} was to go on from {} and ran from nothing: {} says why", row.id,
                                    result.to_go_on_from,
                                    parts_.store.next_command()("cache explain", {row.run, result.to_go_on_from})));
    }
    keep_time(row);
    save();
}

void MatrixRun::tell_end(const CellRecord& cell) {
    parts_.bus.publish(events::Progress{cell.id, events::to_string(*cell.outcome), 0, 0, true, cell.took});
    auto text = fmt::format("[{}/{}] {} {}", done_, record_.cells.size(), events::to_string(*cell.outcome), cell.id);
    if (cell.took > Duration::zero()) text += " in " + to_short_string(cell.took);
    if (!cell.went_on_from.empty()) text += " from " + cell.went_on_from;
    if (!cell.run.empty()) text += fmt::format(" (run {})", cell.run);
    if (!cell.reason.empty()) text += ": " + cell.reason;
    const bool bad = cell.outcome == Outcome::failed || cell.outcome == Outcome::error;
    parts_.bus.publish(events::Notice{bad ? events::Level::error : events::Level::info, {}, text, {}});
}

void MatrixRun::keep_time(const CellRecord& cell) {
    if (cell.run.empty()) return;  // it never began
    try {
        parts_.history.add({record_.scenario, cell.id, parts_.host, cell.took, *cell.outcome, parts_.clock.wall_now()});
    } catch (const Error& error) {
        parts_.bus.warn(std::string("the time of a cell is not kept: ") + error.what());
    }
}

void MatrixRun::save() {
    try {
        parts_.store.save(record_);
    } catch (const Error& error) {
        parts_.bus.warn(std::string("the matrix's record is not up to date: ") + error.what());
    }
}

}  // namespace crib::engine
