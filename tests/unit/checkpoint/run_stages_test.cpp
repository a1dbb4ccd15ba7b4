#include "harness/checkpoint/run_stages.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::checkpoint {
namespace {

using testing::HasSubstr;

class ARunsStages : public testing::Test {
protected:
    static RunStages example() {
        const auto chain = extend(extend({}, "os-ready", {text("cpu model", "Nehalem")}), "runtime-ready",
                                  {content("script", "apt-get", "15.sh")});
        return {{{chain[0], true, false, ""}, {chain[1], false, true, "script differs"}}};
    }
    TempFolder folder_{std::filesystem::temp_directory_path()};
    std::filesystem::path file_ = folder_.path() / "checkpoints.json";
};

TEST_F(ARunsStages, AreReadAsTheyWereWritten) {
    write_run_stages(file_, example());
    EXPECT_EQ(read_run_stages(file_).stages, example().stages);
    EXPECT_TRUE(is_consistent(read_run_stages(file_).chain("runtime-ready")));
    EXPECT_EQ(read_run_stages(file_).chain("os-ready").size(), 1U);
}

TEST_F(ARunsStages, AreShapedForOtherReadersToo) {
    write_run_stages(file_, example());
    EXPECT_THAT(read_file(file_), HasSubstr("\"hit\": true"));
    EXPECT_THAT(read_file(file_), HasSubstr("\"cpu model\",\n          \"Nehalem\""));
}

TEST_F(ARunsStages, NameTheStagesThereAreForAnUnknownOne) {
    try {
        (void)example().chain("joined");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), HasSubstr("os-ready, runtime-ready"));
    }
}

TEST_F(ARunsStages, NameTheFileThatIsNotOne) {
    for (const auto* text : {"", "[]", "{}", R"({"stages": [{"stage": 1}]})"}) {
        write_file(file_, text);
        try {
            (void)read_run_stages(file_);
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << "the user named the run";
            EXPECT_THAT(error.what(), HasSubstr("checkpoints.json"));
        }
    }
}

// Each took many times the memory of its text.
TEST_F(ARunsStages, RefuseVeryManyEmptyValuesBeforeTheyAreAllHeld) {
    std::string text = R"({"stages": [[])";
    for (int i = 0; i < 300'000; ++i) text += ",[]";
    write_file(file_, text + "]}");
    try {
        (void)read_run_stages(file_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("it has more than 200000 values"));
    }
}

}  // namespace
}  // namespace crib::checkpoint
