// SIGKILL of crib at any moment of a save, a rewind or a restore: the store stays whole, and the cluster is usable or
// cleanly gone.

#include "harness/base/file.h"
#include "harness/base/folders.h"
#include "harness/process/boost_runner.h"
#include "tests/vm/cluster/real_runs.h"
#include "tests/vm/kill/killing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace crib::vm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kKills = 50;
// As long as the longest of the three takes for one node without Kubernetes, on the machines seen so far.
constexpr auto kLongest = 7000ms;

class KilledSaving : public RealRuns {
protected:
    void SetUp() override {
        use_own_checkpoints();
        make_cluster();
    }

    void TearDown() override {
        (void)program_.run({"down", run_});
        (void)program_.run({"cache", "rm", saved()});
        RealRuns::TearDown();
    }

    // All the store is read after each kill: only what this test saves is to be in it.
    void use_own_checkpoints() {
        namespace fs = std::filesystem;
        const auto own = program_.folder() / "cache" / "crib";
        make_folder(own);
        for (const auto& entry : fs::directory_iterator(find_folders(CRIB_SOURCE_DIR, "").cache)) {
            const auto name = entry.path().filename();
            if (name != "checkpoints") fs::create_directory_symlink(entry.path(), own / name);
        }
        program_.set("XDG_CACHE_HOME", own.parent_path().string());
    }

    void make_cluster() {
        const auto run = program_.run({"run", "--keep", "--until", "os-ready", scenario_});
        ASSERT_EQ(run.exit_code, 0);
        run_ = run_id_of(run.text);
        ASSERT_EQ(program_.run({"checkpoint", run_, saved()}).exit_code, 0);
    }

    [[nodiscard]] std::string saved() const { return "saved-of-" + run_; }
    [[nodiscard]] std::string killed() const { return "killed-" + std::to_string(saves_) + "-of-" + run_; }

    [[nodiscard]] std::vector<std::string> some_work(std::mt19937& random) const {
        switch (random() % 3) {
            case 0:
                return {"checkpoint", run_, killed()};
            case 1:
                return {"rewind", run_, saved()};
            default:
                return {"restore", saved(), "--as", "restored"};
        }
    }

    // What a killed restore had begun goes with crib gc; one that was quicker than the kill is ended.
    void end_restored() {
        for (const auto& entry : std::filesystem::directory_iterator(program_.runs())) {
            const auto id = entry.path().filename().string();
            if (id.starts_with("restored")) (void)program_.run({"down", id});
        }
    }

    void expect_usable_or_gone() {
        if (program_.run({"ssh", run_, "master", "--", "true"}).exit_code == 0) return;
        // A way back that was cut off between the old machines and the new ones can be gone again.
        if (program_.run({"rewind", run_, saved()}).exit_code == 0) {
            EXPECT_EQ(program_.run({"ssh", run_, "master", "--", "true"}).exit_code, 0);
            return;
        }
        EXPECT_THAT(processes_with(run_), IsEmpty()) << "neither usable nor gone";
        ASSERT_NO_FATAL_FAILURE(make_cluster());
    }

    const std::string scenario_ = std::string(CRIB_SOURCE_DIR) + "/tests/benchmark/one-node.json";
    std::string run_;
    int saves_ = 0;
};

TEST_F(KilledSaving, AtAnyMomentLeavesAWholeStoreAndAClusterThatIsUsableOrGone) {
    std::mt19937 random(20261125);
    std::uniform_int_distribution<int> instant(0, static_cast<int>(kLongest.count()));
    process::BoostRunner runner;
    for (int i = 0; i < kKills && !HasFailure(); ++i) {
        const auto work = some_work(random);
        const std::chrono::milliseconds after{instant(random)};
        start_and_kill(runner, program_, work, after);
        std::cout << i << ": crib " << work.front() << " killed after " << after.count() << " ms" << std::endl;
        EXPECT_EQ(program_.run({"gc"}).exit_code, 0);
        const auto verified = program_.run({"cache", "verify"});
        EXPECT_EQ(verified.exit_code, 0) << "damaged checkpoints";
        EXPECT_THAT(verified.text, HasSubstr(", 0 damaged"));
        end_restored();
        expect_usable_or_gone();
        // The one that the cluster stands on stays, with its name.
        (void)program_.run({"cache", "rm", killed()});
        ++saves_;
    }
}

}  // namespace
}  // namespace crib::vm
