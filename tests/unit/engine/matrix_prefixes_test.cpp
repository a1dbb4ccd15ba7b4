// Cells of a matrix that share a beginning: who makes it, who waits for it.

#include "harness/engine/matrix_prefixes.h"

#include "harness/engine/matrix_scheduler.h"
#include "tests/unit/engine/simulated_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <stdexcept>

namespace crib::engine {
namespace {

using events::Outcome;
using test::matrix_cell;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::array kStages{"control-plane-ready", "network-ready", "workload-ready"};

// A letter a stage: cells with the same letters so far have the same cluster. "CN-": the last stage is the cell's own.
std::vector<PlannedStage> stages_of(const std::string& letters, const std::string& cell) {
    std::vector<PlannedStage> stages;
    std::string key;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        key += letters[i] == '-' ? "(" + cell + ")" : std::string(1, letters[i]);
        stages.push_back({kStages.at(i), key, true});
    }
    return stages;
}

class CellsThatShareABeginning : public ::testing::Test {
protected:
    test::ManualClock clock;
    test::SimulatedRoom probe;
    test::SimulatedLauncher launcher{clock};
    test::RecordingObserver observer;
    std::stop_source user;
    std::vector<MatrixCell> cells;
    MatrixOptions options;
    std::vector<CellResult> results;

    void SetUp() override {
        probe.room.host = {64, ByteSize::gib(240), ByteSize::gib(220), ByteSize::gib(800)};
        probe.before_look = [this] {
            if (++looks_ > 100000) throw std::logic_error("nobody begins and nobody ends");
        };
    }

    void add(const std::string& id, const std::string& letters, Duration expected = {}) {
        cells.push_back(matrix_cell(id, expected));
        cells.back().stages = launcher.stages[cells.size() - 1] = stages_of(letters, id);
    }

    void forget_all() {
        cells.clear();
        launcher.scripts.clear();
        launcher.stages.clear();
        launcher.store.clear();
        launcher.saves.clear();
        launcher.starts.clear();
        observer.ends.clear();
    }

    void run() {
        MatrixScheduler scheduler(clock, probe, launcher, observer);
        results = scheduler.run(cells, options, Context::with_clock(clock).with_stop(user.get_token()));
    }

    [[nodiscard]] std::vector<Duration> waited() const {
        std::vector<Duration> times;
        for (const auto& result : results) times.push_back(result.waited);
        return times;
    }

    [[nodiscard]] std::vector<std::string> waits_told() const {
        std::vector<std::string> texts;
        for (const auto& [cell, wait] : observer.waits) texts.push_back(cells[cell].id + " " + wait.text);
        return texts;
    }

