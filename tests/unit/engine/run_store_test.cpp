#include "harness/engine/run_store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/engine/reaper.h"
#include "tests/support/manual_clock.h"
#include "tests/support/simulated_hypervisor/simulated_hypervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace crib::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Runs : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-runs"};
    test::ManualClock clock;
    RunStore runs{Folders{folder.path() / "cache", folder.path() / "state", folder.path()}};

    // A run whose crib has ended in some way; `owner` keeps it owned.
    std::string make(const std::string& outcome, bool kept, std::optional<FileLock>* owner = nullptr) {
        auto created = runs.create("two-node", clock);
        created.info.outcome = outcome;
        created.info.kept = kept;
        created.info.nodes = {
            {"master", "control-plane", "192.168.76.11", "crib-" + created.info.id + "-master", 4022}};
        runs.save(created.info);
        if (owner != nullptr) *owner = std::move(created.owner);
        return created.info.id;
    }
};

// The reaper asks for a hypervisor of its own; the simulated machines live on in the shared one.
class Borrowed final : public hypervisor::Hypervisor {
public:
    explicit Borrowed(hypervisor::Hypervisor& other) : other_(other) {}
    void start(const hypervisor::MachineSpec& spec, const Context& context) override { other_.start(spec, context); }
    hypervisor::MachineState state(const std::string& name) override { return other_.state(name); }
    std::string why_stopped(const std::string& name) override { return other_.why_stopped(name); }
    void destroy(const std::string& name) noexcept override { other_.destroy(name); }
    std::vector<std::string> machines_of(const std::string& run_id) override { return other_.machines_of(run_id); }
    std::string describe() override { return other_.describe(); }
    hypervisor::SaveResult save(const std::vector<hypervisor::SaveSpec>& specs, const Context& context) override {
        return other_.save(specs, context);
    }
    void undo_save(const std::vector<hypervisor::SaveSpec>& specs, const Context& context) override {
        other_.undo_save(specs, context);
    }
    void restore(const std::vector<hypervisor::RestoreSpec>& specs, const Context& context) override {
        other_.restore(specs, context);
    }
    void resume(const std::vector<std::string>& names) override { other_.resume(names); }
    std::string version_key(hypervisor::Acceleration acceleration) override { return other_.version_key(acceleration); }

private:
    hypervisor::Hypervisor& other_;
};

class Sweeping : public Runs {
protected:
    test::SimulatedHypervisor hypervisor;
    bool hypervisor_opens = true;
    bool processes_die = true;
    std::vector<std::string> killed;  // folders of runs
    Reaper reaper{runs,
                  [this](const RunInfo&, const RunFolder&) -> std::unique_ptr<hypervisor::Hypervisor> {
                      if (!hypervisor_opens) throw Error(ErrorKind::hypervisor, "libvirt cannot be opened");
                      return std::make_unique<Borrowed>(hypervisor);
                  },
                  [this](const RunFolder& of_run) {
                      killed.push_back(of_run.path.filename());
                      return processes_die;
                  }};

    // With a machine of a daemon's.
    void start_machine_of(const std::string& run) {
        auto info = runs.load(run);
        info.hypervisor_uri = "qemu:///system";
        runs.save(info);
        hypervisor::MachineSpec spec;
        spec.name = "crib-" + run + "-master";
        spec.run_id = run;
        hypervisor.start(spec, Context::with_clock(clock));
    }
};

TEST_F(Runs, AreNamedAfterTheirScenarioAndFoundByAPrefix) {
    const auto id = make("passed", false);
    EXPECT_THAT(id, HasSubstr("two-node-"));
    EXPECT_EQ(runs.load(id.substr(0, 10)).id, id);
    EXPECT_EQ(runs.load(id).nodes.at(0).ssh_port, 4022);
}

