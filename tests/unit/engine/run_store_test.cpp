#include "harness/engine/run_store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/engine/reaper.h"
#include "tests/support/manual_clock.h"
#include "tests/support/plain_rights.h"
#include "tests/support/simulated_hypervisor/simulated_hypervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <functional>
#include <map>
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
    std::function<void()> meanwhile;
    Reaper reaper{runs,
                  [this](const RunInfo&, const RunFolder&) -> std::unique_ptr<hypervisor::Hypervisor> {
                      if (!hypervisor_opens) throw Error(ErrorKind::hypervisor, "libvirt cannot be opened");
                      return std::make_unique<Borrowed>(hypervisor);
                  },
                  [this](const RunFolder& of_run) {
                      killed.push_back(of_run.path.filename());
                      if (meanwhile) meanwhile();
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

TEST_F(Runs, WithADamagedRecordAreNamedAsSuch) {
    const auto id = make("", false);
    append_file(runs.folder(id).info(), "x");
    ASSERT_THAT(runs.list(), SizeIs(1));
    EXPECT_EQ(runs.list()[0].id, id);
    EXPECT_EQ(runs.list()[0].state, RunState::damaged);
    EXPECT_EQ(runs.find(id).state, RunState::damaged);
    try {
        (void)runs.load(id);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("the record of run " + id + " cannot be read: run.json: "));
        EXPECT_THAT(error.hint(), HasSubstr("crib down " + id));
    }
}

TEST_F(Runs, WithARecordThatIsALinkOrAPipeOrTooLargeAreDamaged) {
    const auto id = make("passed", false);
    const auto file = runs.folder(id).info();
    std::filesystem::rename(file, folder.path() / "run.json");
    std::filesystem::create_symlink(folder.path() / "run.json", file);
    EXPECT_EQ(runs.list().at(0).damage, "run.json: it is a link");
    std::filesystem::remove(file);
    EXPECT_EQ(runs.list().at(0).damage, "run.json: it is not there");
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    EXPECT_EQ(runs.list().at(0).damage, "run.json: it is not a regular file");
    std::filesystem::remove(file);
    write_file(file, std::string(kLargestRunRecord + 1, ' '));
    EXPECT_THAT(runs.list().at(0).damage, HasSubstr("larger than"));
}

// open refuses the same: a node's name becomes that of a folder, and a word of ssh's.
TEST_F(Runs, WithNodesOrAnOutcomeThatNoCribWritesAreDamaged) {
    const auto damage_of = [&](const std::function<void(RunInfo&)>& change) {
        auto info = runs.load(make("passed", false));
        change(info);
        runs.save(info);
        return runs.find(info.id).damage;
    };
    for (const auto* name : {"/tmp/x", "../x", "", "-oProxyCommand=x", "a b"}) {
        EXPECT_EQ(damage_of([&](RunInfo& info) { info.nodes[0].name = name; }),
                  "run.json: /nodes/0/name: is no name of a node")
            << name;
    }
    EXPECT_EQ(damage_of([&](RunInfo& info) { info.nodes.push_back(info.nodes[0]); }),
              "run.json: /nodes/1/name: is the name of another node, too");
    EXPECT_EQ(damage_of([&](RunInfo& info) { info.outcome = "banana"; }), "run.json: /outcome: is no outcome of a run");
    for (const auto* outcome : {"passed", "failed", "error", "skipped", "interrupted", "restored", "unknown"}) {
        EXPECT_EQ(damage_of([&](RunInfo& info) { info.outcome = outcome; }), "") << outcome;
    }
}

TEST_F(Runs, ThatCannotBeReadMayUseAnything) {
    const auto id = make("passed", true);
    EXPECT_TRUE(runs.survey().all_read);
    append_file(runs.folder(id).info(), "x");
    EXPECT_FALSE(runs.survey().all_read);
}

TEST_F(Runs, WhoseFolderCannotBeReadMayUseAnything) {
    const auto id = make("passed", true);
    std::filesystem::permissions(runs.folder(id).path, std::filesystem::perms{0});
    {
        const test::PlainRights rights;
        EXPECT_FALSE(runs.survey().all_read);
    }
    std::filesystem::permissions(runs.folder(id).path, std::filesystem::perms{0700});
}

TEST_F(Runs, AreCalledWhatEachLaterCommandTakes) {
    for (const auto& name : {std::string("../x"), std::string(".making-two"), std::string("-x"), std::string("a b"),
                             std::string("\x1b[31m"), std::string(), std::string(300, 'x')}) {
        try {
            (void)runs.create(name, clock);
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << name;
        }
    }
    EXPECT_THAT(runs.list(), IsEmpty());
}

TEST_F(Runs, ThatAreManyAreNotAllNamed) {
    for (int i = 0; i < 25; ++i) make("passed", false);
    try {
        (void)runs.load("nope");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.hint(), HasSubstr(" and 5 more (crib ls)"));
    }
}

