#include "harness/base/temporary_folder.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace crib {
namespace {

using ::testing::HasSubstr;

class FolderForTemporaryFiles : public ::testing::Test {
protected:
    FolderForTemporaryFiles() {
        if (const char* value = std::getenv("TMPDIR")) before_ = value;
    }
    ~FolderForTemporaryFiles() override {
        ::unsetenv("TMPDIR");
        if (before_) ::setenv("TMPDIR", before_->c_str(), 1);
    }
    static std::string refusal_of(const std::string& named) {
        ::setenv("TMPDIR", named.c_str(), 1);
        try {
            return "taken: " + temporary_folder().string();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
    }

    TempFolder folder_{std::filesystem::temp_directory_path()};

private:
    std::optional<std::string> before_;
};

TEST_F(FolderForTemporaryFiles, IsTheOneThatTheUserNames) {
    ::setenv("TMPDIR", folder_.path().c_str(), 1);
    EXPECT_EQ(temporary_folder(), folder_.path());
}

TEST_F(FolderForTemporaryFiles, IsTheUsualOneWhenNoneIsNamed) {
    ::unsetenv("TMPDIR");
    EXPECT_EQ(temporary_folder(), "/tmp");
    ::setenv("TMPDIR", "", 1);
    EXPECT_EQ(temporary_folder(), "/tmp");
}

TEST_F(FolderForTemporaryFiles, IsRefusedByNameWhenItIsNone) {
    write_file(folder_.path() / "file", "");
    EXPECT_EQ(refusal_of((folder_.path() / "none").string()),
              "temporary files belong in " + (folder_.path() / "none").string() + ", which is not a folder");
    EXPECT_THAT(refusal_of((folder_.path() / "file").string()), HasSubstr("which is not a folder"));
    EXPECT_THAT(refusal_of("tmp"), HasSubstr("tmp, which is not an absolute path"));
}

}  // namespace
}  // namespace crib
