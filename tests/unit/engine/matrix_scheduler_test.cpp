#include "harness/engine/matrix_scheduler.h"

#include "tests/unit/engine/simulated_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace crib::engine {
namespace {

using events::Outcome;
using test::matrix_cell;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using namespace std::chrono_literals;

class Scheduling : public ::testing::Test {
protected:
    test::ManualClock clock;
    test::SimulatedRoom probe;
    test::SimulatedLauncher launcher{clock};
    test::RecordingObserver observer;
    std::stop_source user;
    std::vector<MatrixCell> cells;
    MatrixOptions options;
    std::map<std::string, Duration> waits;

    void SetUp() override { probe.room.host.cores = 64; }

    std::vector<CellResult> run() {
        MatrixScheduler scheduler(clock, probe, launcher, observer);
        auto results = scheduler.run(cells, options, Context::with_clock(clock).with_stop(user.get_token()));
        waits = scheduler.waits();
        return results;
    }

    void make_cells(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) cells.push_back(matrix_cell("cell-" + std::to_string(i)));
    }

    [[nodiscard]] std::vector<std::string> waits_told() const {
        std::vector<std::string> texts;
        for (const auto& [cell, wait] : observer.waits) texts.push_back(wait.text);
        return texts;
    }
};

TEST_F(Scheduling, RunsAHundredCellsAsManyAtOnceAsMemoryAllows) {
    make_cells(100);
    const auto results = run();
    for (const auto& result : results) EXPECT_EQ(result.outcome, Outcome::passed);
    EXPECT_EQ(launcher.starts.size(), 100U);
    EXPECT_EQ(launcher.most_at_once, 4U) << "22 GiB less what the host keeps, by 4.6 GiB";
    EXPECT_EQ(results[0].took, 10min);
    EXPECT_THAT(waits_told(), Contains(HasSubstr("of memory: it needs 4.6 GiB")));
    EXPECT_GT(waits["memory"], 200min) << "most of the time something waited for memory";
}

TEST_F(Scheduling, TrustsNoMemoryThatIsPromisedButNotYetUsed) {
    make_cells(3);
    probe.room.host.memory_available = ByteSize::gib(10);  // and stays so: guests fill their memory slowly
    run();
    EXPECT_EQ(launcher.most_at_once, 2U);
}

TEST_F(Scheduling, TrustsNoMemoryThatOthersHaveTakenMeanwhile) {
    make_cells(3);
    probe.before_look = [&] {
        if (!launcher.starts.empty()) probe.room.host.memory_available = ByteSize::gib(2);
        if (launcher.starts.size() == observer.ends.size()) probe.room.host.memory_available = ByteSize::gib(22);
    };
    run();
    EXPECT_EQ(launcher.most_at_once, 1U);
}

TEST_F(Scheduling, BeginsWithTheLongestAndWithWhatWasNeverMeasured) {
    cells = {matrix_cell("short", 1min), matrix_cell("long", 30min), matrix_cell("new"), matrix_cell("middle", 9min)};
    options.jobs = 1;
    run();
    EXPECT_THAT(launcher.starts, ElementsAre(2, 1, 3, 0));
    EXPECT_THAT(waits_told(), Contains(HasSubstr("waits for one of 1 cells to end")));
}

TEST_F(Scheduling, LetsCellsWithOtherComponentsBeginWhileOneIsBuilt) {
    cells = {matrix_cell("a", 9min, {"kubernetes 1.36.3"}), matrix_cell("b", 8min, {"kubernetes 1.36.3"}),
             matrix_cell("c", 7min, {"kubernetes 1.34.10"})};
    std::vector<Duration> waited;
    for (const auto& result : run()) waited.push_back(result.waited);
    EXPECT_THAT(launcher.starts, ElementsAre(0, 2, 1));
    EXPECT_THAT(waited, ElementsAre(0min, 1min, 0min)) << "b begins when a has built what both need";
    EXPECT_THAT(waits_told(), ElementsAre("waits for kubernetes 1.36.3, which a makes ready"));
}

