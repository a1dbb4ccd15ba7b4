// How long a run takes, by earlier ones.

#include "harness/engine/run_times.h"

#include "harness/base/file.h"
#include "harness/events/event.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::engine {
namespace {

using namespace std::chrono_literals;
using events::Outcome;

std::string line(events::Body body) {
    return events::to_json_line({{}, {}, std::move(body)}) + "\n";
}

std::string record(std::chrono::seconds boot, std::chrono::seconds checks, const std::string& kubernetes = "1.36.3",
                   Outcome outcome = Outcome::passed) {
    events::RunStarted started{"r", "two-node", "two-node.json", {{"kubernetes", kubernetes}}};
    started.facts["os"] = "debian-13";
    started.facts["nodes"] = "1";
    std::string text = line(started) + line(events::StepOutput{"sysctls", "master", false, "\"stage-finished\""});
    text += line(events::StageFinished{"boot", Outcome::passed, boot});
    if (checks > 0s) text += line(events::StageFinished{"checks", outcome, checks});
    events::RunFinished finished;
    finished.outcome = outcome;
    return text + line(finished);
}

scenario::Scenario one_node() {
    scenario::Scenario scenario;
    scenario.name = "two-node";
    scenario.os = "debian-13";
    scenario.versions = {{"kubernetes", "1.36.3"}};
    scenario.nodes.resize(1);
    return scenario;
}

std::vector<MeasuredRun> measured(const std::vector<std::string>& records) {
    std::vector<MeasuredRun> runs;
    for (const auto& text : records) runs.push_back(parse_times(text));
    return runs;
}

TEST(RunTimes, AreTheMedianOfEachStage) {
    const auto time = expected_time(measured({record(30s, 50s), record(90s, 40s), record(40s, 60s)}), one_node());
    ASSERT_TRUE(time);
    EXPECT_EQ(time->runs, 3U);
    EXPECT_EQ(time->total, 90s);
    ASSERT_EQ(time->stages.size(), 2U);
    EXPECT_EQ(time->stages[0].stage, "boot");
    EXPECT_EQ(time->stages[0].took, 40s);
    EXPECT_EQ(time->stages[1].took, 50s);
    EXPECT_TRUE(time->same);
}

TEST(RunTimes, AreOfTheRunAndNotOfWhatWasRunAgainInItsCluster) {
    const auto redone = record(30s, 50s) + record(5s, 20s);
    const auto time = expected_time(measured({redone}), one_node());
    ASSERT_TRUE(time);
    EXPECT_EQ(time->total, 80s);
}

TEST(RunTimes, AreNotKnownWithoutAWholeRun) {
    EXPECT_FALSE(expected_time({}, one_node()));
    EXPECT_FALSE(expected_time(measured({record(30s, 50s, "1.36.3", Outcome::failed)}), one_node()));
    EXPECT_FALSE(expected_time(measured({record(30s, 0s)}), one_node())) << "it was cut short by --until";
    EXPECT_FALSE(expected_time(measured({"{\"event\":\"run-started\"", "no JSON\n"}), one_node()));
}

TEST(RunTimes, AreOfTheSameVersionsWhereThereAreSuch) {
    const auto same = expected_time(measured({record(30s, 50s, "1.34.10"), record(40s, 60s)}), one_node());
    EXPECT_EQ(same->total, 100s);
    EXPECT_EQ(same->runs, 1U);
    const auto other = expected_time(measured({record(30s, 50s, "1.34.10")}), one_node());
    EXPECT_EQ(other->total, 80s);
    EXPECT_FALSE(other->same);
}

TEST(RunTimes, AreReadFromTheRecordsOfPassedRunsWithTheSameAcceleration) {
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-test");
    test::ManualClock clock;
    const RunStore runs(Folders{folder.path() / "cache", folder.path() / "state", folder.path()});
    const auto add = [&](const std::string& name, const std::string& acceleration, const std::string& outcome) {
        auto created = runs.create(name, clock);
        created.info.scenario_file = "/home/me/two-node.json";
        created.info.acceleration = acceleration;
        created.info.outcome = outcome;
        runs.save(created.info);
        write_file(created.folder.events(), record(30s, 50s));
    };
    add("two-node", "tcg", "passed");
    add("two-node", "kvm", "passed");
    add("two-node", "tcg", "failed");
    add("other", "tcg", "passed");
    EXPECT_EQ(measured_runs(runs, "two-node", hypervisor::Acceleration::tcg).size(), 1U);
    EXPECT_TRUE(expected_time(measured_runs(runs, "two-node", hypervisor::Acceleration::tcg), one_node()));
}

class KnownTimes : public ::testing::Test {
protected:
    RunStore::Created passed(std::optional<MeasuredRun> times) {
        auto created = runs.create("two-node", clock);
        created.info.scenario_file = "/home/me/two-node.json";
        created.info.acceleration = "tcg";
        created.info.outcome = "passed";
        created.info.times = std::move(times);
        runs.save(created.info);
        return created;
    }
    [[nodiscard]] std::vector<MeasuredRun> measured() const {
        return measured_runs(runs, "two-node", hypervisor::Acceleration::tcg);
    }

    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    test::ManualClock clock;
    RunStore runs{Folders{folder.path() / "cache", folder.path() / "state", folder.path()}};
};

// Twenty of them with 100 MB each took five seconds.
TEST_F(KnownTimes, AreInTheRunsRecordAndNotSoughtInItsEvents) {
    const auto created = passed(MeasuredRun{{{"os", "debian-13"}}, {{"boot", 30s}, {"checks", 1500ms}}, true});
    write_file(created.folder.events(), "no events\n");
    const auto found = measured();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].whole);
    EXPECT_EQ(found[0].facts.at("os"), "debian-13");
    ASSERT_EQ(found[0].stages.size(), 2U);
    EXPECT_EQ(found[0].stages[1].took, 1500ms);
    EXPECT_EQ(expected_time(found, one_node())->total, 31500ms);
}

