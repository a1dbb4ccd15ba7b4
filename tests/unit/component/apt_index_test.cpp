// Reading somebody else's apt repository: what it lists, and which package of it is meant.

#include "harness/component/apt_index.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>

namespace crib::component {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string sum(64, 'a');

TEST(ReleaseFile, ListsItsFilesWithSumsAndSizes) {
    const auto release =
        parse_release("Archive: deb\nOrigin: obs://build.opensuse.org/isv\nMD5Sum:\n 0 1 x\nSHA256:\n " + sum +
                          " 1234 Packages\n " + sum + " 56 ./Packages.gz\n",
                      "here");
    EXPECT_EQ(release.fields.at("Origin"), "obs://build.opensuse.org/isv");
    ASSERT_EQ(release.files.size(), 2U);
    EXPECT_EQ(release.files[0].path, "Packages");
    EXPECT_EQ(release.files[0].size, 1234U);
    EXPECT_EQ(release.files[1].path, "Packages.gz");
}

TEST(ReleaseFile, IsNothingElse) {
    for (const char* text : {"", "<html></html>", "Origin: x\nSHA256:\n nonsense\n"}) {
        EXPECT_THROW(static_cast<void>(parse_release(text, "here")), Error) << text;
    }
}

std::string paragraph(const std::string& name, const std::string& version, const std::string& arch = "amd64",
                      const std::string& path = "x.deb") {
    return "Package: " + name + "\nVersion: " + version + "\nArchitecture: " + arch +
           "\nDepends: kubernetes-cni (>= 1.2.0), iptables | nft, mount\nDescription: one\n .\n more\nFilename: " +
           path + "\nSize: 7\nSHA256: " + sum + "\n\n";
}

TEST(PackagesFile, HasAParagraphAPackage) {
    const auto packages = parse_packages(paragraph("kubelet", "1.36.3-1.1") + paragraph("kubectl", "1.36.3-1.1"), "");
    ASSERT_EQ(packages.size(), 2U);
    EXPECT_EQ(packages[0].name, "kubelet");
    EXPECT_EQ(packages[0].file.path, "x.deb");
    EXPECT_EQ(packages[0].file.size, 7U);
    EXPECT_THAT(packages[0].depends, ElementsAre("kubernetes-cni", "iptables", "mount"));
}

TEST(PackagesFile, MayNotPointOutOfItsRepository) {
    for (const char* path : {"../../etc/passwd", "/etc/passwd", ""}) {
        EXPECT_THROW(static_cast<void>(parse_packages(paragraph("a", "1", "amd64", path), "here")), Error) << path;
    }
}

TEST(PackageVersions, AreOrderedAsDpkgOrdersThem) {
    const std::vector<std::string> ordered{"1.0~rc1-1", "1.0-1",  "1.0-1.1", "1.0-2.1", "1.0+dfsg-1",
                                           "1.2-1",     "1.10-1", "1.10a-1", "1:0.1"};
    for (std::size_t i = 0; i < ordered.size(); ++i) {
        for (std::size_t j = 0; j < ordered.size(); ++j) {
            const int order = compare_deb_versions(ordered[i], ordered[j]);
            EXPECT_EQ(order < 0, i < j) << ordered[i] << " " << ordered[j];
            EXPECT_EQ(order > 0, i > j) << ordered[i] << " " << ordered[j];
        }
    }
}

TEST(PackageChoice, IsTheNewestPackagingOfTheVersionAskedFor) {
    const auto packages =
        parse_packages(paragraph("cri-o", "1.36.3-1.1") + paragraph("cri-o", "1.36.3-2.1") +
                           paragraph("cri-o", "1.36.30-1.1") + paragraph("cri-o", "1.36.3-9.9", "arm64") +
                           paragraph("kubernetes-cni", "1.9.1-1.1") + paragraph("kubernetes-cni", "1.10.0-1.1"),
                       "");
    EXPECT_EQ(choose(packages, "cri-o", "1.36.3", "amd64")->version, "1.36.3-2.1");
    EXPECT_EQ(choose(packages, "cri-o", "1.36.3-1.1", "amd64")->version, "1.36.3-1.1");
    EXPECT_EQ(choose(packages, "kubernetes-cni", "", "amd64")->version, "1.10.0-1.1");
    EXPECT_FALSE(choose(packages, "cri-o", "1.36", "amd64"));
    EXPECT_FALSE(choose(packages, "cri-o", "1.36.4", "amd64"));
    EXPECT_THAT(versions_of(packages, "cri-o", "amd64"), ElementsAre("1.36.30-1.1", "1.36.3-2.1", "1.36.3-1.1"));
}

TEST(PackageChoice, KnowsKubicsRevisions) {
    const auto packages = parse_packages(paragraph("cri-o", "1.20.0~1") + paragraph("cri-o", "1.20.0~2"), "");
    EXPECT_EQ(choose(packages, "cri-o", "1.20.0", "amd64")->version, "1.20.0~2");
}

}  // namespace
}  // namespace crib::component
