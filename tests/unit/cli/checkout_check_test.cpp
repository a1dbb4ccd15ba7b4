// What is wrong with checkouts, and how often they are looked at.

#include "harness/cli/checkout_check.h"

#include "harness/base/file.h"

#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TheCheckoutOfAScenario : public ::testing::Test {
protected:
    TheCheckoutOfAScenario() {
        write_file(go_mod, "module github.com/cri-o/cri-o\n");
        scenario.components = {{"cri-o", "local:" + folder.path().string()}, {"kubernetes", "upstream"}};
    }

    CheckoutCheck check(CheckoutCheck::Reads reads) {
        return {component::Table(fs::path(CRIB_SOURCE_DIR) / "fixtures" / "components"), reads,
                Context::with_clock(clock)};
    }

    TempFolder folder{fs::temp_directory_path(), "crib-checkout"};
    fs::path go_mod = folder.path() / "go.mod";
    test::ManualClock clock;
    scenario::Scenario scenario;
};

TEST_F(TheCheckoutOfAScenario, IsToldAtItsPlaceWhenItIsOfAnotherModule) {
    EXPECT_THAT(check(CheckoutCheck::Reads::go_mod).mistakes_in(scenario), IsEmpty());
    write_file(go_mod, "module x\n");
    const auto found = check(CheckoutCheck::Reads::go_mod).mistakes_in(scenario);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].path, "$.components.cri-o");
    EXPECT_THAT(found[0].reason, EndsWith("is of the module x"));
    EXPECT_TRUE(found[0].refused);
    write_file(go_mod, "");
    EXPECT_THAT(check(CheckoutCheck::Reads::go_mod).mistakes_in(scenario).at(0).reason, EndsWith("names no module"));
}

TEST_F(TheCheckoutOfAScenario, IsReadThroughWhereNobodyElseReadsIt) {
    fs::create_directory(folder.path() / "go.work");
    EXPECT_THAT(check(CheckoutCheck::Reads::go_mod).mistakes_in(scenario), IsEmpty());
    const auto found = check(CheckoutCheck::Reads::all_files).mistakes_in(scenario);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].reason, HasSubstr("go.work"));
}

TEST_F(TheCheckoutOfAScenario, IsLookedAtOnceForAllCells) {
    auto once = check(CheckoutCheck::Reads::all_files);
    EXPECT_THAT(once.mistakes_in(scenario), IsEmpty());
    write_file(go_mod, "module x\n");
    EXPECT_THAT(once.mistakes_in(scenario), IsEmpty());
}

}  // namespace
}  // namespace crib::cli
