#include "harness/cli/files_as_read.h"

#include "harness/base/file.h"
#include "harness/base/sha256.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace crib::cli {
namespace {

class FilesOfAMatrix : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    std::string scenario = (folder.path() / "m.json").string();
    std::string script = (folder.path() / "s.sh").string();
    FilesAsRead files;

    void SetUp() override {
        write_file(scenario, "{}");
        write_file(script, "true");
        EXPECT_TRUE(files.add({{scenario, sha256_hex("{}")}, {script, sha256_hex("true")}}));
    }
};

TEST_F(FilesOfAMatrix, AreStillTheSame) {
    EXPECT_EQ(files.first_changed({{scenario, {}}, {script, {}}}), std::nullopt);
    EXPECT_EQ(files.first_changed({}), std::nullopt);
}

TEST_F(FilesOfAMatrix, AreNamedWhereTheyHaveChangedOrAreGone) {
    write_file(script, "false");
    EXPECT_EQ(files.first_changed({{scenario, {}}, {script, {}}}), script);
    EXPECT_EQ(files.first_changed({}), script);
    EXPECT_EQ(files.first_changed({{scenario, {}}}), std::nullopt) << "it is nothing to this cell";
    std::filesystem::remove(scenario);
    EXPECT_EQ(files.first_changed({{scenario, {}}}), scenario);
}

// Cells that are planned later read the file again.
TEST_F(FilesOfAMatrix, AreMeantAsTheyWereFirst) {
    write_file(script, "false");
    EXPECT_FALSE(files.add({{script, sha256_hex("false")}})) << "so these cells are not as the others";
    EXPECT_TRUE(files.add({{script, sha256_hex("true")}, {"another", "x"}}));
    EXPECT_EQ(files.first_changed({{script, sha256_hex("false")}}), script);
}

}  // namespace
}  // namespace crib::cli
