// Relative names of versions.

#include "tests/unit/catalogue/samples.h"

#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::catalogue {
namespace {

using testing::HasSubstr;

std::string version_for(const std::string& component, const std::string& wanted,
                        std::optional<Source> source = std::nullopt) {
    const auto resolution = real_catalogue().resolve(component, wanted, source);
    return resolution.version.value_or("none: " + resolution.problem + "; " + resolution.hint);
}

TEST(RelativeNames, MeanTheNewestOfWhatIsKnown) {
    EXPECT_EQ(version_for("kubernetes", "latest"), "1.36.3");
    EXPECT_EQ(version_for("kubernetes", "latest-0"), "1.36.3");
    EXPECT_EQ(version_for("kubernetes", "latest-1"), "1.35.7");
    EXPECT_EQ(version_for("kubernetes", "latest-2"), "1.34.10");
    EXPECT_EQ(version_for("kubernetes", "1.20"), "1.20.15");
    EXPECT_EQ(version_for("kubernetes", "1.20.0"), "1.20.0");
    EXPECT_EQ(version_for("cri-o", "1.34"), "1.34.11");
    EXPECT_EQ(version_for("flannel", "latest"), "0.28.10");
    EXPECT_EQ(version_for("flannel", "latest-1"), "0.27.4");
    EXPECT_EQ(version_for("nginx", "debian"), "debian");
}

TEST(RelativeNames, CountOnlyWhatTheSourceHas) {
    const auto resolution = real_catalogue().resolve("cri-o", "latest-1", Source::upstream);
    EXPECT_EQ(resolution.version, "1.35.6");
    const auto modules = real_catalogue().resolve("cri-o", "1.35", Source::modules);
    EXPECT_FALSE(modules.version);
    EXPECT_EQ(modules.problem, "cri-o 1.35 is not to be had from source modules");
    EXPECT_THAT(modules.hint, HasSubstr("there are from source modules: "));
    EXPECT_THAT(modules.hint, HasSubstr("1.36.3"));
    EXPECT_FALSE(real_catalogue().resolve("kubernetes", "1.20", Source::upstream).version);
    EXPECT_EQ(version_for("kubernetes", "1.20", Source::local), "1.20.15");
}

// A catalogue of one component, whose versions all come from modules.
Catalogue catalogue_with(const std::vector<std::string>& versions) {
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-catalogue");
    for (const auto& version : versions) {
        make_folder(folder.path() / "thing" / version);
        write_file(folder.path() / "thing" / version / "component.json", "{}");
    }
    return Catalogue::read(std::filesystem::path(CRIB_SOURCE_DIR) / "fixtures/catalogue", folder.path());
}

TEST(RelativeNames, CallStableTheNewestVersionThatIsNotADotZero) {
    EXPECT_EQ(catalogue_with({"1.36.0", "1.35.2", "1.35.0"}).resolve("thing", "stable").version, "1.35.2");
    EXPECT_EQ(catalogue_with({"1.36.1", "1.35.9", "1.37.0"}).resolve("thing", "stable").version, "1.36.1");
    EXPECT_FALSE(catalogue_with({"1.36.0"}).resolve("thing", "stable").version);
    EXPECT_EQ(catalogue_with({"1.9.3", "1.10.0"}).resolve("thing", "latest").version, "1.10.0");
}

TEST(RelativeNames, SayThatANewerPatchIsKnownWhichTheSourceLacks) {
    const auto resolution = real_catalogue().resolve("cri-o", "latest", Source::upstream);
    EXPECT_EQ(resolution.note, "");
    const auto here = catalogue_with({"1.36.0"});
    EXPECT_EQ(here.resolve("thing", "latest", Source::modules).note, "");
    const auto kubernetes = Catalogue::read(std::filesystem::path(CRIB_SOURCE_DIR) / "fixtures/catalogue", "/nowhere");
    EXPECT_EQ(kubernetes.resolve("kubernetes", "1.28", Source::upstream).note, "");
    EXPECT_FALSE(kubernetes.resolve("kubernetes", "latest", Source::modules).version);
}

TEST(RelativeNames, SayWhatIsWrongAndWhatIsNear) {
    const auto problem = [](const std::string& component, const std::string& wanted) {
        const auto resolution = real_catalogue().resolve(component, wanted);
        EXPECT_FALSE(resolution.version) << component << ' ' << wanted;
        return resolution.problem + "; " + resolution.hint;
    };
    EXPECT_EQ(problem("kubernetes", "1.36.99"), "kubernetes has no version 1.36.99; the newest 1.36 is 1.36.3");
    EXPECT_EQ(problem("kubernetes", "v1.36.3"),
              "kubernetes has no version v1.36.3; versions are written without a v: 1.36.3");
    EXPECT_EQ(problem("kubernetes", "lastest"), "kubernetes has no version lastest; did you mean \"latest\"?");
    EXPECT_THAT(problem("kubernetes", "1.99"), HasSubstr("there are: 1.20.0, ..."));
    EXPECT_THAT(
        problem("kubernetes", "latest-99"),
        HasSubstr("kubernetes latest-99 stands for nothing: there are only 17 minor versions; there are: 1.20.0"));
    EXPECT_THAT(problem("kubernetes", ""), HasSubstr("has no version \"\""));
    EXPECT_EQ(problem("kubernets", "latest"), "there is no component \"kubernets\"; did you mean kubernetes?");
}

TEST(RelativeNames, CountTheMinorsOfTheSource) {
    const auto found = catalogue_with({"1.35.0", "1.36.0", "1.36.1"}).resolve("thing", "latest-2", Source::modules);
    EXPECT_FALSE(found.version);
    EXPECT_EQ(found.problem, "thing latest-2 stands for nothing: there are only 2 minor versions from source modules");
    EXPECT_EQ(found.hint, "there are from source modules: 1.35.0, 1.36.0, 1.36.1");
}

TEST(RelativeNames, SayWhyAPublisherHasAVersionNoMore) {
    const auto found = real_catalogue().resolve("kubernetes", "1.20", Source::upstream);
    EXPECT_EQ(found.problem,
              "kubernetes 1.20 is not to be had from source upstream: apt.kubernetes.io is gone since 2024-03-04");
    EXPECT_THAT(found.hint, HasSubstr("there are from source upstream: 1.24.0"));
}

}  // namespace
}  // namespace crib::catalogue
