#include "harness/engine/reaper.h"

#include "harness/base/error.h"
#include "harness/engine/own_machines.h"
#include "tests/support/plain_rights.h"
#include "tests/support/simulated_hypervisor/simulated_hypervisor.h"
#include "tests/unit/engine/stored_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

namespace crib::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The reaper asks for a hypervisor of its own; the simulated machines live on in the shared one.
class Borrowed final : public hypervisor::Hypervisor {
public:
    Borrowed(hypervisor::Hypervisor& other, bool ends) : other_(other), ends_(ends) {}
    void start(const hypervisor::MachineSpec& spec, const Context& context) override { other_.start(spec, context); }
    hypervisor::MachineState state(const std::string& name) override { return other_.state(name); }
    std::string why_stopped(const std::string& name) override { return other_.why_stopped(name); }
    void destroy(const std::string& name) noexcept override {
        if (ends_) other_.destroy(name);
    }
    std::vector<std::string> machines_of(const std::string& run_id) override { return other_.machines_of(run_id); }
    hypervisor::MachineOwner owner_of(const std::string& name) override { return other_.owner_of(name); }
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
    bool ends_;
};

class Sweeping : public StoredRuns {
protected:
    test::SimulatedHypervisor hypervisor;
    bool hypervisor_opens = true;
    bool machines_end = true;
    bool processes_die = true;
    std::vector<std::string> killed;  // folders of runs
    std::vector<LeftAlone> told;
    std::function<void()> meanwhile;
    Reaper reaper{runs,
                  [this](const RunInfo&, const RunFolder&) -> std::unique_ptr<hypervisor::Hypervisor> {
                      if (!hypervisor_opens) throw Error(ErrorKind::hypervisor, "libvirt cannot be opened", "start it");
                      return std::make_unique<Borrowed>(hypervisor, machines_end);
                  },
                  [this](const RunFolder& of_run) {
                      killed.push_back(of_run.path.filename());
                      if (meanwhile) meanwhile();
                      return processes_die;
                  },
                  [this](const LeftAlone& machine) { told.push_back(machine); }};

    // With a machine of a daemon's.
    void start_machine_of(const std::string& run) {
        auto info = runs.load(run);
        info.hypervisor_uri = "qemu:///system";
        runs.save(info);
        start_machine(run, "master", owner_of(runs.folder(run)));
    }
    std::string start_machine(const std::string& run, const std::string& node, const hypervisor::MachineOwner& owner) {
        hypervisor::MachineSpec spec;
        spec.name = "crib-" + run + "-" + node;
        spec.run_id = run;
        spec.owner = owner;
        hypervisor.start(spec, Context::with_clock(clock));
        return spec.name;
    }
};

TEST_F(Sweeping, RemovesAnOrphanWithItsMachinesAndItsFolder) {
    const auto id = make("", false);
    start_machine_of(id);
    const auto swept = reaper.sweep();
    ASSERT_THAT(swept, SizeIs(1));
    EXPECT_THAT(swept[0].problems, IsEmpty());
    EXPECT_THAT(hypervisor.machines_of(id), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(runs.folder(id).path));
}

TEST_F(Sweeping, EndsTheRunAtHandWhenItIsToStopAndBeginsNoOther) {
    (void)make("", false);
    (void)make("", false);
    std::stop_source stop;
    meanwhile = [&] { stop.request_stop(); };
    const auto swept = reaper.sweep(Sweep::remove, stop.get_token());
    ASSERT_THAT(swept, SizeIs(1));
    EXPECT_THAT(swept[0].problems, IsEmpty());
    EXPECT_THAT(runs.list(), SizeIs(1));
}

TEST_F(Sweeping, RemovesAnOrphanOfAnOlderCribThatMadeNoMarks) {
    const auto id = make("", false);
    std::filesystem::remove(runs.folder(id).path / kMarkFile);
    EXPECT_THAT(reaper.sweep().at(0).problems, IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(runs.folder(id).path));
}

