#include "harness/engine/matrix_scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace crib::engine {
namespace {

using events::Outcome;
using namespace std::chrono_literals;

// How often to look whether there is room by now: what others do on the machine is no news of ours.
constexpr auto kLookAgain = 5s;
// A cell that has just begun does not press on the machine yet.
constexpr auto kSettle = 20s;
// How long others may keep what a cell needs while nothing of ours runs.
constexpr auto kPatience = 10min;
// Small cells may begin before a large one that has no room yet, but not for ever.
constexpr unsigned kMostOvertaking = 4;
// The kind of wait for another cell's checkpoint.
constexpr const char* kForCheckpoint = "a checkpoint";

std::vector<std::size_t> longest_first(const std::vector<MatrixCell>& cells) {
    std::vector<std::size_t> order(cells.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        const auto rank = [&](std::size_t i) {
            return cells[i].expected == Duration::zero() ? Duration::max() : cells[i].expected;
        };
        return rank(a) > rank(b);
    });
    return order;
}

bool takes_no_less(const CellNeed& a, const CellNeed& b) {
    return a.memory >= b.memory && a.disk >= b.disk && a.cores >= b.cores;
}

}  // namespace

std::vector<CellResult> MatrixScheduler::run(const std::vector<MatrixCell>& cells, const MatrixOptions& options,
                                             const Context& context) {
    cells_ = &cells;
    options_ = options;
    begin_ = clock_.now();
    std::vector<std::vector<PlannedStage>> stages;
    for (const auto& cell : cells) stages.push_back(cell.stages);
    prefixes_ = Prefixes(stages);
    pending_ = order();
    results_.resize(cells.size());
    while (!pending_.empty() || !running_.empty()) {
        if (context.cancelled() && !stopping_) stop("the matrix was interrupted");
        if (!stopping_) admit();
        if (pending_.empty() && running_.empty()) break;
        wait_for_news(context);
    }
    return std::move(results_);
}

// Cells that share a checkpoint stand together, at the place of the longest: it is used soon after it was made, before
// others take its room in the store.
std::vector<std::size_t> MatrixScheduler::order() const {
    std::vector<std::size_t> order;
    const auto by_length = longest_first(*cells_);
    std::map<std::size_t, std::vector<std::size_t>> families;
    for (const auto cell : by_length) {
        if (const auto family = prefixes_.family(cell)) families[*family].push_back(cell);
    }
    for (const auto cell : by_length) {
        const auto family = prefixes_.family(cell);
        if (!family) {
            order.push_back(cell);
        } else if (families[*family].front() == cell) {
            order.insert(order.end(), families[*family].begin(), families[*family].end());
        }
    }
    return order;
}

void MatrixScheduler::admit() {
    head_wait_.reset();
    auto room = probe_.look();
    give_up_on_what_never_fits(room);
    std::optional<CellNeed> refused;  // what there was no room for: most cells need as much as others
    for (std::size_t i = 0; i < pending_.size();) {
        const auto cell = pending_[i];
        const auto& need = (*cells_)[cell].need;
        if (i > 0 && refused && takes_no_less(need, *refused)) {
            ++i;
            continue;
        }
        const auto wait = reason_to_wait(cell, room);
        if (!wait) {
            overtaken_ = i == 0 ? 0 : overtaken_ + 1;
            pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
            start(cell, room);
            room = probe_.look();
            i = 0;  // with another one at work, another one may have to wait
            head_wait_.reset();
            refused.reset();
            continue;
        }
        const bool for_room = wait->what == "memory" || wait->what == "disk" || wait->what == "cores";
        if (for_room) refused = need;
        if (i == 0) {
            head_wait_ = wait;
            tell_wait(cell, *wait);
            // A component, or room for all: nothing is gained by holding the others back.
            if (for_room && overtaken_ >= kMostOvertaking) break;
        }
        if (wait->what == "jobs" || wait->what == "pressure") break;  // the same for all
        ++i;
    }
    tell_who_waits_for_a_prefix();
}

// Without it one cell too large would hold up the end of the matrix.
void MatrixScheduler::give_up_on_what_never_fits(const Room& room) {
    if (!running_.empty()) return alone_since_.reset();
    if (!alone_since_) alone_since_ = clock_.now();
    const bool waited_enough = clock_.now() - *alone_since_ >= kPatience;
    const auto waiting = pending_;
    for (const auto cell : waiting) {
        const auto& need = (*cells_)[cell].need;
        auto why = Admission::reason_never(need, room);
        const auto wait = waited_enough ? admission_.reason_to_wait(need, room) : std::nullopt;
        if (!why && wait) {
            why = fmt::format("{}; nothing of this matrix runs, and it has waited for {} minutes", wait->text,
                              std::chrono::minutes(kPatience).count());
        }
        if (!why) continue;
        std::erase(pending_, cell);
        prefixes_.drop(cell);
        end(cell, {Outcome::error, *why, {}, {}, clock_.now() - begin_, {}});
    }
}

std::optional<Wait> MatrixScheduler::prefix_to_wait_for(std::size_t cell) const {
    const auto awaited = prefixes_.awaited(cell);
    if (!awaited) return std::nullopt;
    return Wait{kForCheckpoint, fmt::format("waits for {} of {}", awaited->stage, (*cells_)[awaited->maker].id)};
}

