// What came from a server, told apart and said for people.

#include "harness/fetch/content.h"

#include <gtest/gtest.h>

namespace crib::fetch {
namespace {

TEST(FetchedContent, APageIsRecognisedByItsBeginning) {
    EXPECT_TRUE(is_html("<!DOCTYPE html>\n<title>404</title>"));
    EXPECT_TRUE(is_html("\n  <html lang=\"en\">"));
    EXPECT_FALSE(is_html("-----BEGIN PGP PUBLIC KEY BLOCK-----"));
    EXPECT_FALSE(is_html(""));
}

TEST(FetchedContent, NumbersOfBytesAreReadable) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1048576), "1 048 576");
    EXPECT_EQ(grouped(5000000), "5 000 000");
}

}  // namespace
}  // namespace crib::fetch
