#pragma once
// A machine on which cells take their time without anybody waiting for it.

#include "harness/engine/matrix_scheduler.h"
#include "tests/support/manual_clock.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace crib::test {

class SimulatedRoom final : public engine::RoomProbe {
public:
    engine::Room room{{8, ByteSize::gib(24), ByteSize::gib(22), ByteSize::gib(80)}, {}};
    std::function<void()> before_look;

    engine::Room look() override {
        if (before_look) before_look();
        return room;
    }
};

// Time jumps to the next thing that happens. Checkpoints are keys in a store: a cell goes on from the last of its
// stages that is there.
class SimulatedLauncher final : public engine::CellLauncher {
public:
    struct Script {
        Duration prepares = std::chrono::minutes(1);
        Duration takes = std::chrono::minutes(10);  // from nothing
        engine::CellResult result{events::Outcome::passed, {}, "run-x", "/runs/run-x", {}, {}};
        std::function<void()> then;  // when it ends
        bool can_save = true;
    };
    explicit SimulatedLauncher(ManualClock& clock) : clock_(clock) {}

    std::map<std::size_t, Script> scripts;  // of cells that are not like all others
    std::map<std::size_t, std::vector<engine::PlannedStage>> stages;
    std::set<std::string> store;
    std::vector<std::string> saves;  // keys, in the order in which they came into the store
    std::vector<std::size_t> starts;
    std::map<std::size_t, std::vector<std::string>> to_save;  // what each was told
    std::size_t most_at_once = 0;
    bool cancelled = false;

    // A stage takes two minutes, the machines one.
    static Duration end_of(std::size_t stage) { return std::chrono::minutes(3 + 2 * stage); }

    void start(std::size_t cell, const std::vector<std::string>& save) override {
        starts.push_back(cell);
        to_save[cell] = save;
        const auto& script = scripts[cell];
        const auto& mine = stages[cell];
        std::size_t done = mine.size();
        while (done > 0 && !store.contains(mine[done - 1].key)) --done;
        const auto skipped = done == 0 ? Duration::zero() : end_of(done - 1);
        come(script.prepares, News::Kind::prepared, cell);
        if (done > 0) come(script.prepares, News::Kind::restored, cell, mine[done - 1].stage);
        for (std::size_t i = done; i < mine.size(); ++i) {
            if (std::ranges::count(save, mine[i].stage) == 0 || end_of(i) >= script.takes) continue;
            come(end_of(i) - skipped, script.can_save ? News::Kind::saved : News::Kind::not_saved, cell, mine[i].stage);
        }
        const auto rest = done == 0 ? script.takes : std::max<Duration>(script.takes - skipped, script.prepares);
        come(rest, News::Kind::ended, cell);
        ++running_;
        most_at_once = std::max(most_at_once, running_);
    }

    std::optional<News> wait(const Context& context) override {
        if (context.cancelled()) return std::nullopt;
        const auto next = std::ranges::min_element(events_, {}, &Coming::when);
        if (next == events_.end() || next->when > context.deadline) {
            clock_.sleep_until(context.deadline, {});
            return std::nullopt;
        }
        auto news = next->news;
        clock_.sleep_until(next->when, {});
        events_.erase(next);
        if (news.kind == News::Kind::saved) keep(news);
        if (news.kind != News::Kind::ended) return news;
        --running_;
        auto& script = scripts[news.cell];
        news.result = script.result;
        if (cancelled) news.result.outcome = events::Outcome::interrupted;
        if (script.then) script.then();
        return news;
    }

    // Cleaning up takes a moment.
    void cancel() override {
        cancelled = true;
        for (auto& coming : events_) coming.when = std::min(coming.when, clock_.now() + std::chrono::seconds(5));
    }

private:
    struct Coming {
        TimePoint when;
        News news;
    };

    void come(Duration after, News::Kind kind, std::size_t cell, const std::string& stage = {}) {
        events_.push_back({clock_.now() + after, {kind, cell, {}, stage}});
    }

    void keep(const News& news) {
        for (const auto& stage : stages[news.cell]) {
            if (stage.stage != news.stage) continue;
            store.insert(stage.key);
            saves.push_back(stage.key);
        }
    }

    ManualClock& clock_;
    std::vector<Coming> events_;
    std::size_t running_ = 0;
};

class RecordingObserver final : public engine::MatrixObserver {
public:
    std::vector<std::pair<std::size_t, engine::Wait>> waits;
    std::vector<std::size_t> ends;
    void started(std::size_t) override {}
    void waiting(std::size_t cell, const engine::Wait& wait) override { waits.emplace_back(cell, wait); }
    void ended(std::size_t cell, const engine::CellResult&) override { ends.push_back(cell); }
};

// A two-node cell of 4.1 GiB and QEMU's share.
inline engine::MatrixCell matrix_cell(const std::string& id, Duration expected = {},
                                      std::vector<std::string> builds = {}) {
    return {id,
            {ByteSize::mib(4700), 1.0, ByteSize::gib(3), "master 2.2 GiB + worker 1.8 GiB"},
            std::move(builds),
            expected};
}

}  // namespace crib::test