TEST_F(Sweeping, OnlyLooksWhenItIsToldTo) {
    const auto id = make("", false);
    make_folder(runs.folder(id).node("master"));
    write_file(runs.folder(id).console("master"), std::string(100'000, 'x'));
    const auto swept = reaper.sweep(Sweep::only_look);
    ASSERT_THAT(swept, SizeIs(1));
    EXPECT_EQ(swept[0].run, id);
    EXPECT_GE(swept[0].bytes, 100'000U);
    EXPECT_THAT(killed, IsEmpty());
    EXPECT_TRUE(std::filesystem::exists(runs.folder(id).console("master")));
}

TEST_F(Sweeping, LeavesLinksFoldersMadeByHandAndDamagedRecordsAlone) {
    namespace fs = std::filesystem;
    const auto vic = folder.path() / "vic";
    make_folder(vic / "private");
    make_folder(vic / "photos");
    make_folder(runs.root() / "archive" / "private");
    write_file(runs.root() / "archive" / "notes.txt", "mine");
    fs::create_directory_symlink(vic, runs.root() / "linked");
    const auto id = make("", false);
    append_file(runs.folder(id).info(), "x");
    write_file(runs.folder(id).path / "events.jsonl", "evidence");
    EXPECT_THAT(reaper.sweep(), IsEmpty());
    EXPECT_TRUE(fs::exists(vic / "private"));
    EXPECT_TRUE(fs::exists(vic / "photos"));
    EXPECT_FALSE(fs::exists(vic / "owner.lock"));
    EXPECT_TRUE(fs::exists(runs.root() / "archive" / "private"));
    EXPECT_EQ(read_file(runs.folder(id).path / "events.jsonl"), "evidence");
}

TEST_F(Sweeping, FollowsNoLinkInsideARun) {
    namespace fs = std::filesystem;
    const auto vic = folder.path() / "vic";
    make_folder(vic / "photos");
    write_file(vic / "thesis", "mine");
    for (const auto* place : {"private", "nodes", "owner.lock", "private/disks"}) {
        const auto id = make("", false);
        const auto at = runs.folder(id).path / place;
        fs::remove_all(at);
        fs::create_symlink(std::string(place) == "owner.lock" ? vic / "thesis" : vic, at);
        (void)reaper.sweep();
        EXPECT_TRUE(fs::exists(vic / "photos")) << place;
        EXPECT_EQ(read_file(vic / "thesis"), "mine") << place;
    }
}

TEST_F(Sweeping, RemovesNothingThatWasPutInTheRunsPlaceMeanwhile) {
    namespace fs = std::filesystem;
    const auto id = make("", false);
    const auto vic = folder.path() / "vic";
    make_folder(vic / "private");
    write_file(vic / "run.json", read_file(runs.folder(id).info()));
    meanwhile = [&] {
        fs::rename(runs.folder(id).path, folder.path() / "aside");
        fs::create_directory_symlink(vic, runs.folder(id).path);
    };
    EXPECT_THAT(reaper.sweep().at(0).problems, SizeIs(1));
    EXPECT_TRUE(fs::exists(vic / "private"));
    EXPECT_TRUE(fs::exists(vic / "run.json"));
}

// find ~ -name '*.lock' -delete: its crib goes on, and nobody sees it.
TEST_F(Sweeping, LeavesARunAloneThatHasLostItsLock) {
    namespace fs = std::filesystem;
    for (const std::string put : {"nothing", "a folder", "a link"}) {
        std::optional<FileLock> owner;
        const auto id = make("", false, &owner);
        const auto lock = runs.folder(id).owner_lock();
        fs::remove(lock);
        if (put == "a folder") fs::create_directory(lock);
        if (put == "a link") fs::create_symlink("nowhere", lock);
        EXPECT_THAT(reaper.sweep(Sweep::only_look), IsEmpty()) << put;
        EXPECT_THAT(reaper.sweep(), IsEmpty()) << put;
        EXPECT_FALSE(runs.take_orphan(id)) << put;
        EXPECT_TRUE(fs::exists(runs.folder(id).secret())) << put;
        const auto left_alone = runs.left_alone(runs.survey());
        ASSERT_FALSE(left_alone.empty());
        EXPECT_THAT(left_alone.back().why, HasSubstr("so a crib may still be at work on it"));
        EXPECT_THAT(left_alone.back().cure, HasSubstr("crib down "));
        EXPECT_THAT(reaper.end(runs.find(id)), IsEmpty()) << "who names it knows";
        EXPECT_EQ(runs.load(id).state, RunState::ended) << put;
    }
    EXPECT_THAT(killed, SizeIs(3));
}

TEST_F(Sweeping, TakesNothingOfARecordThatCannotGo) {
    namespace fs = std::filesystem;
    const auto id = make("", false);
    fs::permissions(runs.root(), fs::perms{0500});
    {
        const test::PlainRights rights;
        for (const auto how : {Sweep::only_look, Sweep::remove}) {
            EXPECT_THAT(reaper.sweep(how).at(0).problems,
                        testing::ElementsAre(HasSubstr(id + ": its folder may not be changed")));
        }
    }
    fs::permissions(runs.root(), fs::perms{0700});
    EXPECT_EQ(runs.load(id).state, RunState::orphaned);
}

// A dry run promised that it would end, and nobody said what to do.
TEST_F(Sweeping, SaysWhatToDoWhereARunsFolderMayNotBeChanged) {
    namespace fs = std::filesystem;
    const auto orphan = make("", false);
    const auto kept = make("passed", true);
    for (const auto& id : {orphan, kept}) fs::permissions(runs.folder(id).path, fs::perms{0500});
    {
        const test::PlainRights rights;
        const auto says = [&](const std::string& id) {
            const auto path = runs.folder(id).path.string();
            return testing::ElementsAre("cannot remove " + path +
                                        "/private: its folder may not be changed: Permission denied; give yourself the "
                                        "right to change it: chmod u+w " +
                                        path);
        };
        EXPECT_THAT(runs.objections_to_ending(kept), says(kept));
        EXPECT_THAT(reaper.end(runs.load(kept)), says(kept));
        for (const auto how : {Sweep::only_look, Sweep::remove}) {
            EXPECT_THAT(reaper.sweep(how).at(0).problems, says(orphan));
        }
    }
    for (const auto& id : {orphan, kept}) fs::permissions(runs.folder(id).path, fs::perms{0700});
    EXPECT_THAT(runs.objections_to_ending(kept), IsEmpty());
    EXPECT_EQ(runs.load(kept).state, RunState::kept);
}

// crib down says that its record stays.
TEST_F(Sweeping, LeavesTheRecordOfAKilledRunThatSomebodyEnded) {
    const auto id = make("", false);
    start_machine_of(id);
    EXPECT_THAT(reaper.end(runs.load(id)), IsEmpty());
    EXPECT_THAT(hypervisor.machines_of(id), IsEmpty());
    EXPECT_EQ(runs.load(id).state, RunState::ended);
    EXPECT_EQ(runs.load(id).outcome, "interrupted");
    EXPECT_THAT(reaper.sweep(), IsEmpty());
    EXPECT_EQ(runs.load(id).nodes.size(), 1U);
}

TEST_F(Sweeping, EndsNoKilledRunThatAnotherWorksOn) {
    const auto run = runs.load(make("", false));
    const auto other = runs.take_orphan(run.id);
    EXPECT_THAT(reaper.end(run), SizeIs(1));
    EXPECT_THAT(killed, IsEmpty());
    EXPECT_EQ(runs.load(run.id).outcome, "");
}

// crib down of several takes minutes, in which a crib redo may have begun.
TEST_F(Sweeping, EndsNoKeptClusterThatAnotherHasTakenSinceItWasLookedAt) {
    const auto run = runs.load(make("passed", true));
    const auto other = runs.take_kept(run.id);
    ASSERT_TRUE(other);
    EXPECT_THAT(reaper.end(run), testing::ElementsAre("a crib is at work on it"));
    EXPECT_THAT(killed, IsEmpty());
    EXPECT_TRUE(runs.load(run.id).kept);
}

TEST_F(Sweeping, LeavesARunAloneThatEndedSinceItWasLookedAt) {
    EXPECT_FALSE(runs.take_kept(make("passed", false)));
    EXPECT_FALSE(runs.take_orphan(make("passed", false)));
    EXPECT_TRUE(runs.take_orphan(make("", false)));
}

TEST_F(Sweeping, FinishesWhatWasCutOff) {
    namespace fs = std::filesystem;
    const auto id = make("", false);
    for (const auto& one : fs::directory_iterator(runs.folder(id).path)) {
        if (one.path().filename() != kMarkFile) fs::remove_all(one.path());
    }
    EXPECT_THAT(reaper.sweep(), SizeIs(1));
    EXPECT_FALSE(fs::exists(runs.folder(id).path));
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

// What was lost: the id alone decided, whoever's run of that id it was.
TEST_F(Sweeping, LeavesTheMachinesOfARunOfThatIdInAnotherStateFolderAloneAndNamesThem) {
    const auto user = std::to_string(::geteuid());
    for (const bool kept : {true, false}) {
        const auto id = make(kept ? "passed" : "", kept);
        start_machine_of(id);
        const auto elsewhere = folder.path() / "elsewhere" / "runs" / id;
        make_folder(elsewhere);
        const auto others = start_machine(id, "worker1", {elsewhere.string(), user});
        const auto users = start_machine(id, "worker2", {owner_of(runs.folder(id)).folder, "12345"});
        EXPECT_THAT(kept ? reaper.end(runs.load(id)) : reaper.sweep().at(0).problems, IsEmpty());
        EXPECT_THAT(hypervisor.machines_of(id), testing::ElementsAre(others, users));
        EXPECT_FALSE(std::filesystem::exists(runs.folder(id).secret()));
        ASSERT_THAT(told, SizeIs(2));
        EXPECT_EQ(told[0].path, others);
        EXPECT_EQ(told[0].why,
                  "it is a machine of another run " + id + ", of user " + user + ", in " + elsewhere.string());
        EXPECT_THAT(told[0].cure, HasSubstr("virsh -c qemu:///system destroy " + others + "; virsh -c "));
        EXPECT_THAT(told[1].why, HasSubstr("of user 12345"));
        told.clear();
    }
}

TEST_F(Sweeping, EndsMachinesThatAnOlderCribMadeWithoutSayingWhoseTheyAre) {
    const auto id = make("", false);
    start_machine_of(id);
    start_machine(id, "worker", {});
    EXPECT_THAT(reaper.sweep().at(0).problems, IsEmpty());
    EXPECT_THAT(hypervisor.machines_of(id), IsEmpty());
    EXPECT_THAT(told, IsEmpty());
}

// Nobody else could end them any more.
TEST_F(Sweeping, EndsTheMachinesOfARunWhoseStateFolderWasMoved) {
    const auto id = make("", false);
    start_machine_of(id);
    start_machine(id, "worker", {"/home/ann/state/runs/" + id, std::to_string(::geteuid())});
    EXPECT_THAT(reaper.sweep().at(0).problems, IsEmpty());
    EXPECT_THAT(hypervisor.machines_of(id), IsEmpty());
    EXPECT_THAT(told, IsEmpty());
}

TEST_F(Sweeping, EndsTheMachinesOfARunWhoseStateFolderWasGivenByAnotherPath) {
    const auto id = make("", false);
    start_machine_of(id);
    std::filesystem::create_directory_symlink(folder.path() / "state", folder.path() / "link");
    const RunFolder linked{folder.path() / "link" / "runs" / id};
    EXPECT_EQ(owner_of(linked), owner_of(runs.folder(id)));
    start_machine(id, "worker", {linked.path.string(), std::to_string(::geteuid())});
    EXPECT_THAT(reaper.sweep().at(0).problems, IsEmpty());
    EXPECT_THAT(hypervisor.machines_of(id), IsEmpty());
}

TEST_F(Sweeping, DoesNotTakeMachinesOfADaemonThatCannotBeAskedForEnded) {
    hypervisor_opens = false;
    const auto id = make("", false);
    auto run = runs.load(id);
    run.hypervisor_uri = "qemu:///system";
    run.nodes = {{"master", "control-plane", "192.168.76.11", "crib-" + id + "-master", 4022}};
    runs.save(run);
    EXPECT_THAT(reaper.sweep().at(0).problems, testing::ElementsAre("libvirt cannot be opened; start it"));
    EXPECT_TRUE(std::filesystem::exists(runs.folder(id).path));
}

TEST_F(Sweeping, DoesNotTakeMachinesThatADaemonDidNotEndForEnded) {
    machines_end = false;
    const auto id = make("passed", true);
    start_machine_of(id);
    EXPECT_THAT(reaper.end(runs.load(id)), testing::ElementsAre("a machine of the run does not end"));
    EXPECT_EQ(runs.load(id).state, RunState::kept);
}

TEST_F(Sweeping, TellsWhoseDaemonMustAnswerForARunToEnd) {
    const auto id = make("", false);
    make_folder(runs.folder(id).secret());
    EXPECT_EQ(reaper.driver_to_ask(runs.load(id)), "");
    start_machine_of(id);
    EXPECT_EQ(reaper.driver_to_ask(runs.load(id)), "qemu:///system");
    EXPECT_EQ(reaper.sweep(Sweep::only_look).at(0).driver, "qemu:///system");
    auto without_nodes = runs.load(id);
    without_nodes.nodes.clear();
    EXPECT_EQ(reaper.driver_to_ask(without_nodes), "");
    std::filesystem::remove_all(runs.folder(id).secret());
    EXPECT_EQ(reaper.driver_to_ask(runs.load(id)), "");
}

TEST_F(Sweeping, EndsARunThatNeverHadAMachineAlsoWhereItsDriverCannotBeOpened) {
    hypervisor_opens = false;
    for (const bool kept : {false, true}) {
        const auto id = make(kept ? "passed" : "", kept);
        auto run = runs.load(id);
        run.hypervisor_uri = "qemu:///system";
        run.nodes.clear();
        runs.save(run);
        if (kept) {
            EXPECT_THAT(reaper.end(run), IsEmpty());
            EXPECT_EQ(runs.load(id).state, RunState::ended);
        } else {
            EXPECT_THAT(reaper.sweep().at(0).problems, IsEmpty());
            EXPECT_FALSE(std::filesystem::exists(runs.folder(id).path));
        }
    }
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
