// crib run --locked, crib matrix --locked: what is asked for must be there before anything is begun.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/cli/commands.h"
#include "harness/scenario/lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Locked : public ::testing::Test {
protected:
    template <typename Command>
    std::string refusal(const Command& command) {
        try {
            (void)execute(services, command);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
            return std::string(error.what()) + " / " + error.hint();
        }
        return "not refused";
    }

    TempFolder folder{fs::temp_directory_path(), "crib-test"};
    Output output;
    Services services{CRIB_SOURCE_DIR, (folder.path() / "state").string(), "/nowhere/crib", output};
};

TEST_F(Locked, ARunWithoutALockFileIsRefused) {
    RunCommand command;
    command.file = CRIB_SOURCE_DIR "/scenarios/two-node.json";
    command.locked = true;
    command.lock = (folder.path() / "mine.lock.json").string();
    EXPECT_THAT(refusal(command), HasSubstr("mine.lock.json: there is no such lock file / make it: crib lock"));
    EXPECT_FALSE(fs::exists(folder.path() / "state" / "runs")) << "nothing was begun";
}

TEST_F(Locked, AMatrixWithoutALockFileOfEachCellIsRefused) {
    const auto file = (folder.path() / "versions.json").string();
    write_file(file, R"({"extends": ")" CRIB_SOURCE_DIR R"(/scenarios/two-node.json",
                        "matrix": {"axes": {"os": ["debian-12", "debian-13"]}},
                        "mutations": [{"set": {"RUNTIME": "runc"}}]})");
    MatrixCommand command;
    command.file = file;
    command.locked = true;
    EXPECT_THAT(refusal(command), HasSubstr("versions.locks/debian-12.lock.json: there is no such lock file"));
    EXPECT_FALSE(fs::exists(folder.path() / "state" / "matrices")) << "nothing was begun";
}

TEST_F(Locked, ALockOfCellsIsOfAScenarioWithAMatrix) {
    LockCommand command;
    command.file = CRIB_SOURCE_DIR "/scenarios/two-node.json";
    command.cells = true;
    EXPECT_THAT(refusal(command), HasSubstr("this scenario has no matrix"));
}

TEST_F(Locked, ALockOfAComponentIsFromTheSourceThatIsNamed) {
    LockCommand command;
    command.file = CRIB_SOURCE_DIR "/scenarios/two-node.json";
    command.components = {"kubernetes=nowhere"};
    EXPECT_THAT(refusal(command), HasSubstr("nowhere"));
}

}  // namespace
}  // namespace crib::cli