    [[nodiscard]] std::vector<std::string> went_on_from() const {
        std::vector<std::string> stages;
        for (const auto& result : results) stages.push_back(result.went_on_from);
        return stages;
    }

private:
    unsigned looks_ = 0;
};

TEST_F(CellsThatShareABeginning, LetOneMakeItAndGoOnFromThere) {
    add("a", "CN-");
    add("b", "CN-");
    add("c", "CN-");
    run();
    EXPECT_THAT(launcher.to_save[0], ElementsAre("network-ready")) << "the last stage that is the same, and no other";
    EXPECT_THAT(launcher.to_save[1], IsEmpty());
    EXPECT_THAT(launcher.to_save[2], IsEmpty());
    EXPECT_THAT(waited(), ElementsAre(0min, 5min, 5min)) << "until the stage has passed, not until its maker ends";
    EXPECT_THAT(went_on_from(), ElementsAre("", "network-ready", "network-ready"));
    EXPECT_THAT(waits_told(), ElementsAre("b waits for network-ready of a", "c waits for network-ready of a"));
    EXPECT_EQ(results[2].waited_for, "network-ready of a");
    EXPECT_EQ(results[1].took, 5min);
}

TEST_F(CellsThatShareABeginning, LetTheLongestMakeIt) {
    add("short", "CN-", 3min);
    add("long", "CN-", 9min);
    run();
    EXPECT_THAT(launcher.starts, ElementsAre(1, 0));
    EXPECT_THAT(launcher.saves, ElementsAre("CN"));
}

TEST_F(CellsThatShareABeginning, AreRunTogetherSoThatACheckpointIsUsedBeforeItIsEvicted) {
    add("a1", "A--", 9min);
    add("b1", "B--", 8min);
    add("a2", "A--", 3min);
    add("b2", "B--", 2min);
    add("alone", "---", 5min);
    options.jobs = 1;
    run();
    EXPECT_THAT(launcher.starts, ElementsAre(0, 2, 1, 3, 4));
}

TEST_F(CellsThatShareABeginning, LeaveEarlyStagesToAFewAndLateOnesToFewer) {
    add("a", "CN-");
    add("b", "CN-");
    add("c", "CM-");
    add("d", "CM-");
    run();
    EXPECT_THAT(launcher.to_save[0], ElementsAre("control-plane-ready", "network-ready"));
    EXPECT_THAT(launcher.to_save[2], ElementsAre("network-ready"));
    EXPECT_THAT(waited(), ElementsAre(0min, 5min, 3min, 5min));
    EXPECT_THAT(went_on_from(), ElementsAre("", "network-ready", "control-plane-ready", "network-ready"));
    EXPECT_THAT(waits_told(), Contains("c waits for control-plane-ready of a"));
    EXPECT_THAT(waits_told(), Contains("d waits for network-ready of c"));
}

TEST_F(CellsThatShareABeginning, LetTheNextOneMakeItWhenTheFirstFailsBefore) {
    add("a", "CN-");
    add("b", "CN-");
    add("c", "CN-");
    launcher.scripts[0].takes = 2min;
    launcher.scripts[0].result.outcome = Outcome::failed;
    run();
    EXPECT_THAT(launcher.to_save[1], ElementsAre("network-ready"));
    EXPECT_THAT(waited(), ElementsAre(0min, 2min, 7min));
    EXPECT_THAT(waits_told(), ElementsAre("b waits for network-ready of a", "c waits for network-ready of a",
                                          "c waits for network-ready of b"));
}

TEST_F(CellsThatShareABeginning, LetTheNextOneMakeItWhenTheFirstCannotSave) {
    add("a", "CN-");
    add("b", "CN-");
    launcher.scripts[0].can_save = false;
    run();
    EXPECT_THAT(waited(), ElementsAre(0min, 5min)) << "a goes on, nobody waits for it any more";
    EXPECT_THAT(launcher.to_save[1], IsEmpty()) << "nobody is left to go on from there";
}

TEST_F(CellsThatShareABeginning, AreNotHeldUpOneAfterTheOtherWhenItCannotBeMade) {
    for (const auto* id : {"a", "b", "c", "d", "e"}) add(id, "CN-");
    for (std::size_t i = 0; i < cells.size(); ++i) {
        launcher.scripts[i].takes = 2min;
        launcher.scripts[i].result.outcome = Outcome::failed;
    }
    run();
    EXPECT_THAT(waited(), ElementsAre(0min, 2min, 4min, 4min, 4min));
    EXPECT_THAT(launcher.to_save[2], IsEmpty());
}

TEST_F(CellsThatShareABeginning, DoNotWaitLongForWhatIsThereAlready) {
    add("a", "CN-");
    add("b", "CN-");
    add("c", "CN-");
    launcher.store = {"CN"};
    run();
    EXPECT_THAT(waited(), ElementsAre(0min, 1min, 1min)) << "when a has gone on from it, all know";
    EXPECT_THAT(went_on_from(), Each("network-ready"));
    EXPECT_THAT(launcher.saves, IsEmpty());
}

TEST_F(CellsThatShareABeginning, LetAnotherMakeItWhenTheFirstGoesOnFromALaterStage) {
    add("a", "CN-");
    add("b", "CN-");
    add("c", "CN-");
    launcher.store = {"CN(a)"};
    run();
    EXPECT_THAT(went_on_from(), ElementsAre("workload-ready", "", "network-ready"));
    EXPECT_THAT(waited(), ElementsAre(0min, 1min, 6min));
}

TEST_F(CellsThatShareABeginning, RunFromNothingWhenTheCheckpointHasGone) {
    add("a", "CN-");
    add("b", "CN-");
    launcher.scripts[0].then = [this] { launcher.store.clear(); };
    options.jobs = 1;
    run();
    EXPECT_THAT(went_on_from(), ElementsAre("", ""));
    EXPECT_EQ(results[1].to_go_on_from, "network-ready");
    EXPECT_EQ(results[1].outcome, Outcome::passed);
}

TEST_F(CellsThatShareABeginning, HoldNothingWhileTheyWait) {
    add("a", "CN-");
    add("b", "CN-");
    add("other", "---");
    options.jobs = 2;
    run();
    EXPECT_THAT(launcher.starts, ElementsAre(0, 2, 1));
    EXPECT_THAT(waited(), ElementsAre(0min, 10min, 0min));
    EXPECT_THAT(waits_told(), Contains("b waits for network-ready of a"));
}

TEST_F(CellsThatShareABeginning, AreSkippedWhileTheyWaitWhenTheMatrixIsStopped) {
    add("a", "CN-");
    add("b", "CN-");
    launcher.scripts[0].takes = 2min;
    launcher.scripts[0].result.outcome = Outcome::failed;
    options.fail_fast = true;
    run();
    EXPECT_EQ(results[1].outcome, Outcome::skipped);
    EXPECT_THAT(launcher.starts, ElementsAre(0));
}

TEST_F(CellsThatShareABeginning, ShareNothingWhereOnlyStagesAreTheSameThatAreNotWorthSaving) {
    for (const auto* id : {"a", "b"}) {
        add(id, "C--");
        cells.back().stages[0].worth_saving = false;
    }
    run();
    EXPECT_THAT(waited(), Each(0min));
    EXPECT_THAT(launcher.to_save[0], IsEmpty());
    EXPECT_THAT(launcher.to_save[1], IsEmpty());
}

// Whatever they share, whoever fails, whatever is evicted.
TEST_F(CellsThatShareABeginning, EachRunOnceAndNeverWaitForEachOther) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
        forget_all();
        const bool all_is_well = seed % 2 == 0;
        const auto count = 1 + below(12);
        for (unsigned i = 0; i < count; ++i) {
            const auto letter = [&] { return "-ABC"[below(4)]; };
            const std::string letters{letter(), letter(), letter()};
            add("cell-" + std::to_string(i), letters, std::chrono::minutes(below(5)));
            auto& script = launcher.scripts[i];
            if (all_is_well) continue;
            script.takes = std::chrono::minutes(1 + below(10));
            script.can_save = below(4) != 0;
            if (below(3) == 0) script.then = [this] { launcher.store.clear(); };
        }
        options.jobs = below(4);
        run();
        auto starts = launcher.starts;
        std::ranges::sort(starts);
        EXPECT_EQ(starts.size(), count) << "seed " << seed;
        EXPECT_EQ(std::ranges::adjacent_find(starts), starts.end()) << "seed " << seed;
        EXPECT_EQ(observer.ends.size(), count) << "seed " << seed;
        auto saves = launcher.saves;
        std::ranges::sort(saves);
        const bool made_twice = std::ranges::adjacent_find(saves) != saves.end();
        EXPECT_FALSE(all_is_well && made_twice) << "seed " << seed;
    }
}

TEST(PrefixesOfCells, AreTheSameInWhateverOrderTheCellsAre) {
    const std::vector<std::string> letters{"CN-", "CM-", "CN-", "D--", "D--", "---", "CM-", "E--", "CNW", "CNW"};
    std::vector<std::size_t> order(letters.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::mt19937 random(1);
    for (int round = 0; round < 50; ++round) {
        std::ranges::shuffle(order, random);
        std::vector<std::vector<PlannedStage>> cells;
        for (const auto i : order) cells.push_back(stages_of(letters[i], std::to_string(i)));
        const Prefixes prefixes(cells);
        for (std::size_t a = 0; a < order.size(); ++a) {
            EXPECT_EQ(prefixes.family(a).has_value(), order[a] != 5 && order[a] != 7);
            for (std::size_t b = 0; b < order.size(); ++b) {
                const bool share = letters[order[a]][0] == letters[order[b]][0];
                if (!prefixes.family(a)) continue;
                EXPECT_EQ(prefixes.family(a) == prefixes.family(b), share);
            }
        }
    }
}

}  // namespace
}  // namespace crib::engine
