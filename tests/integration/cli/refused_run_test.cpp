// `crib run` of what is no good scenario: one error that names the file, exit 2, and nothing is started or left.

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ARefusedRun : public testing::Test {
protected:
    // Expects exit 2 and no run's folder; what was said.
    std::string refusal_of(std::vector<std::string> words) {
        process::Command command;
        command.program = CRIB_PROGRAM;
        command.args = {"run"};
        command.args.insert(command.args.end(), words.begin(), words.end());
        command.cwd = folder_.path();
        command.env = {{"CRIB_SOURCE", CRIB_SOURCE_DIR},
                       {"XDG_STATE_HOME", state().string()},
                       {"XDG_CACHE_HOME", (folder_.path() / "cache").string()}};
        const auto result = runner_.run(command, Context::with_clock(clock_));
        EXPECT_EQ(result.how_it_ended(), "exited with 2") << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_FALSE(fs::exists(state()));
        return result.err;
    }

    std::string refusal_of_text(const std::string& text) {
        write_file(folder_.path() / "mine.json", text);
        return refusal_of({"mine.json"});
    }

    // A good one-node scenario with something put in place of something else.
    static std::string changed(const std::string& from, const std::string& to) {
        auto text = read_file(fs::path(CRIB_SOURCE_DIR) / "tests" / "benchmark" / "one-node.json");
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return text.replace(at, from.size(), to);
    }

    [[nodiscard]] fs::path state() const { return folder_.path() / "state"; }

    TempFolder folder_{fs::temp_directory_path()};
    SystemClock clock_;
    process::BoostRunner runner_;
};

TEST_F(ARefusedRun, NamesAFileThatIsNotThere) {
    EXPECT_THAT(refusal_of({"none.json"}), StartsWith("crib: none.json: there is no such file"));
}

TEST_F(ARefusedRun, ShowsWhereJsonIsBroken) {
    EXPECT_THAT(refusal_of_text(changed("},", "}")), HasSubstr("mine.json:6:9: not valid JSON"));
}

TEST_F(ARefusedRun, ShowsTheByteThatIsNoUtf8) {
    EXPECT_THAT(refusal_of_text(changed("calibration", "calibr\xff")), HasSubstr("byte 0xff is not UTF-8"));
}

TEST_F(ARefusedRun, DoesNotReadAHundredMegabytes) {
    const auto file = folder_.path() / "mine.json";
    write_file(file, "{");
    fs::resize_file(file, 100'000'000);
    EXPECT_THAT(refusal_of({"mine.json"}), HasSubstr("too large for a scenario"));
}

TEST_F(ARefusedRun, OffersTheNearestKeySystemAndVersion) {
    EXPECT_THAT(refusal_of_text(changed("\"nodes\"", "\"nodez\"")), HasSubstr("did you mean \"nodes\"?"));
    EXPECT_THAT(refusal_of_text(changed("debian-13", "debain-13")), HasSubstr("did you mean \"debian-13\"?"));
    EXPECT_THAT(refusal_of_text(changed("\"kubernetes\": \"1.36.3\"", "\"kubernetes\": \"1.99.0\"")),
                HasSubstr("$.versions.kubernetes"));
}

TEST_F(ARefusedRun, ToldOfTooLittleMemoryOrNoControlPlane) {
    EXPECT_THAT(refusal_of_text(changed("2300MiB", "900MiB")), HasSubstr("kubeadm's minimum"));
    EXPECT_THAT(refusal_of_text(changed("control-plane", "worker")), HasSubstr("control plane"));
}

TEST_F(ARefusedRun, NamesTheFlagThatIsWrong) {
    write_file(folder_.path() / "mine.json", changed("one-node", "mine"));
    EXPECT_THAT(refusal_of({"mine.json", "--until", "redy"}), HasSubstr("--until"));
    EXPECT_THAT(refusal_of({"mine.json", "--set", "nodez=1"}), HasSubstr("--set"));
    EXPECT_THAT(refusal_of({"mine.json", "--accel", "fast"}), HasSubstr("--accel"));
}

}  // namespace
}  // namespace crib::cli
