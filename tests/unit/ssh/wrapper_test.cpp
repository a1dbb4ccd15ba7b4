#include "harness/ssh/detail/wrapper.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>

namespace crib::ssh::detail {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ScriptForANode, HasNothingOfTheScriptInTheCommand) {
    Exec exec{.script = "echo swordfish", .name = "10-swordfish-no.sh"};
    exec.env = {{"A", "swordfish"}};
    exec.name = "10-a.sh";
    const auto wrapped = wrap(exec, "t0k3n");
    EXPECT_THAT(wrapped.command, Not(HasSubstr("swordfish")));
    EXPECT_THAT(wrapped.command, HasSubstr("t0k3n"));
    EXPECT_THAT(wrapped.end_command, HasSubstr("CRIB_EXEC=t0k3n"));
}

TEST(ScriptForANode, QuotesTheValuesOfVariables) {
    Exec exec{.script = "true"};
    exec.env = {{"A", "x; rm -rf / 'y'"}};
    EXPECT_THAT(wrap(exec, "t").input, testing::StartsWith("export A='x; rm -rf / '\\''y'\\'''\n"));
}

TEST(ScriptForANode, StaysOnTheSameLinesForMessages) {
    // What is put in front stands on the script's own first line.
    const auto wrapped = wrap({.script = "#!/bin/bash\nfalse"}, "t");
    EXPECT_THAT(wrapped.input, HasSubstr("; #!/bin/bash\nfalse\n"));
}

TEST(ScriptForANode, RefusesAVariableWhoseNameTheShellCannotHave) {
    for (const auto* name : {"", "1A", "A-B", "A B", "A;reboot"}) {
        Exec exec{.script = "true"};
        exec.env = {{name, "x"}};
        EXPECT_THROW(wrap(exec, "t"), Error) << name;
    }
}

TEST(ScriptForANode, ThatIsOnlyAProgramIsStartedWithoutAnother) {
    Exec exec{.script = "date --utc --set=@1.5", .only_a_program = true};
    EXPECT_EQ(wrap(exec, "t").command, "CRIB_EXEC=t exec date --utc --set=@1.5");
    EXPECT_EQ(wrap(exec, "t").input, "");
    exec.env = {{"A", "secret"}};
    EXPECT_THROW(wrap(exec, "t"), Error) << "it would stand in the command";
}

TEST(ScriptForANode, MakesAFileNameOfAnyName) {
    EXPECT_THAT(wrap({.script = "", .name = "../a b'c"}, "t").command, HasSubstr("script.._a_b_c"));
    EXPECT_THAT(wrap({.script = "", .name = ""}, "t").command, HasSubstr("/script"));
}

}  // namespace
}  // namespace crib::ssh::detail
