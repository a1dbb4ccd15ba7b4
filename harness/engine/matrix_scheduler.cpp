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
    pending_ = longest_first(cells);
    results_.resize(cells.size());
    while (!pending_.empty() || !running_.empty()) {
        if (context.cancelled() && !stopping_) stop("the matrix was interrupted");
        if (!stopping_) admit();
        if (pending_.empty() && running_.empty()) break;
        wait_for_news(context);
    }
    return std::move(results_);
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
        const auto wait = reason_to_wait((*cells_)[cell], room);
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
        end(cell, {Outcome::error, *why, {}, {}, clock_.now() - begin_, {}});
    }
}

std::optional<Wait> MatrixScheduler::reason_to_wait(const MatrixCell& cell, const Room& room) const {
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
    launcher_.start(cell);
}

void MatrixScheduler::tell_wait(std::size_t cell, const Wait& wait) {
    auto& told = told_[cell];
    if (told == wait.what) return;  // its numbers change all the time
    told = wait.what;
    observer_.waiting(cell, wait);
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
    if (news.kind == CellLauncher::News::Kind::prepared) return forget_builds(news.cell, true);
    forget_builds(news.cell, false);
    const auto started = running_.at(news.cell);
    running_.erase(news.cell);
    admission_.end((*cells_)[news.cell].need);
    auto result = news.result;
    result.waited = results_[news.cell].waited;
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
