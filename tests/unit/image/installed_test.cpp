#include "harness/image/installed.h"

#include "harness/base/file.h"

#include <gmock/gmock.h>

namespace crib::image {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(InstalledPackages, AreReadFromWhatDpkgPrints) {
    EXPECT_THAT(parse_installed("apt\t3.0.4\nlibc6:amd64\t2.41-12\nnot-installed\t\n"),
                ElementsAre(Pair("apt", "3.0.4"), Pair("libc6", "2.41-12")));
}

TEST(InstalledPackages, AreReadFromTheNamesOfTheirFiles) {
    EXPECT_THAT(package_of("crun_1.21-1_amd64.deb"), Pair("crun", "1.21-1"));
    EXPECT_THAT(package_of("conntrack_1%3a1.4.8-2_amd64.deb"), Pair("conntrack", "1:1.4.8-2"));
    EXPECT_THAT(package_of("Packages"), Pair("", ""));
}

TEST(InstalledPackages, OfAnImageAreThoseInItAndThoseThatRecipesInstall) {
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-test");
    write_file(folder.path() / "packages.txt", "iptables\t1.8.9-2\n");
    make_folder(folder.path() / "packages");
    write_file(folder.path() / "packages" / "crun_1.21-1_amd64.deb", "");
    write_file(folder.path() / "packages" / "iptables_1.8.11-2_amd64.deb", "");
    EXPECT_THAT(packages_of(folder.path() / "packages.txt", folder.path() / "packages"),
                ElementsAre(Pair("crun", "1.21-1"), Pair("iptables", "1.8.11-2")));
    EXPECT_THAT(packages_of("/nowhere", "/nowhere"), IsEmpty());
}

}  // namespace
}  // namespace crib::image
