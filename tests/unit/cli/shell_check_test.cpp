// Whether the shell text of scenarios is shell, and how often bash is asked.

#include "harness/cli/shell_check.h"

#include "harness/process/boost_runner.h"

#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

scenario::Mutation replaced(const std::string& path, const SharedText& script) {
    scenario::Mutation mutation;
    mutation.kind = scenario::Mutation::Kind::replace;
    mutation.path = path;
    mutation.script = script;
    mutation.origin = "mine.sh";
    return mutation;
}

class TheShell : public ::testing::Test {
protected:
    std::vector<scenario::Clash> mistakes_in(std::vector<scenario::Mutation> mutations) {
        scenario::Scenario scenario;
        scenario.mutations = std::move(mutations);
        return check.mistakes_in(scenario);
    }

    test::RecordingRunner runner;
    test::ManualClock clock;
    ShellCheck check{runner, clock};
};

TEST_F(TheShell, IsAskedOnceForAScriptOfManyMutationsAndCells) {
    const SharedText script("true\n");
    EXPECT_THAT(mistakes_in({replaced("$.mutations[0]", script), replaced("$.mutations[1]", script)}), IsEmpty());
    EXPECT_THAT(mistakes_in({replaced("$.mutations[0]", SharedText("true\n"))}), IsEmpty()) << "of another cell";
    EXPECT_THAT(runner.commands(), SizeIs(1));
    EXPECT_EQ(runner.commands()[0].input, "true\n");
}

TEST_F(TheShell, SaysOfEachMutationWhatIsWrong) {
    runner.on({"bash"}, test::exited(2, "", "bash: line 3: syntax error: unexpected end of file\n"));
    const auto script = SharedText("if true; then\n");
    const auto found = mistakes_in({replaced("$.mutations[0]", script), replaced("$.mutations[4]", script)});
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[1].path, "$.mutations[4].script");
    EXPECT_THAT(found[1].reason, HasSubstr("line 3 is not shell: syntax error: unexpected end of file"));
    EXPECT_THAT(runner.commands(), SizeIs(1));
}

// Such a script works on a node, and no scenario with it could be run.
// What bash says of it ends with the whole line, of which the end was kept.
TEST_F(TheShell, SaysWhatIsWrongWithAVeryLongLine) {
    process::BoostRunner bash;
    ShellCheck real(bash, clock);
    scenario::Scenario scenario;
    scenario.mutations = {replaced("$.mutations[0]", "if true; then echo " + std::string(10'000, 'a') + "; fi fi\n")};
    const auto found = real.mistakes_in(scenario);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].reason, HasSubstr("line 1 is not shell: syntax error near unexpected token `fi'"));
}

TEST_F(TheShell, ReadsScriptsThatTurnExtendedPatternsOn) {
    process::BoostRunner real;
    SystemClock now;
    ShellCheck bash(real, now);
    scenario::Scenario scenario;
    scenario.mutations = {replaced("$.mutations[0]", "shopt -s extglob\nrm -f x/!(a)\nif !(true); then true; fi\n")};
    EXPECT_THAT(bash.mistakes_in(scenario), IsEmpty());
    EXPECT_EQ(bash.not_checked(), "");
    scenario.mutations = {replaced("$.mutations[0]", "if true; then\n")};
    EXPECT_THAT(bash.mistakes_in(scenario), SizeIs(1));
}

TEST_F(TheShell, IsNotNeededWhereThereIsNone) {
    runner.refuse_others();
    EXPECT_THAT(mistakes_in({replaced("$.mutations[0]", "if true; then\n")}), IsEmpty());
    EXPECT_NE(check.not_checked(), "");
}

}  // namespace
}  // namespace crib::cli
