#include "harness/process/lines.h"

#include <gmock/gmock.h>

#include <vector>

namespace crib::process {
namespace {

using testing::ElementsAre;

TEST(LineSink, JoinsALineThatCameInPieces) {
    std::vector<std::string> lines;
    LineSink sink([&](std::string_view line) { lines.emplace_back(line); }, 100);
    sink.add("fir");
    sink.add("st\nsec");
    sink.add("ond\n\nlast");
    EXPECT_EQ(sink.finish(), "first\nsecond\n\nlast");
    EXPECT_THAT(lines, ElementsAre("first", "second", "", "last"));
}

TEST(LineSink, KeepsOnlyTheEndOfALongStream) {
    LineSink sink({}, 4);
    for (int i = 0; i < 1000; ++i) sink.add("abcdefgh");
    sink.add("123");
    EXPECT_EQ(sink.finish(), "h123");
}

TEST(LineSink, KeepsNothingWhenAskedTo) {
    std::vector<std::string> lines;
    LineSink sink([&](std::string_view line) { lines.emplace_back(line); }, 0);
    sink.add("seen\n");
    EXPECT_EQ(sink.finish(), "");
    EXPECT_THAT(lines, ElementsAre("seen"));
}

}  // namespace
}  // namespace crib::process
