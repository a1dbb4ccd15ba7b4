// What the system refuses is told as such, and not as a bug in crib.

#include "harness/base/system_error.h"

#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>

namespace crib {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

TEST(AnException, OfTheFileSystemIsAFaultOfTheMachineWithThePath) {
    const auto told =
        error_of(fs::filesystem_error("cannot", "/a/b", std::make_error_code(std::errc::no_space_on_device)));
    EXPECT_EQ(told.kind(), ErrorKind::environment);
    EXPECT_STREQ(told.what(), "cannot use /a/b: No space left on device");
    EXPECT_THAT(told.hint(), HasSubstr("--state"));
}

TEST(AnException, OfTheSystemOrOfMemoryIsAFaultOfTheMachine) {
    const auto files = error_of(std::system_error(EMFILE, std::generic_category(), "pipe"));
    EXPECT_EQ(files.kind(), ErrorKind::environment);
    EXPECT_STREQ(files.what(), "too many files are open");
    EXPECT_THAT(files.hint(), HasSubstr("ulimit -n"));
    EXPECT_EQ(error_of(std::bad_alloc()).kind(), ErrorKind::environment);
    EXPECT_STREQ(error_of(std::bad_alloc()).what(), "out of memory");
}

TEST(ARefusal, IsOfTheMachineOrOfThePath) {
    for (const int number : {EMFILE, ENFILE, ENOMEM, EAGAIN, ENOSPC, EDQUOT, EIO, ESTALE}) {
        EXPECT_TRUE(is_of_the_machine(number)) << std::strerror(number);
        EXPECT_FALSE(hint_for(number).empty()) << std::strerror(number);
    }
    for (const int number : {0, ENOENT, EACCES, EPERM, ENOTDIR, EISDIR, ELOOP, EROFS, ENAMETOOLONG}) {
        EXPECT_FALSE(is_of_the_machine(number)) << std::strerror(number);
    }
}

TEST(ARefusal, HasTheHintOfItsOwnNumber) {
    EXPECT_THAT(hint_for(ENOSPC), HasSubstr("free some room"));
    for (const int number : {EACCES, EPERM, EROFS, EMFILE, EIO, ENOENT}) {
        EXPECT_THAT(hint_for(number), testing::Not(HasSubstr("room"))) << std::strerror(number);
    }
    EXPECT_THAT(hint_for(EACCES), HasSubstr("rights"));
    EXPECT_THAT(hint_for(EROFS), HasSubstr("read-only"));
    EXPECT_EQ(hint_for(ENOENT), "") << "its own words say enough";
    const auto closed =
        error_of(fs::filesystem_error("cannot", "/a", std::make_error_code(std::errc::permission_denied)));
    EXPECT_THAT(closed.hint(), HasSubstr("rights"));
    EXPECT_THAT(error_of(std::system_error(EMFILE, std::system_category())).hint(), HasSubstr("ulimit -n"));
}

TEST(AnException, OfCribIsAsItWas) {
    const auto told = error_of(Error(ErrorKind::usage, "what", "hint"));
    EXPECT_EQ(told.kind(), ErrorKind::usage);
    EXPECT_STREQ(told.what(), "what");
    EXPECT_EQ(told.hint(), "hint");
}

TEST(AnException, ThatNothingOutsideExplainsIsABug) {
    const auto told = error_of(std::out_of_range("at()"));
    EXPECT_EQ(told.kind(), ErrorKind::internal);
    EXPECT_STREQ(told.what(), "a bug in crib: at()");
}

TEST(ARelativePath, IsRefusedInAFolderThatIsGone) {
    const auto before = fs::current_path();
    EXPECT_EQ(absolute_path("x"), before / "x");
    {
        const TempFolder folder(fs::temp_directory_path());
        fs::current_path(folder.path());
    }
    try {
        (void)absolute_path("x");
        ADD_FAILURE() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), StartsWith("x: the current folder"));
    }
    EXPECT_EQ(absolute_path("/x"), "/x");
    EXPECT_THROW(require_current_folder(), Error);
    fs::current_path(before);
    EXPECT_NO_THROW(require_current_folder());
}

}  // namespace
}  // namespace crib
