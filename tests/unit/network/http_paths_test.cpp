#include "harness/network/http_service.h"

#include <gtest/gtest.h>

namespace crib::network {
namespace {

const HttpFolders folders{{"/cri-o/v1.36/deb", "/srv/crio"}, {"/", "/srv/all"}};

TEST(PackageRepository, ServesEachFolderUnderItsPath) {
    EXPECT_EQ(find_served(folders, "/cri-o/v1.36/deb/InRelease"), "/srv/crio/InRelease");
    EXPECT_EQ(find_served(folders, "/cri-o/v1.36/deb/sub/a.deb"), "/srv/crio/sub/a.deb");
    EXPECT_EQ(find_served(folders, "/other.txt"), "/srv/all/other.txt");
}

TEST(PackageRepository, ServesNothingElse) {
    const HttpFolders one{{"/repo", "/srv/crio"}};
    for (const auto* path : {"/", "/repo", "/repo/", "/repository/x", "/repo//etc/passwd", "/repo/../secret",
                             "/repo/a/../../secret", "repo/x", ""}) {
        EXPECT_FALSE(find_served(one, path)) << path;
    }
    EXPECT_FALSE(find_served(one, std::string("/repo/a\0b", 9)));
}

}  // namespace
}  // namespace crib::network