// "time about 0ms, the median of 1 run" was said of the first two.
TEST_F(KnownTimes, ThatNothingTakesAreNotBelieved) {
    passed(MeasuredRun{{{"os", "debian-13"}}, {}, true});
    for (const auto* seconds : {"-5.0", "1e308"}) {
        const auto created = passed(MeasuredRun{{{"os", "debian-13"}}, {{"boot", 7s}}, true});
        auto text = read_file(created.folder.info());
        const auto at = text.find("7.0");
        ASSERT_NE(at, std::string::npos) << text;
        write_file(created.folder.info(), text.replace(at, 3, seconds));
    }
    EXPECT_FALSE(expected_time(measured(), one_node()));
}

TEST_F(KnownTimes, OfAnEarlierCribAreReadFromEventsOfABoundedSize) {
    write_file(passed(std::nullopt).folder.events(), record(30s, 50s));
    const auto large = passed(std::nullopt).folder.events();
    write_file(large, record(40s, 60s));
    std::filesystem::resize_file(large, 33U << 20U);
    EXPECT_EQ(measured().size(), 1U);
}

TEST_F(KnownTimes, AreNotThoseOfAnotherMachineWhoseCapsuleWasOpened) {
    auto created = passed(std::nullopt);
    write_file(created.folder.events(), record(30s, 50s));
    created.info.scenario_file.clear();
    runs.save(created.info);
    EXPECT_TRUE(measured().empty());
}

TEST_F(KnownTimes, ThatAreDamagedDoNotDamageTheRun) {
    auto created = passed(MeasuredRun{{}, {{"boot", 30s}}, true});
    auto text = read_file(created.folder.info());
    text.replace(text.find("30.0"), 4, "\"x\"");
    write_file(created.folder.info(), text);
    EXPECT_EQ(runs.load(created.info.id).outcome, "passed");
    EXPECT_FALSE(runs.load(created.info.id).times);
}

}  // namespace
}  // namespace crib::engine
