// What `crib versions` prints.

#include "harness/catalogue/listing.h"

#include "tests/unit/catalogue/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crib::catalogue {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Listing, HasARowForEachMinorWithWhatItCanComeFrom) {
    const auto rows = version_rows(real_catalogue(), {"kubernetes", "cri-o", "nginx"});
    EXPECT_THAT(rows, Contains(ElementsAre("kubernetes", "1.23", "1.23.0 to 1.23.17", "-", "-", "all", "ended")));
    EXPECT_THAT(rows, Contains(ElementsAre("kubernetes", "1.36", "1.36.0 to 1.36.3", HasSubstr("1.36.3"), "all", "all",
                                           "maintained")));
    EXPECT_THAT(rows, Contains(ElementsAre("cri-o", "1.28", "1.28.0 to 1.28.11", "-", "all", "all", "ended")));
    EXPECT_THAT(rows, Contains(ElementsAre("nginx", "-", "debian", "debian", "-", "-", "-")));
}

TEST(Listing, NamesTheSystemsOfARepositoryThatHasAFolderForEach) {
    EXPECT_THAT(version_rows(real_catalogue(), {"cri-o"}),
                Contains(ElementsAre("cri-o", "1.20", "1.20.0 to 1.20.9, 9 of them", "-",
                                     "all, for ubuntu-18.04 ubuntu-20.04", "all", "ended")));
    const auto document = nlohmann::json::parse(listing_json(real_catalogue(), {"cri-o"}));
    const auto& versions = document.at("components").at(0).at("versions");
    EXPECT_THAT(versions.front().at("upstream-for"), ElementsAre("ubuntu-18.04", "ubuntu-20.04"));
    EXPECT_FALSE(versions.back().contains("upstream-for"));
}

TEST(Listing, SaysWhatTheRelativeNamesStandFor) {
    const auto rows = name_rows(real_catalogue(), {"cri-o"});
    EXPECT_THAT(rows, Contains(ElementsAre("cri-o", "anywhere", "1.36.3", "1.35.6", "1.36.3")));
    EXPECT_THAT(rows, Contains(ElementsAre("cri-o", "modules", "1.36.3", "-", "1.36.3")));
}

TEST(Listing, IsJsonForMachines) {
    const auto document = nlohmann::json::parse(listing_json(real_catalogue(), {"cri-o"}));
    ASSERT_EQ(document.at("components").size(), 1U);
    const auto& cri_o = document.at("components").at(0);
    EXPECT_EQ(cri_o.at("names").at("upstream").at("latest-1"), "1.35.6");
    EXPECT_FALSE(cri_o.at("names").at("modules").contains("latest-1"));
    const auto& newest = cri_o.at("versions").back();
    EXPECT_EQ(newest.at("version"), "1.36.3");
    EXPECT_THAT(newest.at("sources"), ElementsAre("modules", "upstream", "local"));
    EXPECT_EQ(newest.at("state"), "maintained");
    EXPECT_EQ(document.at("operating-systems").at(0).at("name"), "debian-11");
}

}  // namespace
}  // namespace crib::catalogue
