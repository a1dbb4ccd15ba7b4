#include "harness/base/plain_path.h"

#include "harness/base/file.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

namespace fs = std::filesystem;

// work/link leads to deep/real/folder, and file.txt is beside the folder and beside the link.
class PlainPath : public testing::Test {
protected:
    void SetUp() override {
        make_folder(top() / "work");
        make_folder(top() / "deep/real/folder");
        fs::create_directory_symlink(top() / "deep/real/folder", top() / "work/link");
        fs::create_directory_symlink("../deep/real", top() / "work/relative");
        write_file(top() / "deep/real/file.txt", "of the folder");
        write_file(top() / "work/file.txt", "of the link");
    }
    [[nodiscard]] fs::path top() const { return folder_.path(); }

private:
    TempFolder folder_{fs::canonical(fs::temp_directory_path()), "crib-test"};
};

TEST_F(PlainPath, OfALinkAndTwoDotsIsBesideWhereTheLinkLeads) {
    EXPECT_EQ(plain_path(top() / "work/link/../file.txt"), top() / "deep/real/file.txt");
    EXPECT_EQ(plain_path(top() / "work/link/../../real/./file.txt"), top() / "deep/real/file.txt");
    EXPECT_EQ(plain_path(top() / "work/relative/../real/file.txt"), top() / "deep/real/file.txt");
    EXPECT_EQ(read_file(plain_path(top() / "work/link/../file.txt")), read_file(top() / "work/link/../file.txt"));
}

TEST_F(PlainPath, KeepsALinkThatNothingGoesUpFrom) {
    EXPECT_EQ(plain_path(top() / "work/./link//x/../y"), top() / "work/link/y");
}

TEST_F(PlainPath, OfWhatIsNotThereGoesByItsText) {
    EXPECT_EQ(plain_path(top() / "nope/../work/file.txt"), top() / "work/file.txt");
    EXPECT_EQ(plain_path("nope/../../x"), "../x");
    EXPECT_EQ(plain_path("nope/.."), ".");
    EXPECT_EQ(plain_path("/../x"), "/x");
    EXPECT_EQ(plain_path(""), "");
}

TEST_F(PlainPath, KeepsTheSlashThatOnlyAFolderCanHave) {
    EXPECT_EQ(plain_path(top() / "work/x/../file.txt/").string(), (top() / "work/file.txt/").string());
}

TEST_F(PlainPath, ComesToAnEndWithLinksInALoop) {
    fs::create_symlink("b", top() / "a");
    fs::create_symlink("a", top() / "b");
    EXPECT_EQ(plain_path(top() / "a/../x"), top() / "x");
}

}  // namespace
}  // namespace crib
