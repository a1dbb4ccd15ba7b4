#include "harness/base/error.h"
#include "harness/events/bus.h"
#include "harness/events/matrix_record.h"
#include "harness/events/record.h"
#include "tests/support/flood.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace crib::events {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Names final : public Sink {
public:
    std::vector<std::string> steps;
    void on(const Event& event) override {
        if (const auto* step = std::get_if<StepFinished>(&event.body)) steps.push_back(step->step);
    }
};

StepFinished finished(const std::string& step) {
    StepFinished event;
    event.step = step;
    return event;
}

TEST(Bus, TellsEverySinkInOrder) {
    test::ManualClock clock;
    Bus bus(clock);
    Names first;
    Names second;
    bus.add(first);
    bus.add(second);
    bus.publish(finished("a"));
    bus.remove(second);
    bus.publish(finished("b"));
    EXPECT_THAT(first.steps, ElementsAre("a", "b"));
    EXPECT_THAT(second.steps, ElementsAre("a"));
}

TEST(EventsAsJson, AreOneLineWithTheTimeSinceTheRunBegan) {
    test::ManualClock clock;
    Event event{std::chrono::milliseconds{12345}, clock.wall_now(), StageStarted{"boot"}};
    EXPECT_EQ(to_json_line(event),
              R"({"at":12.345,"time":"2027-01-15T08:00:00.000Z","event":"stage-started","stage":"boot"})");
}

TEST(EventsAsJson, TellWhatAStepDid) {
    StepFinished step{"kubeadm-init", "kubeadm init",          "master", Outcome::failed, 1, "exited with 1",
                      "bad\nnews",    std::chrono::seconds{70}};
    const auto json = nlohmann::json::parse(to_json_line({{}, {}, step}));
    EXPECT_EQ(json["outcome"], "failed");
    EXPECT_EQ(json["exit-code"], 1);
    EXPECT_EQ(json["took"], 70.0);
    EXPECT_EQ(json["output-tail"], "bad\nnews");
}

TEST(EventsAsJson, TellTheLimitOfACheckAndWhatItRan) {
    const CheckFinished check{"dns",
                              "",
                              Outcome::failed,
                              "no",
                              "no",
                              std::chrono::seconds{9},
                              std::chrono::seconds{10},
                              "on node worker, exited with 0:\nexec crictl"};
    const auto json = nlohmann::json::parse(to_json_line({{}, {}, check}));
    EXPECT_EQ(json["limit"], 10.0);
    EXPECT_EQ(json["ran"], "on node worker, exited with 0:\nexec crictl");
    const auto brief = nlohmann::json::parse(to_json_line({{}, {}, CheckFinished{"dns", "", {}, "", "", {}}}));
    EXPECT_FALSE(brief.contains("limit"));
    EXPECT_FALSE(brief.contains("ran"));
}

TEST(EventsAsJson, ReplaceBytesThatAreNoText) {
    const auto line = to_json_line({{}, {}, StepOutput{"a", "n", false, "\xff\x01ok"}});
    EXPECT_TRUE(nlohmann::json::accept(line));
}

TEST(RunRecord, KeepsResultsWarningsAndTheEnd) {
    test::ManualClock clock;
    Bus bus(clock);
    Recorder recorder;
    bus.add(recorder);
    bus.publish(RunStarted{"two-node-ab12", "two-node", "two-node.json", {}});
    bus.info("all is well");
    bus.warn("the disk is nearly full");
    bus.publish(CheckFinished{"nodes-ready", "", Outcome::passed, "2 of 2", "", {}});
    EXPECT_FALSE(recorder.record().complete);
    bus.publish(RunFinished{});
    EXPECT_TRUE(recorder.record().complete);
    EXPECT_EQ(recorder.record().started.run_id, "two-node-ab12");
    ASSERT_EQ(recorder.record().notices.size(), 1U);
    EXPECT_EQ(recorder.record().notices[0].text, "the disk is nearly full");
    EXPECT_EQ(recorder.record().checks.size(), 1U);
}

