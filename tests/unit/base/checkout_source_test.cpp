#include "harness/base/checkout_source.h"

#include "harness/base/file.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

namespace fs = std::filesystem;

TEST(TheSourceOfAComponent, IsACheckoutWhereItSaysLocal) {
    for (const auto* source : {"local:../cri-o", "local:/src/cri-o", "local:"}) EXPECT_TRUE(is_checkout(source));
    for (const auto* source : {"modules", "upstream", "local", "", "Local:x", " local:x", "cri-o=local:x"}) {
        EXPECT_FALSE(is_checkout(source)) << source;
        EXPECT_FALSE(CheckoutSource::parse(source)) << source;
    }
}

TEST(ACheckout, IsWrittenAsItWasRead) {
    for (const std::string source : {"local:../cri-o", "local:a:b", "local: x", "local:"}) {
        const auto checkout = CheckoutSource::parse(source);
        ASSERT_TRUE(checkout) << source;
        EXPECT_EQ(checkout->text(), source);
        EXPECT_EQ("local:" + checkout->path(), source);
    }
    EXPECT_EQ(CheckoutSource(fs::path("/src/cri-o")).text(), "local:/src/cri-o");
}

TEST(ACheckout, NeedsAPathBehindTheWord) {
    EXPECT_FALSE(CheckoutSource::parse("local:")->has_path());
    EXPECT_TRUE(CheckoutSource::parse("local:.")->has_path());
}

TEST(ACheckout, IsMeantFromTheFolderThatIsGiven) {
    const auto checkout = CheckoutSource::parse("local:../cri-o");
    EXPECT_EQ(checkout->folder("/src/crib/scenarios"), "/src/crib/cri-o");
    EXPECT_EQ(checkout->folder("nowhere"), fs::current_path() / "cri-o");
    EXPECT_EQ(checkout->folder(), fs::current_path().parent_path() / "cri-o");
    EXPECT_EQ(CheckoutSource::parse("local:/src/x/../cri-o")->folder("/elsewhere"), "/src/cri-o");
}

TEST(ACheckout, NamedThroughALinkIsWhereTheLinkLeads) {
    const TempFolder folder(fs::canonical(fs::temp_directory_path()), "crib-test");
    make_folder(folder.path() / "deep/real");
    fs::create_directory_symlink("deep/real", folder.path() / "link");
    EXPECT_EQ(CheckoutSource::parse("local:link/../cri-o")->folder(folder.path()), folder.path() / "deep/cri-o");
}

}  // namespace
}  // namespace crib
