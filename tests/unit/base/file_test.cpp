#include "harness/base/file.h"

#include "harness/base/error.h"
#include "harness/base/lock.h"
#include "harness/base/owned_folder.h"
#include "tests/support/plain_rights.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

namespace crib {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class File : public testing::Test {
protected:
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(folder_.path())) found.push_back(entry.path().filename());
        return found;
    }
    TempFolder folder_{fs::temp_directory_path()};
    fs::path path_ = folder_.path() / "file";
};

std::string error_of(const std::function<void()>& body) {
    try {
        body();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        return error.what();
    }
    return "no error";
}

TEST_F(File, IsReadBackAsItWasWritten) {
    const std::string text("a\0b\nc", 5);
    write_file(path_, text);
    EXPECT_EQ(read_file(path_), text);
    EXPECT_THAT(names(), testing::ElementsAre("file"));
}

TEST_F(File, HasTheRightsAskedForWhateverTheUmask) {
    const auto before = ::umask(077);
    write_file(path_, "x", 0644);
    write_file(folder_.path() / "key", "x", 0600);
    ::umask(before);
    EXPECT_EQ(fs::status(path_).permissions(), static_cast<fs::perms>(0644));
    EXPECT_EQ(fs::status(folder_.path() / "key").permissions(), static_cast<fs::perms>(0600));
}

TEST_F(File, IsNeverSeenHalfWritten) {
    const std::string one(100'000, '1');
    const std::string two(100'000, '2');
    write_file(path_, one);
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        for (int i = 0; i < 20; ++i) write_file(path_, i % 2 == 0 ? two : one);
        stop = true;
    });
    while (!stop) {
        const auto text = read_file(path_);
        EXPECT_TRUE(text == one || text == two);
    }
    writer.join();
}

TEST_F(File, LeavesNothingBehindWhenItCannotBeWritten) {
    fs::create_directory(path_);
    write_file(path_ / "inside", "x");  // a folder with something in it cannot be replaced by a file
    EXPECT_THAT(error_of([&] { write_file(path_, "x"); }), HasSubstr("cannot write " + path_.string()));
    EXPECT_THAT(names(), testing::ElementsAre("file"));
}

TEST_F(File, IsNamedWhenTheDiskIsFull) {
    const fs::path full = "/dev/full";
    if (!fs::exists(full)) GTEST_SKIP() << "no /dev/full here";
    try {
        append_file(full, "x");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::StartsWith("writing full: the disk of /dev is full ("));
        EXPECT_THAT(error.hint(), HasSubstr("free some room"));
        EXPECT_THAT(error.hint(), HasSubstr("--state"));
    }
}

TEST_F(File, ThatMayNotBeWrittenGetsAHintOfRightsAndNotOfRoom) {
    make_folder(path_, 0500);
    const test::PlainRights rights;
    const std::map<std::string, std::function<void()>> ways{
        {"write", [&] { write_file(path_ / "x", "x"); }},
        {"append", [&] { append_file(path_ / "x", "x"); }},
        {"folder", [&] { make_folder(path_ / "x"); }},
        {"temporary folder", [&] { const TempFolder folder(path_); }},
        {"owned folder", [&] { (void)make_owned_folder(path_, "a", "run"); }},
        {"lock", [&] { (void)FileLock::try_take(path_ / "x"); }},
    };
    for (const auto& [way, use] : ways) {
        try {
            use();
            ADD_FAILURE() << way << ": no error";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::environment) << way;
            EXPECT_THAT(error.what(), HasSubstr("Permission denied")) << way;
            EXPECT_THAT(error.hint(), HasSubstr("what its rights are")) << way;
        }
    }
}

TEST_F(File, IsRefusedAboveTheLimit) {
    write_file(path_, "12345");
    EXPECT_EQ(read_file(path_, 5), "12345");
    EXPECT_THAT(error_of([&] { (void)read_file(path_, 4); }), HasSubstr("larger than the 4 bytes"));
}

TEST_F(File, IsNamedWhenItIsNotThere) {
    EXPECT_THAT(error_of([&] { (void)read_file(path_); }), HasSubstr(path_.string() + ": No such file"));
}

TEST_F(File, GrowsByAppending) {
    append_file(path_, "a\n");
    append_file(path_, "b\n");
    EXPECT_EQ(read_file(path_), "a\nb\n");
}

TEST_F(File, ShowsItsTail) {
    EXPECT_EQ(read_tail(path_, 4), "");
    write_file(path_, "123456");
    EXPECT_EQ(read_tail(path_, 4), "3456");
    EXPECT_EQ(read_tail(path_, 40), "123456");
}

