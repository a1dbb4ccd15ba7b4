#include "harness/cli/exit_code.h"

#include <gtest/gtest.h>

namespace crib::cli {
namespace {

using events::Outcome;

int code_of(Outcome outcome, bool refused = false) {
    events::RunFinished finished;
    finished.outcome = outcome;
    finished.refused = refused;
    return exit_code_of(finished);
}

TEST(ExitCode, TellsHowARunEnded) {
    EXPECT_EQ(code_of(Outcome::passed), 0);
    EXPECT_EQ(code_of(Outcome::skipped), 0);
    EXPECT_EQ(code_of(Outcome::failed), 1);
    EXPECT_EQ(code_of(Outcome::error), 3);
    EXPECT_EQ(code_of(Outcome::interrupted), 130);
}

TEST(ExitCode, IsThatOfAMistakeWhereTheScenarioOrItsLockIsWhyNothingRan) {
    EXPECT_EQ(code_of(Outcome::error, true), 2);
}

}  // namespace
}  // namespace crib::cli
