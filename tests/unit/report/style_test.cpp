#include "harness/report/style.h"

#include <gtest/gtest.h>

namespace crib::report {
namespace {

TEST(Paint, ColoursOnlyWhenAsked) {
    EXPECT_EQ(Style(true).paint(Tone::good, "passed"), "\x1b[32mpassed\x1b[0m");
    EXPECT_EQ(Style(false).paint(Tone::good, "passed"), "passed");
    EXPECT_EQ(Style(true).paint(Tone::plain, "x"), "x");
    EXPECT_EQ(Style(true).paint(Tone::bad, ""), "");
}

}  // namespace
}  // namespace crib::report