std::optional<Wait> MatrixScheduler::reason_to_wait(std::size_t number, const Room& room) const {
    const auto& cell = (*cells_)[number];
    if (auto wait = prefix_to_wait_for(number)) return wait;
    if (options_.jobs > 0 && running_.size() >= options_.jobs) {
        return Wait{"jobs", fmt::format("waits for one of {} cells to end", running_.size())};
    }
    for (const auto& thing : cell.builds) {
        const auto builder = building_.find(thing);
        if (builder == building_.end()) continue;
        return Wait{"a component",
                    fmt::format("waits for {}, which {} makes ready", thing, (*cells_)[builder->second].id)};
    }
    if (auto wait = admission_.reason_to_wait(cell.need, room)) return wait;
    if (room.pressure && last_start_ && !running_.empty() && clock_.now() - *last_start_ < kSettle) {
        return Wait{"pressure", "waits to see what the cell before it takes of the machine"};
    }
    return std::nullopt;
}

void MatrixScheduler::start(std::size_t cell, const Room& room) {
    const auto now = clock_.now();
    admission_.begin((*cells_)[cell].need, room);
    for (const auto& thing : (*cells_)[cell].builds) {
        if (!built_.contains(thing)) building_[thing] = cell;
    }
    running_[cell] = now;
    last_start_ = now;
    alone_since_.reset();
    results_[cell].waited = now - begin_;
    observer_.started(cell);
    const auto course = prefixes_.begin(cell);
    results_[cell].to_go_on_from = course.from;
    launcher_.start(cell, course.save);
}

void MatrixScheduler::tell_wait(std::size_t cell, const Wait& wait) {
    auto& told = told_[cell];
    // Numbers in other texts change all the time.
    const auto& news = wait.what == kForCheckpoint ? wait.text : wait.what;
    if (told == news) return;
    told = news;
    observer_.waiting(cell, wait);
}

// Each of them, not only the one that is next: it is not room that keeps them.
void MatrixScheduler::tell_who_waits_for_a_prefix() {
    for (const auto cell : pending_) {
        const auto awaited = prefixes_.awaited(cell);
        if (!awaited) continue;
        results_[cell].waited_for = fmt::format("{} of {}", awaited->stage, (*cells_)[awaited->maker].id);
        tell_wait(cell, *prefix_to_wait_for(cell));
    }
}

void MatrixScheduler::wait_for_news(const Context& context) {
    const auto before = clock_.now();
    // While stopping, the running cells are waited for: they clean up. The launcher has told them.
    auto limited = stopping_ ? context.with_stop({}) : context;
    limited.deadline = TimePoint::max();
    if (!pending_.empty()) limited = limited.with_timeout(kLookAgain);
    const auto news = launcher_.wait(limited);
    if (head_wait_) waits_[head_wait_->what] += clock_.now() - before;
    if (news) take(*news);
}

void MatrixScheduler::take(const CellLauncher::News& news) {
    using Kind = CellLauncher::News::Kind;
    switch (news.kind) {
        case Kind::prepared:
            return forget_builds(news.cell, true);
        case Kind::restored:
            results_[news.cell].went_on_from = news.stage;
            return prefixes_.restored(news.cell, news.stage);
        case Kind::saved:
            results_[news.cell].saved.push_back(news.stage);
            return prefixes_.saved(news.cell, news.stage);
        case Kind::not_saved:
            return prefixes_.not_saved(news.cell);
        case Kind::ended:
            return take_end(news);
    }
}

void MatrixScheduler::take_end(const CellLauncher::News& news) {
    forget_builds(news.cell, false);
    prefixes_.ended(news.cell);
    const auto started = running_.at(news.cell);
    running_.erase(news.cell);
    admission_.end((*cells_)[news.cell].need);
    auto result = std::move(results_[news.cell]);  // what was known of it before its end
    result.outcome = news.result.outcome;
    result.reason = news.result.reason;
    result.run = news.result.run;
    result.folder = news.result.folder;
    result.refused = news.result.refused;
    result.took = clock_.now() - started;
    const bool bad = result.outcome == Outcome::failed || result.outcome == Outcome::error;
    end(news.cell, std::move(result));
    if (bad && options_.fail_fast && !stopping_) stop((*cells_)[news.cell].id + " did not pass (--fail-fast)");
}

// What a cell that ended unprepared was building, another one has to build.
void MatrixScheduler::forget_builds(std::size_t cell, bool are_ready) {
    std::erase_if(building_, [&](const auto& entry) {
        if (entry.second != cell) return false;
        if (are_ready) built_.insert(entry.first);
        return true;
    });
}

void MatrixScheduler::stop(const std::string& reason) {
    stopping_ = true;
    stopped_because_ = reason;
    head_wait_.reset();
    launcher_.cancel();
    for (const auto cell : std::exchange(pending_, {})) {
        end(cell, {Outcome::skipped, reason, {}, {}, clock_.now() - begin_, {}});
    }
}

void MatrixScheduler::end(std::size_t cell, CellResult result) {
    results_[cell] = std::move(result);
    observer_.ended(cell, results_[cell]);
}

}  // namespace crib::engine
