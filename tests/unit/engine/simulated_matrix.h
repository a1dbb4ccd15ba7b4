#pragma once
// A machine on which cells take their time without anybody waiting for it.

#include "harness/engine/matrix_scheduler.h"
#include "tests/support/manual_clock.h"

#include <algorithm>
#include <functional>
#include <map>
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

// Time jumps to the next thing that happens.
class SimulatedLauncher final : public engine::CellLauncher {
public:
    struct Script {
        Duration prepares = std::chrono::minutes(1);
        Duration takes = std::chrono::minutes(10);
        engine::CellResult result{events::Outcome::passed, {}, "run-x", "/runs/run-x", {}, {}};
        std::function<void()> then;  // when it ends
    };
    explicit SimulatedLauncher(ManualClock& clock) : clock_(clock) {}

    std::map<std::size_t, Script> scripts;  // of cells that are not like all others
    std::vector<std::size_t> starts;
    std::size_t most_at_once = 0;
    bool cancelled = false;

    void start(std::size_t cell) override {
        starts.push_back(cell);
        events_.push_back({clock_.now() + scripts[cell].prepares, false, cell});
        events_.push_back({clock_.now() + scripts[cell].takes, true, cell});
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
        const auto coming = *next;
        events_.erase(next);
        clock_.sleep_until(coming.when, {});
        if (!coming.is_end) return News{News::Kind::prepared, coming.cell, {}};
        --running_;
        auto& script = scripts[coming.cell];
        auto result = script.result;
        if (cancelled) result.outcome = events::Outcome::interrupted;
        if (script.then) script.then();
        return News{News::Kind::ended, coming.cell, result};
    }

    // Cleaning up takes a moment.
    void cancel() override {
        cancelled = true;
        for (auto& coming : events_) coming.when = std::min(coming.when, clock_.now() + std::chrono::seconds(5));
    }

private:
    struct Coming {
        TimePoint when;
        bool is_end = false;
        std::size_t cell = 0;
    };
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
