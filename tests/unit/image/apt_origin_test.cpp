#include "harness/image/apt_origin.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>

namespace crib::image {
namespace {

using testing::HasSubstr;

constexpr const char* kBookworm =
    "Packages|Debian|bookworm|http://mirror.test/debian/\n"
    "Components-amd64|Debian|bookworm|http://mirror.test/debian/\n"
    "Packages|Debian|bookworm|http://mirror.test/debian/\n"
    "Packages|Debian|bookworm-updates|http://mirror.test/debian/\n"
    "Packages|Debian|bookworm-security|http://mirror.test/debian-security/\n"
    "Packages|. nodistro|nodistro|http://other.test/node\n";

const Bootstrap kTrixie{"Debian", {"trixie", "trixie-updates", "trixie-security"}, {"main"}};

TEST(AptOrigin, EachSourceOfTheMachineIsKnownOnce) {
    const auto sources = parse_sources(kBookworm);
    ASSERT_EQ(sources.size(), 4U);
    EXPECT_EQ(sources[2].codename, "bookworm-security");
    EXPECT_EQ(sources[2].uri, "http://mirror.test/debian-security/");
}

TEST(AptOrigin, AnotherReleaseComesFromTheMachinesOwnMirrors) {
    EXPECT_EQ(sources_for(kTrixie, parse_sources(kBookworm), "/usr/share/keyrings/debian-archive-keyring.gpg"),
              "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.test/debian/ trixie main\n"
              "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.test/debian/ "
              "trixie-updates main\n"
              "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.test/debian-security/ "
              "trixie-security "
              "main\n");
}

TEST(AptOrigin, WithoutAKeyringAptsOwnKeysCount) {
    EXPECT_THAT(sources_for(kTrixie, parse_sources(kBookworm), ""),
                HasSubstr("deb http://mirror.test/debian/ trixie main\n"));
}

TEST(AptOrigin, AMissingSecurityArchiveIsNamedWithItsCure) {
    const auto sources = parse_sources(
        "Packages|Debian|bookworm|http://mirror.test/debian/\n"
        "Packages|Debian|bookworm-updates|http://mirror.test/debian/\n");
    try {
        static_cast<void>(sources_for(kTrixie, sources, ""));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), HasSubstr("bookworm-security"));
        EXPECT_THAT(error.hint(), HasSubstr("apt-get update"));
    }
}

TEST(AptOrigin, AMachineOfAnotherDistributionIsNamed) {
    try {
        static_cast<void>(
            sources_for(kTrixie, parse_sources("Packages|Ubuntu|noble|http://mirror.test/ubuntu/\n"), ""));
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("no package source of Debian"));
    }
}

}  // namespace
}  // namespace crib::image