TEST_F(Scheduling, LetsTheNextCellBuildWhatAFailedOneDidNot) {
    cells = {matrix_cell("a", 9min, {"kubernetes 1.36.3"}), matrix_cell("b", 8min, {"kubernetes 1.36.3"})};
    launcher.scripts[0] = {99min, 2min, {Outcome::error, "go build failed", "run-a", {}, {}, {}}, {}};
    const auto results = run();
    EXPECT_EQ(results[0].outcome, Outcome::error);
    EXPECT_EQ(results[1].outcome, Outcome::passed);
    EXPECT_EQ(results[1].waited, 2min);
}

TEST_F(Scheduling, LetsSmallCellsBeginBeforeALargeOneButNotForEver) {
    make_cells(12);
    cells[0].need.memory = ByteSize::gib(20);
    cells[0].expected = 1min;
    for (std::size_t i = 1; i < cells.size(); ++i) launcher.scripts[i].takes = std::chrono::minutes(5 + i);
    cells[1].expected = 2min;  // one that is longer begins, then there is no room for the large one
    run();
    const auto large = std::ranges::find(launcher.starts, 0U) - launcher.starts.begin();
    EXPECT_EQ(observer.ends.size(), 12U);
    EXPECT_LE(large, 11);
}

TEST_F(Scheduling, KeepsTheOthersGoingWhenACellFails) {
    make_cells(6);
    launcher.scripts[0].result = {Outcome::failed, "kubeadm-init on master", "run-0", {}, {}, {}};
    const auto results = run();
    EXPECT_EQ(results[0].outcome, Outcome::failed);
    for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(results[i].outcome, Outcome::passed);
}

TEST_F(Scheduling, CancelsAndSkipsTheOthersWhenACellFailsAndThatIsAskedFor) {
    make_cells(10);
    options.fail_fast = true;
    launcher.scripts[0] = {1min, 2min, {Outcome::failed, "kubeadm-init", "run-0", {}, {}, {}}, {}};
    const auto results = run();
    EXPECT_EQ(results[0].outcome, Outcome::failed);
    EXPECT_EQ(results[1].outcome, Outcome::interrupted);
    EXPECT_EQ(results[9].outcome, Outcome::skipped);
    EXPECT_THAT(results[9].reason, HasSubstr("cell-0 did not pass (--fail-fast)"));
    EXPECT_TRUE(launcher.cancelled);
}

TEST_F(Scheduling, EndsAllOnCtrlCAndWaitsForTheirCleaningUp) {
    make_cells(10);
    options.jobs = 2;
    launcher.scripts[0].takes = 2min;
    launcher.scripts[0].then = [this] { user.request_stop(); };
    const auto results = run();
    EXPECT_EQ(results[0].outcome, Outcome::passed);
    EXPECT_EQ(results[1].outcome, Outcome::interrupted);
    EXPECT_EQ(results[2].outcome, Outcome::skipped);
    EXPECT_EQ(launcher.starts.size(), 2U);
    EXPECT_EQ(observer.ends.size(), 10U) << "each cell ends, once";
}

TEST_F(Scheduling, GivesUpAtOnceOnACellThatFitsNoMachineOfThisSize) {
    make_cells(2);
    cells[1].need.memory = ByteSize::gib(25);
    const auto results = run();
    EXPECT_EQ(results[0].outcome, Outcome::passed);
    EXPECT_EQ(results[1].outcome, Outcome::error);
    EXPECT_THAT(results[1].reason, HasSubstr("does not fit into this machine's memory"));
}

TEST_F(Scheduling, WaitsForOthersOnTheMachineButNotForEver) {
    make_cells(1);
    probe.room.host.memory_available = ByteSize::gib(3);
    const auto results = run();
    EXPECT_EQ(results[0].outcome, Outcome::error);
    EXPECT_THAT(results[0].reason, HasSubstr("has waited for 10 minutes"));
    EXPECT_THAT(waits, Contains(Pair("memory", ::testing::Ge(9min))));
}

