#include "harness/ssh/detail/stream.h"

#include <gmock/gmock.h>

#include <vector>

namespace crib::ssh::detail {
namespace {

using testing::ElementsAre;

class CommandOutput : public testing::Test {
protected:
    Stream::OnLine sink() {
        return [this](std::string_view line) { lines_.emplace_back(line); };
    }
    std::vector<std::string> lines_;
};

TEST_F(CommandOutput, PutsLinesTogetherThatCameInPieces) {
    Stream stream(100, sink());
    stream.add("on");
    stream.add("e\ntwo\r\n\nth");
    EXPECT_THAT(lines_, ElementsAre("one", "two", ""));
    stream.finish();
    EXPECT_THAT(lines_, ElementsAre("one", "two", "", "th"));
    EXPECT_EQ(stream.take_kept(), "one\ntwo\r\n\nth");
}

TEST_F(CommandOutput, KeepsOnlyTheEndOfALongOne) {
    Stream stream(4, {});
    for (int i = 0; i < 100; ++i) stream.add("abc");
    stream.add("0123456789");
    EXPECT_EQ(stream.take_kept(), "6789");
}

TEST_F(CommandOutput, CutsALineThatNeverEnds) {
    Stream stream(10, sink());
    for (int i = 0; i < 3; ++i) stream.add(std::string(40000, 'x'));
    EXPECT_EQ(lines_.size(), 1U);
    EXPECT_EQ(lines_[0].size(), 80000U);
}

}  // namespace
}  // namespace crib::ssh::detail
