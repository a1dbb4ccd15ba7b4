// Each command in surroundings of every bad kind: it ends by itself and soon, never by a signal, with an exit code that
// says whose fault it was, and never with "a bug in crib".

#include "tests/hostile/environment/visitor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace crib::test {
namespace {

// A line more is a test more. `made_by` is of a POSIX shell and is carried out in $HOME; "$@" is crib's command line.
struct Surroundings {
    const char* name;
    const char* made_by;
    bool of_nobody = false;  // leads to the home that the user's account has: none may be a person's
};

// For the test's name.
void PrintTo(const Surroundings& surroundings, std::ostream* out) {
    *out << surroundings.made_by;
}

const std::vector<Surroundings> kSurroundings{
    {"Plain", ""},
    {"TmpdirAbsent", "export TMPDIR=$HOME/none"},
    {"TmpdirEmpty", "export TMPDIR="},
    {"TmpdirRelative", "export TMPDIR=none"},
    {"TmpdirAFile", "export TMPDIR=$HOME/one-node.json"},
    {"TmpdirClosed", "mkdir closed; chmod 0 closed; export TMPDIR=$HOME/closed"},
    {"HomeUnset", "unset HOME", true},
    {"HomeEmpty", "export HOME=", true},
    {"HomeUnsetXdgSet", "export XDG_CACHE_HOME=$HOME/a XDG_STATE_HOME=$HOME/b XDG_CONFIG_HOME=$HOME/c; unset HOME"},
    {"HomeRelative", "export HOME=home"},
    {"HomeAbsent", "export HOME=$HOME/none"},
    {"HomeAFile", "export HOME=$HOME/one-node.json"},
    {"HomeClosed", "mkdir closed; chmod 0 closed; export HOME=$HOME/closed"},
    {"HomeNoText", "export HOME=$HOME/$(printf '\\377\\033[2J\\nx')"},
    {"XdgRelative", "export XDG_CACHE_HOME=cache XDG_STATE_HOME=state XDG_CONFIG_HOME=config"},
    {"XdgEmpty", "export XDG_CACHE_HOME= XDG_STATE_HOME= XDG_CONFIG_HOME= XDG_RUNTIME_DIR="},
    {"XdgFiles", "f=$HOME/one-node.json; export XDG_CACHE_HOME=$f XDG_STATE_HOME=$f XDG_CONFIG_HOME=$f"},
    {"XdgNowhere", "export XDG_CACHE_HOME=/proc/none XDG_STATE_HOME=/proc/none XDG_CONFIG_HOME=/proc/none"},
    {"XdgTooLong", "n=$(printf %05000d 0); export XDG_CACHE_HOME=/$n XDG_STATE_HOME=/$n XDG_CONFIG_HOME=/$n"},
    {"SourceAbsent", "export CRIB_SOURCE=$HOME/none"},
    {"SourceEmptyFolder", "mkdir empty; export CRIB_SOURCE=$HOME/empty"},
    {"PathUnset", "unset PATH"},
    {"PathOfFiles", "export PATH=$HOME/one-node.json"},
    {"LocaleUnknown", "export LC_ALL=tlh_KX.EBCDIC LANG=x"},
    {"StdinClosed", "exec <&-"},
    {"StdinAFolder", "exec </"},
    {"StdoutClosed", "exec >&-"},
    {"StdoutFull", "exec >/dev/full"},
    {"StderrClosed", "exec 2>&-"},
    {"StderrFull", "exec 2>/dev/full"},
    {"BothFull", "exec >/dev/full 2>/dev/full"},
    {"AllClosed", "exec <&- >&- 2>&-"},
    {"Descriptors4", "ulimit -n 4"},
    {"Descriptors6", "ulimit -n 6"},
    {"Descriptors9", "ulimit -n 9"},
    {"Descriptors13", "ulimit -n 13"},
    {"Descriptors20", "ulimit -n 20"},
    {"FilesOfNoSize", "ulimit -f 0"},
    {"FilesOfOneBlock", "ulimit -f 1"},
    {"FolderGone", "mkdir gone; cd gone; rmdir ../gone"},
    {"FolderGoneAndStateRelative", "mkdir gone; cd gone; rmdir ../gone; set -- --state here \"$@\""},
    {"FolderClosed", "mkdir closed; cd closed; chmod 0 ."},
    {"StateAFile", "set -- --state one-node.json \"$@\""},
    {"NothingMayBeWritten", "chmod -R a-w ."},
};

class Environment : public ::testing::TestWithParam<Surroundings> {};

TEST_P(Environment, EndsNoCommandByASignal) {
    if (GetParam().of_nobody && !Visitor::is_nobody()) GTEST_SKIP() << "would work on this user's own home";
    Visitor visitor;
    auto lines = visitor.well_meant_lines();
    for (auto& line : visitor.careless_lines()) lines.push_back(std::move(line));
    for (const auto& line : lines) {
        const auto result = visitor.crib(line, GetParam().made_by);
        EXPECT_EQ(wrong_ending(result), "") << told(line, result);
    }
}

INSTANTIATE_TEST_SUITE_P(OfEveryKind, Environment, ::testing::ValuesIn(kSurroundings),
                         [](const auto& one) { return std::string(one.param.name); });

// How much memory crib needs to begin at all is the loader's to say, which ends with 127.
TEST(Memory, EndsNoCommandByASignal) {
    Visitor visitor;
    const auto limit = [](unsigned mib) { return "ulimit -v " + std::to_string(mib * 1024); };
    unsigned least = 16;
    while (least < 4096 && !visitor.crib({"--help"}, limit(least)).ok()) least += 4;
    ASSERT_LT(least, 4096U);
    for (const auto more : {0U, 1U, 2U, 4U, 12U, 40U}) {
        for (const auto& line : visitor.well_meant_lines()) {
            const auto result = visitor.crib(line, limit(least + more));
            EXPECT_EQ(wrong_ending(result), "") << least + more << " MiB: " << told(line, result);
        }
    }
}

}  // namespace
}  // namespace crib::test
