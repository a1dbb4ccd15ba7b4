#include "harness/hypervisor/libvirt/embed_root.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>

#include <sys/stat.h>

#include <thread>

namespace crib::hypervisor {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class EmbedRoot : public testing::Test {
protected:
    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
};

TEST_F(EmbedRoot, IsPrivateAndConfigured) {
    const fs::path root = folder_.path() / "libvirt";
    prepare_embed_root(root, folder_.path() / "learnt");
    EXPECT_EQ(fs::status(root).permissions(), fs::perms::owner_all);
    const std::string conf = read_file(root / "etc/qemu.conf");
    EXPECT_THAT(conf, HasSubstr("security_driver = \"none\""));
    EXPECT_THAT(conf, HasSubstr("stdio_handler = \"file\""));
    EXPECT_EQ(fs::read_symlink(root / "cache/qemu/capabilities"), folder_.path() / "learnt");
    prepare_embed_root(root, folder_.path() / "learnt");  // again: no error
}

TEST_F(EmbedRoot, OfAUsualLengthIsOpenedAsItIs) {
    EXPECT_EQ(short_embed_root("/var/x/../lib/crib"), "/var/lib/crib");
}

TEST_F(EmbedRoot, NamedThroughALinkIsTheOneThatTheKernelFinds) {
    const auto top = fs::canonical(folder_.path());
    make_folder(top / "a/b");
    fs::create_directory_symlink("a/b", top / "l");
    EXPECT_EQ(short_embed_root(top / "l/../c"), top / "a/c");
}

TEST_F(EmbedRoot, TooLongForASocketIsOpenedByAShortLink) {
    const fs::path root = folder_.path() / std::string(60, 'x') / "libvirt";
    make_folder(root);
    const fs::path link = short_embed_root(root);
    EXPECT_LT(link.string().size(), 54U);
    EXPECT_EQ(fs::canonical(link), fs::canonical(root));
    EXPECT_EQ(short_embed_root(root), link);
    forget_embed_root(root);
    EXPECT_FALSE(fs::exists(fs::symlink_status(link)));
    EXPECT_TRUE(fs::exists(root));
    forget_embed_root(root);
}

TEST_F(EmbedRoot, ThatIsGoneLeavesNoLinkBehind) {
    const fs::path gone = folder_.path() / std::string(60, 'x') / "libvirt";
    const fs::path kept = folder_.path() / std::string(60, 'y') / "libvirt";
    make_folder(gone);
    make_folder(kept);
    const fs::path link_of_gone = short_embed_root(gone);
    const fs::path link_of_kept = short_embed_root(kept);
    fs::remove_all(gone);
    forget_ended_embed_roots();
    EXPECT_FALSE(fs::exists(fs::symlink_status(link_of_gone)));
    EXPECT_TRUE(fs::exists(link_of_kept));
    forget_embed_root(kept);
}

// The last of them to end removes the folder of the links.
TEST_F(EmbedRoot, OfARunThatBeginsHasItsLinkWhileAnotherRunEnds) {
    const auto come_and_go = [this](char letter) {
        const fs::path root = folder_.path() / std::string(60, letter) / "libvirt";
        make_folder(root);
        for (int i = 0; i < 500; ++i) {
            EXPECT_NO_THROW((void)short_embed_root(root));
            forget_embed_root(root);
        }
    };
    const std::jthread one(come_and_go, 'x');
    const std::jthread other(come_and_go, 'y');
}

}  // namespace
}  // namespace crib::hypervisor