TEST_F(Scheduling, HeedsThePressureOnTheMachineOnceACellRuns) {
    make_cells(3);
    probe.room.pressure = Pressure{99, 0, 0};
    run();
    EXPECT_EQ(launcher.most_at_once, 1U);
    EXPECT_THAT(waits_told(), Contains(HasSubstr("CPU pressure is 99, more than 85")));
}

TEST_F(Scheduling, LetsACellSettleBeforeItTrustsThePressure) {
    make_cells(2);
    probe.room.pressure = Pressure{10, 0, 0};
    const auto results = run();
    EXPECT_EQ(results[0].waited, 0s);
    EXPECT_GE(results[1].waited, 20s);
    EXPECT_LE(results[1].waited, 30s);
}

TEST_F(Scheduling, StartsNoMoreThanTheCoresCarry) {
    make_cells(5);
    probe.room.host.cores = 2;
    run();
    EXPECT_EQ(launcher.most_at_once, 2U);
    EXPECT_THAT(waits_told(),
                Contains(HasSubstr("waits for cores: it keeps 1 busy, the running cells 2, and there are 2")));
}

TEST_F(Scheduling, HasNothingToDoWithoutCells) {
    EXPECT_THAT(run(), IsEmpty());
}

TEST(CellsAtOnce, AreNeverMoreThanAreAskedForOrTheMachineCarries) {
    const HostFacts host{16, ByteSize::gib(200), ByteSize::gib(1), ByteSize::gib(1)};
    EXPECT_EQ(most_at_once(host, 3, 0), 3U);
    EXPECT_EQ(most_at_once(host, 1000, 0), 32U) << "16 cores, and each keeps half a one busy at least";
    EXPECT_EQ(most_at_once(host, 1000, 5), 5U);
    EXPECT_EQ(most_at_once(host, 1000, 500), 32U);
    const HostFacts small{16, ByteSize::gib(5), ByteSize::gib(1), ByteSize::gib(1)};
    EXPECT_EQ(most_at_once(small, 1000, 0), 2U) << "of 1700 MiB each, and QEMU's";
    EXPECT_EQ(most_at_once({1, ByteSize::gib(1), {}, {}}, 1000, 0), 1U) << "the first one may have the machine";
}

TEST(PressureText, IsReadAsTheKernelWritesIt) {
    const auto* text =
        "some avg10=12.50 avg60=3.00 avg300=1.00 total=1\nfull avg10=0.25 avg60=0.00 avg300=0.00 total=0\n";
    EXPECT_EQ(parse_pressure(text, "some"), 12.5);
    EXPECT_EQ(parse_pressure(text, "full"), 0.25);
    EXPECT_EQ(parse_pressure("some avg10=1.0\n", "full"), std::nullopt);
    EXPECT_EQ(parse_pressure("", "some"), std::nullopt);
}

TEST(CellNeeds, AreThoseThatARunOfItsOwnWouldRequire) {
    scenario::Scenario scenario;
    scenario.nodes = {{"master", scenario::Role::control_plane, ByteSize::mib(2300), 2, "debian-13"},
                      {"worker", scenario::Role::worker, ByteSize::mib(1800), 2, "debian-13"}};
    const auto need = need_of(scenario, hypervisor::Acceleration::kvm);
    EXPECT_EQ(need.memory, ByteSize::mib(2300 + 1800 + 600));
    EXPECT_EQ(need.cores, 1.0);
    const auto emulated = need_of(scenario, hypervisor::Acceleration::tcg);
    EXPECT_GT(emulated.memory, need.memory);
    EXPECT_EQ(emulated.cores, 2.0) << "an emulated node keeps a core busy";
    EXPECT_THAT(need.arithmetic, HasSubstr("master 2.2 GiB + worker 1.8 GiB"));
    const auto refused = need_of({}, hypervisor::Acceleration::kvm);
    EXPECT_GT(refused.cores, 0) << "a cell that its own run refuses is a process as well";
    EXPECT_GT(refused.memory.bytes, 0U);
}

}  // namespace
}  // namespace crib::engine
