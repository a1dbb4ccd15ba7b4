#include "harness/base/shared_text.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

TEST(SharedText, IsOneForAllWhoHoldIt) {
    const SharedText text("set -e\n");
    const auto copy = text;
    EXPECT_EQ(copy.identity(), text.identity());
    EXPECT_EQ(copy, "set -e\n");
    EXPECT_EQ(copy, SharedText("set -e\n"));
    EXPECT_NE(SharedText("set -e\n").identity(), text.identity());
    EXPECT_TRUE(SharedText().empty());
}

TEST(SharedText, IsTheSameForTheOthersWhenOneIsChanged) {
    const SharedText text("a");
    auto copy = text;
    copy += "b";
    EXPECT_EQ(copy, "ab");
    EXPECT_EQ(text, "a");
}

TEST(SharedText, IsStillThereAfterItWasMoved) {
    SharedText text("a");
    const auto other = std::move(text);
    EXPECT_EQ(other, "a");
    EXPECT_EQ(text.str(), "a");  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace crib