TEST_F(Runs, KnowWhatTheyWereToldToChangeInTheirScenario) {
    auto info = runs.load(make("passed", true));
    info.sets = {"versions.flannel=0.28.9"};
    info.swaps = {"cri-o=local:/home/me/cri-o"};
    info.until = "joined";
    runs.save(info);
    EXPECT_EQ(runs.load(info.id).sets, info.sets);
    EXPECT_EQ(runs.load(info.id).swaps, info.swaps);
    EXPECT_EQ(runs.load(info.id).until, "joined");
}

TEST_F(Runs, AreOwnedWhileTheirCribHoldsTheLock) {
    std::optional<FileLock> owner;
    const auto id = make("", false, &owner);
    EXPECT_EQ(runs.load(id).state, RunState::running);
    owner.reset();
    EXPECT_EQ(runs.load(id).state, RunState::orphaned);
}

TEST_F(Runs, ThatEndedAreKeptOrEnded) {
    EXPECT_EQ(runs.load(make("failed", true)).state, RunState::kept);
    EXPECT_EQ(runs.load(make("failed", false)).state, RunState::ended);
}

TEST_F(Runs, WithADamagedRecordAreOrphansWithAName) {
    const auto id = make("passed", false);
    write_file(runs.folder(id).info(), "{\"id\": ");
    ASSERT_THAT(runs.list(), SizeIs(1));
    EXPECT_EQ(runs.list()[0].id, id);
    EXPECT_EQ(runs.list()[0].state, RunState::orphaned);
}

TEST_F(Runs, ThatDoNotExistAreAMistakeWithTheKnownOnes) {
    const auto id = make("passed", false);
    try {
        (void)runs.load("nope");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), HasSubstr(id));
    }
}

TEST_F(Sweeping, RemovesAnOrphanWithItsMachinesAndItsFolder) {
    const auto id = make("", false);
    start_machine_of(id);
    const auto swept = reaper.sweep();
    ASSERT_THAT(swept, SizeIs(1));
    EXPECT_THAT(swept[0].problems, IsEmpty());
    EXPECT_THAT(hypervisor.machines_of(id), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(runs.folder(id).path));
}

TEST_F(Sweeping, LeavesOwnedKeptAndEndedRunsAlone) {
    std::optional<FileLock> owner;
    make("", false, &owner);
    make("passed", true);
    make("passed", false);
    EXPECT_THAT(reaper.sweep(), IsEmpty());
    EXPECT_THAT(runs.list(), SizeIs(3));
}

TEST_F(Sweeping, KillsTheProcessesOfAnEmbeddedHypervisorsMachinesWithoutOpeningIt) {
    hypervisor_opens = false;
    const auto id = make("", false);
    EXPECT_THAT(reaper.sweep().at(0).problems, IsEmpty());
    EXPECT_THAT(killed, testing::ElementsAre(id));
    EXPECT_FALSE(std::filesystem::exists(runs.folder(id).path));
}

TEST_F(Sweeping, DoesNotTakeMachinesOfADaemonThatCannotBeAskedForEnded) {
    hypervisor_opens = false;
    const auto id = make("", false);
    auto run = runs.load(id);
    run.hypervisor_uri = "qemu:///system";
    runs.save(run);
    EXPECT_THAT(reaper.sweep().at(0).problems, testing::ElementsAre("libvirt cannot be opened"));
    EXPECT_TRUE(std::filesystem::exists(runs.folder(id).path));
}

TEST_F(Sweeping, SaysWhatDoesNotEndAndKeepsTheFolderForTheNextTime) {
    processes_die = false;
    const auto id = make("", false);
    EXPECT_THAT(reaper.sweep().at(0).problems, SizeIs(1));
    EXPECT_TRUE(std::filesystem::exists(runs.folder(id).path));
}

TEST_F(Sweeping, EndsAKeptClusterAndKeepsItsRecord) {
    const auto id = make("passed", true);
    start_machine_of(id);
    EXPECT_THAT(reaper.end(runs.load(id)), IsEmpty());
    EXPECT_THAT(hypervisor.machines_of(id), IsEmpty());
    EXPECT_EQ(runs.load(id).state, RunState::ended);
    EXPECT_FALSE(std::filesystem::exists(runs.folder(id).secret()));
}

}  // namespace
}  // namespace crib::engine
