#include "harness/engine/schedule.h"

#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>

namespace crib::engine {
namespace {

using events::Outcome;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class Schedule : public ::testing::Test {
protected:
    test::ManualClock clock;
    Context context = Context::with_clock(clock);
    std::mutex mutex;
    std::vector<std::string> log;

    void note(const std::string& text) {
        const std::lock_guard lock(mutex);
        log.push_back(text);
    }

    [[nodiscard]] std::vector<std::string> of(const std::string& node) const {
        std::vector<std::string> found;
        for (const auto& line : log) {
            if (line.ends_with("@" + node)) found.push_back(line);
        }
        return found;
    }

    Outcome run(const std::vector<Task>& tasks, const std::function<Outcome(const Task&, const Context&)>& what) {
        ScheduleCalls calls;
        calls.run = [&](std::size_t i, const Context& inner) {
            note(tasks[i].step + "@" + tasks[i].node);
            return what(tasks[i], inner);
        };
        calls.skip = [&](std::size_t i, const std::string& reason) {
            note("skip " + tasks[i].step + ": " + reason + "@" + tasks[i].node);
        };
        return run_schedule(tasks, calls, context);
    }
};

Outcome pass(const Task&, const Context&) {
    return Outcome::passed;
}

TEST_F(Schedule, RunsEachNodesStepsInTheirOrder) {
    const std::vector<Task> tasks{
        {"a", "n1", "s", {}}, {"a", "n2", "s", {}}, {"b", "n1", "s", {}}, {"b", "n2", "s", {}}};
    EXPECT_EQ(run(tasks, pass), Outcome::passed);
    EXPECT_THAT(of("n1"), ElementsAre("a@n1", "b@n1"));
    EXPECT_THAT(of("n2"), ElementsAre("a@n2", "b@n2"));
}

TEST_F(Schedule, StartsAStepOnlyWhenTheStepItNeedsHasPassedOnEveryNode) {
    const std::vector<Task> tasks{
        {"init", "cp", "s", {}}, {"join", "w1", "s", {"init"}}, {"join", "w2", "s", {"init"}}};
    EXPECT_EQ(run(tasks, pass), Outcome::passed);
    EXPECT_EQ(log.front(), "init@cp");
}

TEST_F(Schedule, SkipsWhatFollowsAFailedStepAndNamesIt) {
    const std::vector<Task> tasks{{"init", "cp", "s", {}}, {"flannel", "cp", "s", {}}, {"join", "w", "s", {"init"}}};
    const auto outcome =
        run(tasks, [](const Task& t, const Context&) { return t.step == "init" ? Outcome::failed : Outcome::passed; });
    EXPECT_EQ(outcome, Outcome::failed);
    EXPECT_THAT(log, UnorderedElementsAre("init@cp", "skip flannel: init on cp did not pass@cp",
                                          "skip join: init on cp did not pass@w"));
}

TEST_F(Schedule, CancelsTheStepsThatRunElsewhereWhenOneFails) {
    const std::vector<Task> tasks{{"bad", "n1", "s", {}}, {"long", "n2", "s", {}}};
    std::stop_source long_started;
    bool long_was_cancelled = false;
    const auto outcome = run(tasks, [&](const Task& task, const Context& inner) {
        if (task.step == "bad") {
            while (!long_started.stop_requested()) std::this_thread::yield();
            return Outcome::failed;
        }
        long_started.request_stop();
        while (!inner.cancelled()) std::this_thread::yield();
        long_was_cancelled = true;
        return Outcome::interrupted;
    });
    EXPECT_EQ(outcome, Outcome::failed);
    EXPECT_TRUE(long_was_cancelled);
}

TEST_F(Schedule, IsInterruptedWhenTheUserStopsIt) {
    std::stop_source user;
    context.stop = user.get_token();
    const std::vector<Task> tasks{{"a", "n1", "s", {}}, {"b", "n1", "s", {}}};
    const auto outcome = run(tasks, [&](const Task&, const Context&) {
        user.request_stop();
        return Outcome::interrupted;
    });
    EXPECT_EQ(outcome, Outcome::interrupted);
    EXPECT_THAT(log, ElementsAre("a@n1", "skip b: the run was stopped@n1"));
}

TEST_F(Schedule, LetsAnErrorOfAStepLeaveAfterAllNodesHaveEnded) {
    const std::vector<Task> tasks{{"a", "n1", "s", {}}, {"b", "n2", "s", {"a"}}};
    EXPECT_THROW(run(tasks, [](const Task&, const Context&) -> Outcome { throw std::runtime_error("gone"); }),
                 std::runtime_error);
    EXPECT_THAT(of("n2"), ElementsAre("skip b: a on n1 did not pass@n2"));
}

TEST_F(Schedule, TimesAStageFromItsFirstStepToItsLastOnAnyNode) {
    const std::vector<Task> tasks{{"a", "n1", "one", {}}, {"b", "n1", "two", {}}};
    std::vector<std::string> stages;
    ScheduleCalls calls;
    calls.run = [&](std::size_t, const Context&) {
        clock.advance(std::chrono::seconds{3});
        return Outcome::passed;
    };
    calls.stage_started = [&](const std::string& stage) { stages.push_back("start " + stage); };
    calls.stage_finished = [&](const std::string& stage, Outcome, Duration took) {
        stages.push_back("end " + stage + " " +
                         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(took).count()));
    };
    EXPECT_EQ(run_schedule(tasks, calls, context), Outcome::passed);
    EXPECT_THAT(stages, ElementsAre("start one", "end one 3", "start two", "end two 3"));
}

}  // namespace
}  // namespace crib::engine