TEST_F(Runs, AreNeverWrittenSoThatTheyCannotBeRead) {
    auto info = runs.load(make("passed", false));
    info.nodes.assign(15'000, {"node", "worker", "192.168.76.11", "crib-two-node-abcd-node", 4022});
    EXPECT_THROW(runs.save(info), Error);
    EXPECT_EQ(runs.load(info.id).nodes.size(), 1U);
}

TEST_F(Runs, LetNobodyElseTakeThemForOnes) {
    const auto id = make("passed", false);
    namespace fs = std::filesystem;
    const auto& root = runs.root();
    make_folder(folder.path() / "vic");
    fs::create_directory_symlink(folder.path() / "vic", root / "linked");
    fs::create_directory_symlink(runs.folder(id).path, root / "linked-run");
    make_folder(root / "archive");
    fs::copy(runs.folder(id).path, root / "copy", fs::copy_options::recursive);
    fs::copy(runs.folder(id).path, root / "old-copy", fs::copy_options::recursive);
    fs::remove(root / "old-copy" / kMarkFile);
    write_file(root / "notes.txt", "mine");
    const auto survey = runs.survey();
    ASSERT_THAT(survey.runs, SizeIs(1));
    std::map<std::string, std::string> why;
    for (const auto& one : survey.strange) why[one.path.filename()] = one.why;
    EXPECT_EQ(why, (std::map<std::string, std::string>{{"linked", "it is a link"},
                                                       {"linked-run", "it is a link"},
                                                       {"archive", "nothing in it shows that crib made it"},
                                                       {"copy", "its mark is that of the run " + id},
                                                       {"old-copy", "its run.json is of the run " + id},
                                                       {"notes.txt", "it is no folder"}}));
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
        EXPECT_THAT(reaper.sweep().at(0).problems, testing::ElementsAre(HasSubstr("its folder may not be changed")));
    }
    fs::permissions(runs.root(), fs::perms{0700});
    EXPECT_EQ(runs.load(id).state, RunState::orphaned);
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

TEST_F(Sweeping, LeavesARunAloneThatEndedSinceItWasLookedAt) {
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

TEST_F(Sweeping, DoesNotTakeMachinesOfADaemonThatCannotBeAskedForEnded) {
    hypervisor_opens = false;
    const auto id = make("", false);
    auto run = runs.load(id);
    run.hypervisor_uri = "qemu:///system";
    run.nodes = {{"master", "control-plane", "192.168.76.11", "crib-" + id + "-master", 4022}};
    runs.save(run);
    EXPECT_THAT(reaper.sweep().at(0).problems, testing::ElementsAre("libvirt cannot be opened"));
    EXPECT_TRUE(std::filesystem::exists(runs.folder(id).path));
}

TEST_F(Sweeping, EndsARunThatNeverHadAMachineAlsoWhereItsDriverCannotBeOpened) {
    hypervisor_opens = false;
    for (const bool kept : {false, true}) {
        const auto id = make(kept ? "passed" : "", kept);
        auto run = runs.load(id);
        run.hypervisor_uri = "nope";
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