double seconds_to_read(std::size_t members) {
    const auto text = test::object_of_members(members);
    return test::cpu_seconds([&] { EXPECT_THROW((void)matrix_record_of(text), Error); });
}

TEST(MatrixRecordAsJson, IsOneTextHoweverManyCellsItHas) {
    MatrixRecord record;
    record.scenario = "an \"excluded\": [ and \n \"cells\": [";
    for (const auto* id : {"v-x7k2", ""}) {
        record.id = id;
        for (std::size_t cells = 0; cells < 3; ++cells) {
            record.cells.resize(cells);
            for (auto& cell : record.cells) cell.values = {{"os", "a\nb"}};
            record.excluded.resize(cells);
            const auto text = to_json(record);
            EXPECT_EQ(nlohmann::ordered_json::parse(text).dump(1) + "\n", text);
        }
    }
}

TEST(MatrixRecordAsJson, HasAsDataHowItsCellsWereChosen) {
    MatrixRecord record;
    record.id = "v-x7k2";
    record.chosen = "in other words";
    record.choices = {PairwiseChoice{7}, SampleChoice{1, 9}, ShardChoice{2, 5}};
    EXPECT_EQ(matrix_record_of(to_json(record)).choices, record.choices);
    const auto json = nlohmann::json::parse(to_json(record));
    EXPECT_EQ(json["choices"][2]["shard"]["of"], 5);
    EXPECT_FALSE(nlohmann::json::parse(to_json(MatrixRecord{})).contains("choices"));
}

TEST(MatrixRecordAsJson, WithAChoiceThatIsNotKnownIsRefused) {
    MatrixRecord record;
    record.choices = {ShardChoice{1, 2}};
    record.id = "v-x7k2";
    auto text = to_json(record);
    text.replace(text.find("\"shard\""), 7, "\"moon\"");
    try {
        (void)matrix_record_of(text);
        FAIL() << "its cells may be a part of a part";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("/choices/0: must have one of \"pairwise\""));
    }
}

TEST(ARecordOfAnEarlierCrib, SaysInItsSentenceHowItsCellsWereChosen) {
    MatrixRecord record;
    record.id = "v-x7k2";
    record.chosen =
        "pairwise with seed 7: 6 of 12 cells (50 %) cover all 16 pairs; a sample with seed 1: 3 of 6 cells; shard 2 of "
        "5: 1 of 3 cells; the split is abcdefgh: the same word on all machines, or they do not belong together";
    const std::vector<CellChoice> choices{PairwiseChoice{7}, SampleChoice{1, 3}, ShardChoice{2, 5}};
    EXPECT_EQ(matrix_record_of(to_json(record)).choices, choices);
    EXPECT_THAT(choices_in(""), IsEmpty());
    EXPECT_THAT(choices_in("shard 1 of; shard 99999999999 of 2: x; by hand"), IsEmpty());
}

TEST(RunRecord, KnowsTheTimeInWhichNoStageRan) {
    test::ManualClock clock;
    Bus bus(clock);
    Recorder recorder;
    bus.add(recorder);
    const auto after = [&](int seconds, Body event) {
        clock.advance(std::chrono::seconds{seconds});
        bus.publish(std::move(event));
    };
    after(100, RunStarted{});
    after(1, StageStarted{"os-ready"});
    after(10, StageStarted{"runtime-ready"});  // another node's
    after(10, StageFinished{"os-ready"});
    after(10, StageFinished{"runtime-ready"});
    after(2, StageStarted{"checks"});
    after(10, StageFinished{"checks"});
    after(4, RunFinished{});
    EXPECT_EQ(recorder.record().outside_stages, std::chrono::seconds{1 + 2 + 4});
}

TEST(ARecordOfAMatrix, WithEightTimesTheMembersIsReadInAboutEightTimesTheTime) {
    const auto small = seconds_to_read(4'000);
    const auto large = seconds_to_read(32'000);
    EXPECT_LT(large, 24 * small + 0.05) << small << " s, then " << large << " s";
}

}  // namespace
}  // namespace crib::events
