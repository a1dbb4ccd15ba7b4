// Ranges of versions say what they contain.

#include "harness/catalogue/version.h"
#include "harness/base/error.h"

#include <gtest/gtest.h>

namespace crib::catalogue {
namespace {

bool contains(std::string_view range, std::string_view version) {
    return VersionRange::parse(range).contains(*parse_version(version));
}

TEST(VersionRange, ContainsWhatAllItsComparisonsAllow) {
    EXPECT_TRUE(contains(">=1.32 <1.34", "1.33.13"));
    EXPECT_FALSE(contains(">=1.32 <1.34", "1.34.0"));
    EXPECT_FALSE(contains(">=1.32 <1.34", "1.31.14"));
    EXPECT_TRUE(contains("<0.19", "0.18.1"));
    EXPECT_TRUE(contains("=1.36", "1.36.3"));
    EXPECT_FALSE(contains("=1.36.0", "1.36.3"));
}

TEST(VersionRange, RefusesWhatIsNoRange) {
    for (const auto* text : {"", "1.36", ">=", ">=latest", ">=1.2  <1.3", "=1.9.1-flannel3"}) {
        EXPECT_THROW(static_cast<void>(VersionRange::parse(text)), Error) << text;
    }
}

}  // namespace
}  // namespace crib::catalogue
