#include "harness/base/next_command.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

TEST(NextCommand, IsTypedAsItStands) {
    const NextCommand next;
    EXPECT_EQ(next("gc"), "crib gc");
    EXPECT_EQ(next("down", {"two-node-ab12"}), "crib down two-node-ab12");
    EXPECT_EQ(next("cache rm", {"one", "other"}), "crib cache rm one other");
    EXPECT_EQ(next("open --boot", {"a.crib"}), "crib open --boot a.crib");
}

TEST(NextCommand, QuotesWhatAShellWouldTakeApart) {
    const NextCommand next;
    EXPECT_EQ(next("open", {"b sp.crib"}), "crib open 'b sp.crib'");
    EXPECT_EQ(next("run", {"$(rm x).json"}, {"--set", "about=it's"}), "crib run '$(rm x).json' --set 'about=it'\\''s'");
}

TEST(NextCommand, DoesNotTakeANameForAnOption) {
    const NextCommand next;
    EXPECT_EQ(next("open --boot", {"-e.crib"}), "crib open --boot -- -e.crib");
    EXPECT_EQ(next("matrix", {"-m.json"}, {"--resume", "m-ab12"}), "crib matrix --resume m-ab12 -- -m.json");
}

TEST(NextCommand, ActsOnTheStateFolderThatWasGiven) {
    EXPECT_EQ(NextCommand("my state")("down", {"kept-ab12"}), "crib --state 'my state' down kept-ab12");
    EXPECT_EQ(NextCommand("-s")("ls"), "crib --state=-s ls");
    EXPECT_EQ(NextCommand("a\nb")("ls"), R"(crib --state $'a\nb' ls)") << "'a b' is another folder";
}

}  // namespace
}  // namespace crib
