#include "harness/image/bootstrap.h"

#include <gmock/gmock.h>

namespace crib::image {
namespace {

using testing::Contains;
using testing::HasSubstr;

process::Command command_for(const std::filesystem::path& guest_files, const std::filesystem::path& output) {
    ImageFile image;
    image.name = "debian-13";
    image.architecture = "amd64";
    image.image_packages = {"systemd-sysv", "udev"};
    image.repository_packages = {"conmon", "crun"};
    const Bootstrap how{"Debian", {"trixie"}, {"main"}};
    return bootstrap_command(image, how, {{"Debian", "bookworm", "http://mirror.test/debian/"}}, "", guest_files,
                             output);
}

TEST(Bootstrap, TheImagesPackagesAndTheMachinesMirrorAreNamed) {
    const auto command = command_for("/src/fixtures/image", "/cache/out");
    EXPECT_EQ(command.program, "mmdebstrap");
    EXPECT_THAT(command.args, Contains("--include=systemd-sysv,udev"));
    EXPECT_THAT(command.args, Contains("deb http://mirror.test/debian/ trixie main"));
    EXPECT_EQ(command.env.at("CRIB_REPOSITORY_PACKAGES"), "conmon crun");
}

TEST(Bootstrap, AFolderWithASpaceInItsNameStaysOneWord) {
    const auto command = command_for("/home/a user/crib/fixtures/image", "/home/a user/.cache/out");
    EXPECT_THAT(command.args, Contains("--customize-hook=sync-in '/home/a user/crib/fixtures/image' /tmp/crib-image"));
    EXPECT_THAT(command.args, Contains("--customize-hook=sync-out /tmp/crib-output '/home/a user/.cache/out'"));
    EXPECT_THAT(command.args, Contains("/home/a user/.cache/out/root.tar"));
}

TEST(Bootstrap, RunsWhereEveryUserMayBe) {
    EXPECT_EQ(command_for("/src", "/cache/out").cwd, "/");
}

TEST(Bootstrap, AnOrdinaryUserMakesItInAUserNamespaceOfItsOwn) {
    const auto user = as_owner("/src/pack-root.sh", {"a b", "c"}, false);
    EXPECT_EQ(to_string(user), "unshare --map-auto --map-root-user --mount -- sh /src/pack-root.sh 'a b' c");
    const auto root = as_owner("/src/pack-root.sh", {"a b", "c"}, true);
    EXPECT_EQ(to_string(root), "unshare --mount -- sh /src/pack-root.sh 'a b' c");
}

}  // namespace
}  // namespace crib::image
