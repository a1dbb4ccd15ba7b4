// Clusters that were kept, and whose machines have ended all the same: their host was restarted, or going back to a
// checkpoint was cut off.

#include "harness/base/file.h"
#include "harness/engine/run_store.h"
#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AHaltedRun : public testing::Test {
protected:
    void SetUp() override {
        engine::RunStore runs({folder_.path() / "cache" / "crib", folder_.path() / "state" / "crib", folder_.path()});
        auto created = runs.create("two-node", clock_);
        created.info.outcome = "passed";
        created.info.kept = true;
        created.info.nodes = {{"master", "control-plane", "192.168.76.11", "crib-" + created.info.id + "-master", 4022},
                              {"worker", "worker", "192.168.76.12", "crib-" + created.info.id + "-worker", 4023}};
        runs.save(created.info);
        run_ = created.info.id;
    }

    process::Result crib(std::vector<std::string> words) {
        process::Command command;
        command.program = CRIB_PROGRAM;
        command.args = std::move(words);
        command.env = {{"CRIB_SOURCE", CRIB_SOURCE_DIR},
                       {"XDG_STATE_HOME", (folder_.path() / "state").string()},
                       {"XDG_CACHE_HOME", (folder_.path() / "cache").string()}};
        return runner_.run(command, Context::with_clock(clock_));
    }

    TempFolder folder_{fs::temp_directory_path()};
    SystemClock clock_;
    process::BoostRunner runner_;
    std::string run_;
};

TEST_F(AHaltedRun, IsListedAsSuchWithTheWaysOn) {
    const auto listed = crib({"ls"});
    EXPECT_TRUE(listed.ok()) << listed.err;
    EXPECT_THAT(listed.out, AllOf(HasSubstr(run_ + " is halted: master and worker do not run any more; crib rewind " +
                                            run_ + " STAGE|NAME"),
                                  Not(HasSubstr("kept"))));
}

TEST_F(AHaltedRun, IsNotReachedOverPortsThatMayBeAnotherOnes) {
    for (const auto& words :
         {std::vector<std::string>{"ssh", run_, "worker"}, {"kubectl", run_, "--", "get", "nodes"}}) {
        const auto refused = crib(words);
        EXPECT_EQ(refused.how_it_ended(), "exited with 2");
        EXPECT_THAT(refused.err, HasSubstr("run " + run_ + " is halted: master and worker do not run any more"));
    }
}

}  // namespace
}  // namespace crib::cli
