// crib run --locked, crib matrix --locked: what is asked for must be there before anything is begun.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/cli/commands.h"
#include "harness/scenario/lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

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
    EXPECT_THAT(refusal(command),
                HasSubstr("mine.lock.json: there is no such lock file / make it: " +
                          services.folders.next_command("lock", {command.file}, {"-o", command.lock})));
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
    EXPECT_THAT(refusal(command),
                HasSubstr("versions.locks/debian-12.lock.json: there is no such lock file / make it: " +
                          services.folders.next_command("lock", {file}, {"--cells"})));
    command.only = {"os=debian-12"};
    EXPECT_THAT(refusal(command), HasSubstr("--cells --only os=debian-12")) << "of no more cells than are to run";
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

TEST_F(Locked, NothingIsWaitedForThatIsNoLockFile) {
    const auto pipe = folder.path() / "ff";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    LockCommand diff;
    diff.diff = {pipe.string(), pipe.string()};
    EXPECT_THAT(refusal(diff), HasSubstr("ff: is a FIFO, not a regular file"));
    diff.diff = {"/dev/zero", "/dev/zero"};
    EXPECT_THAT(refusal(diff), HasSubstr("/dev/zero: is a device, not a regular file"));
    RunCommand run;
    run.file = CRIB_SOURCE_DIR "/scenarios/two-node.json";
    run.locked = true;
    run.lock = pipe.string();
    EXPECT_THAT(refusal(run), HasSubstr("ff: is a FIFO"));
    write_file(folder.path() / "large.lock.json", std::string((4U << 20U) + 1, ' '));
    diff.diff = std::vector(2, (folder.path() / "large.lock.json").string());
    EXPECT_THAT(refusal(diff), HasSubstr("is too large for a lock file: 4 MiB, at most 4 MiB"));
}

TEST_F(Locked, WhereALockCannotBeWrittenIsToldBeforeAnythingIsBuilt) {
    const auto file = folder.path() / "mine.json";
    const std::string scenario = R"({"extends": ")" CRIB_SOURCE_DIR R"(/scenarios/two-node.json"})";
    write_file(file, scenario);
    write_file(folder.path() / "package.json", R"({"name": "web"})");
    write_file(folder.path() / "notes.txt", "mine");
    write_file(folder.path() / "closed.lock.json", "{}", 0444);
    LockCommand command;
    command.file = file.string();
    const auto at = [&](const std::string& name) {
        command.output = (folder.path() / name).string();
        return refusal(command);
    };
    EXPECT_THAT(at(""), HasSubstr("it is a folder"));
    EXPECT_THAT(at("none/x.json"), HasSubstr("there is no folder"));
    EXPECT_THAT(at("closed.lock.json"), HasSubstr("it is read-only"));
    for (const auto* name : {"mine.json", "package.json", "notes.txt"}) {
        EXPECT_THAT(at(name), HasSubstr("is no lock file of crib, and is not overwritten")) << name;
    }
    EXPECT_EQ(read_file(file), scenario);
    EXPECT_FALSE(fs::exists(folder.path() / "state" / "cache")) << "nothing was built";
}

// The public servers are not asked instead of those that were named.
TEST_F(Locked, MirrorsThatAreNotThereAreToldByAllThatMayFetch) {
    const std::string file = CRIB_SOURCE_DIR "/scenarios/two-node.json";
    RunCommand run;
    run.file = file;
    LockCommand lock;
    lock.file = file;
    MatrixCommand matrix;
    matrix.file = CRIB_SOURCE_DIR "/scenarios/versions.json";
    const auto pipe = folder.path() / "ff";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const std::map<fs::path, std::string> unfit{
        {folder.path() / "none.json", "there is no such file"}, {folder.path(), "is a folder"}, {pipe, "is a FIFO"}};
    for (const auto& [mirrors, why] : unfit) {
        services.folders.mirrors = mirrors;
        const auto told = HasSubstr("the mirrors: " + mirrors.string() + ": " + why);
        EXPECT_THAT(refusal(run), told);
        EXPECT_THAT(refusal(lock), told);
        EXPECT_THAT(refusal(matrix), told);
        EXPECT_THAT(refusal(ComponentsCommand{}), told);
        EXPECT_THAT(refusal(ImagesCommand{}), told);
    }
    EXPECT_FALSE(fs::exists(folder.path() / "state"));
}

TEST_F(Locked, ACaptureThatCannotBeWrittenIsToldBeforeTheRun) {
    RunCommand command;
    command.file = CRIB_SOURCE_DIR "/scenarios/two-node.json";
    command.capture = folder.path().string();
    EXPECT_THAT(refusal(command), HasSubstr("it is a folder"));
    command.capture = (folder.path() / "none/all.pcap").string();
    EXPECT_THAT(refusal(command), HasSubstr("there is no folder"));
    command.capture = (folder.path() / "notes.txt").string();
    write_file(command.capture, "mine");
    EXPECT_THAT(refusal(command), HasSubstr("notes.txt is there, is no pcap file, and is not overwritten"));
    EXPECT_EQ(read_file(command.capture), "mine");
    EXPECT_FALSE(fs::exists(folder.path() / "state" / "runs"));
}

TEST_F(Locked, AScriptThatIsNoShellIsToldBeforeAnythingIsBuilt) {
    RunCommand run;
    run.file = CRIB_SOURCE_DIR "/tests/data/scenarios/refused/shell-open-if.json";
    EXPECT_THAT(refusal(run),
                HasSubstr("shell-open-if.json:3:57: $.mutations[0].run: the script, line 4 is not shell"));
    LockCommand lock;
    lock.file = run.file;
    EXPECT_THAT(refusal(lock), HasSubstr("is not shell"));
    EXPECT_FALSE(fs::exists(folder.path() / "state" / "runs")) << "nothing was begun";
}

TEST_F(Locked, ACheckoutThatIsNotNamedIsTold) {
    RunCommand run;
    run.file = CRIB_SOURCE_DIR "/scenarios/two-node.json";
    run.sets = {"components.cri-o=local:"};
    EXPECT_THAT(refusal(run), HasSubstr("\"local:\" names no checkout"));
    run.sets = {};
    run.components = {"cri-o=local:"};
    EXPECT_THAT(refusal(run), HasSubstr("\"local:\" names no checkout"));
    run.components = {};
    run.swaps = {"cri-o=local:"};
    EXPECT_THAT(refusal(run), HasSubstr("\"local:\" names no checkout"));
    EXPECT_THAT(refusal(ComponentsCommand{false, {"cri-o=local:"}}), HasSubstr("\"local:\" names no checkout"));
}

}  // namespace
}  // namespace crib::cli
