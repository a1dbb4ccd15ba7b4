#include "harness/base/cleanup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace crib {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CleanupStack, UndoesInReverseOrder) {
    std::vector<std::string> undone;
    {
        CleanupStack stack;
        stack.add("switch", [&] { undone.emplace_back("switch"); });
        stack.add("machine", [&] { undone.emplace_back("machine"); });
    }
    EXPECT_THAT(undone, ElementsAre("machine", "switch"));
}

TEST(CleanupStack, GoesOnAfterAFailureAndReportsIt) {
    std::vector<std::string> undone;
    std::vector<std::string> failures;
    CleanupStack stack(
        [&](const std::string& name, const std::string& reason) { failures.push_back(name + ": " + reason); });
    stack.add("switch", [&] { undone.emplace_back("switch"); });
    stack.add("machine", [] { throw std::runtime_error("still running"); });
    stack.add("odd", [] { throw 7; });
    stack.run();
    EXPECT_THAT(undone, ElementsAre("switch"));
    EXPECT_THAT(failures, ElementsAre("odd: unknown exception", "machine: still running"));
}

TEST(CleanupStack, SurvivesAReporterThatThrows) {
    bool undone = false;
    CleanupStack stack([](const std::string&, const std::string&) { throw std::runtime_error("disk full"); });
    stack.add("first", [&] { undone = true; });
    stack.add("second", [] { throw std::runtime_error("no"); });
    stack.run();
    EXPECT_TRUE(undone);
}

TEST(CleanupStack, RunsEachActionOnce) {
    int times = 0;
    {
        CleanupStack stack;
        stack.add("machine", [&] { ++times; });
        stack.run();
        stack.run();
    }
    EXPECT_EQ(times, 1);
}

TEST(CleanupStack, KeepsEverythingWhenDismissed) {
    std::vector<std::string> undone;
    {
        CleanupStack stack;
        stack.add("machine", [&] { undone.emplace_back("machine"); });
        stack.dismiss();
    }
    EXPECT_THAT(undone, IsEmpty());
}

TEST(CleanupStack, AlsoUndoesWhatAnActionAdds) {
    std::vector<std::string> undone;
    CleanupStack stack;
    stack.add("outer", [&] { stack.add("inner", [&] { undone.emplace_back("inner"); }); });
    stack.run();
    EXPECT_THAT(undone, ElementsAre("inner"));
}

}  // namespace
}  // namespace crib