TEST_F(File, WithoutAnEndIsReadNoFurtherThanAsked) {
    const fs::path endless = "/proc/self/pagemap";
    if (!fs::exists(endless)) GTEST_SKIP() << "no such file here";
    EXPECT_EQ(read_tail(endless, 32).size(), 32U);
    EXPECT_THAT(error_of([&] { (void)read_file(endless, 1U << 20U); }), HasSubstr("larger than the 1048576 bytes"));
}

TEST_F(File, FoldersAreMadeWithTheirParents) {
    const auto deep = folder_.path() / "a" / "b";
    make_folder(deep, 0700);
    make_folder(deep, 0700);
    EXPECT_EQ(fs::status(deep).permissions(), fs::perms::owner_all);
    write_file(path_, "x");
    EXPECT_THAT(error_of([&] { make_folder(path_ / "under-a-file"); }), HasSubstr("under-a-file"));
}

TEST_F(File, ReadOnlyFoldersAreRemovedToo) {
    const auto module = folder_.path() / "mod";
    make_folder(module / "deep");
    write_file(module / "deep" / "go.mod", "x", 0444);
    fs::permissions(module / "deep", static_cast<fs::perms>(0555));
    fs::permissions(module, static_cast<fs::perms>(0555));
    EXPECT_TRUE(remove_all_quietly(module));
    EXPECT_FALSE(fs::exists(module));
    EXPECT_TRUE(remove_all_quietly(module));
}

TEST_F(File, RemovingDoesNotFollowLinks) {
    const auto kept = folder_.path() / "kept";
    make_folder(kept);
    write_file(kept / "file", "x");
    make_folder(folder_.path() / "gone");
    fs::create_directory_symlink(kept, folder_.path() / "gone" / "link");
    EXPECT_TRUE(remove_all_quietly(folder_.path() / "gone"));
    EXPECT_EQ(read_file(kept / "file"), "x");
}

TEST_F(File, IsBelowAFolderByItsWholeNames) {
    EXPECT_TRUE(is_below("/a/b/c", "/a/b"));
    EXPECT_TRUE(is_below("/a/b", "/a/b"));
    EXPECT_FALSE(is_below("/a/bc", "/a/b"));
    EXPECT_FALSE(is_below("/a", "/a/b"));
}

TEST_F(File, TellsWhenItWasChanged) {
    EXPECT_FALSE(changed_at(path_));
    write_file(path_, "x");
    const auto when = WallTime{std::chrono::seconds{1'700'000'000} + std::chrono::milliseconds{7}};
    set_changed_at(path_, when);
    EXPECT_EQ(changed_at(path_), when);
    fs::create_symlink("nowhere", folder_.path() / "link");
    EXPECT_TRUE(changed_at(folder_.path() / "link"));
}

TEST_F(File, LiesInTheFolderThatItsPathNames) {
    EXPECT_EQ(containing_folder("/a/b"), "/a");
    EXPECT_EQ(containing_folder("a/b"), "a");
    EXPECT_EQ(containing_folder("/b"), "/");
    EXPECT_EQ(containing_folder("b"), ".");
}

TEST_F(File, FreeSpaceIsKnownForAPathThatIsYetToBeMade) {
    EXPECT_GT(free_disk_bytes(folder_.path() / "not" / "yet"), 0U);
}

TEST(TemporaryFolder, IsRemovedWithItsContent) {
    fs::path path;
    {
        const TempFolder folder(fs::temp_directory_path(), "crib-test");
        path = folder.path();
        EXPECT_THAT(path.filename().string(), testing::StartsWith("crib-test-"));
        write_file(path / "x", "x");
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, StaysWhenKept) {
    fs::path path;
    {
        TempFolder folder(fs::temp_directory_path());
        path = folder.path();
        folder.keep();
    }
    EXPECT_TRUE(fs::exists(path));
    fs::remove_all(path);
}

TEST(TemporaryFolder, MovesWithItsOwner) {
    TempFolder folder(fs::temp_directory_path());
    const auto path = folder.path();
    {
        const TempFolder owner(std::move(folder));
        EXPECT_TRUE(fs::exists(path));
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST(Descriptor, IsClosedOnceWithItsOwner) {
    int number = -1;
    {
        UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        number = fd.get();
        const UniqueFd owner(std::move(fd));
        EXPECT_TRUE(owner.valid());
    }
    EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST(Descriptor, CanBeGivenAway) {
    UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int number = fd.release();
    EXPECT_FALSE(fd.valid());
    EXPECT_EQ(::close(number), 0);
}

}  // namespace
}  // namespace crib
