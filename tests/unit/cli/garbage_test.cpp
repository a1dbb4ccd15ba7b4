// crib gc and crib down: what they remove, what they leave alone and say so, and --dry-run.

#include "harness/base/error.h"
#include "harness/base/owned_folder.h"
#include "harness/cli/commands.h"
#include "harness/engine/cache_users.h"
#include "tests/unit/cli/swept_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Garbage : public SweptFolders {
protected:
    // As a killed `crib restore --copies` leaves it.
    fs::path dead_copies() {
        const auto path = services.folders.state / "copies" / "crib-copies-0001";
        make_folder(path);
        write_mark(path, {kTemporary, "crib-copies-0001"});
        write_file(owner_lock_in(path), "4711\n");
        fs::create_symlink("/proc/1/fd/3", path / "worker.memory");
        return path;
    }
    [[nodiscard]] std::map<std::string, std::string> tree() const { return test::tree_of(folder.path()); }
    [[nodiscard]] std::string at(const std::string& name) const { return (services.runs.root() / name).string(); }
};

TEST_F(Garbage, IsNotSaidToBeNoneWhereItsPlaceCannotBeListed) {
    make_folder(services.runs.root().parent_path());
    make_folder(services.folders.cache);
    fs::create_symlink("runs", services.runs.root());  // a loop
    write_file(services.folders.cache / "checkpoints", "no folder");
    EXPECT_THROW(execute(services, ListCommand{}), Error);
    EXPECT_THROW(execute(services, CollectGarbageCommand{}), Error);
    EXPECT_THROW(execute(services, DownCommand{{}, true}), Error);
    EXPECT_THROW(execute(services, CacheListCommand{}), Error);
    EXPECT_THROW(execute(services, CacheVerifyCommand{}), Error);
    CacheRemoveCommand all;
    all.all = true;
    EXPECT_THROW(execute(services, all), Error);
}

TEST_F(Garbage, OfOthersIsLeftAloneAndNamed) {
    const auto vic = folder.path() / "vic";
    make_folder(vic / "photos");
    const auto ended = run("passed", false);
    fs::create_directory_symlink(vic, at("linked"));
    fs::copy(at(ended), at("archive"), fs::copy_options::recursive);
    write_file(at("archive/notes.txt"), "mine");
    const auto damaged = run("failed", false);
    append_file(services.runs.folder(damaged).info(), "x");
    const auto says =
        AllOf(HasSubstr("left alone " + at("linked") + ": it is a link; "),
              HasSubstr("left alone " + at("archive") + ": its mark is that of the run " + ended),
              HasSubstr("left alone " + at(damaged) + ": its record cannot be read: run.json: "),
              HasSubstr(services.folders.next_command("down", {damaged}) + " ends what still runs of it"));
    const auto before = tree();
    EXPECT_THAT(output_of(CollectGarbageCommand{}), AllOf(says, HasSubstr("nothing was left behind")));
    EXPECT_THAT(output_of(DownCommand{{}, true}), says);
    EXPECT_THAT(output_of(ListCommand{}), AllOf(says, HasSubstr("damaged")));
    EXPECT_EQ(tree(), before);
    EXPECT_THAT(output_of(DownCommand{{damaged}, false}), HasSubstr(damaged + " is down; its record is in "));
    EXPECT_TRUE(fs::exists(services.runs.folder(damaged).info()));
    EXPECT_FALSE(fs::exists(services.runs.folder(damaged).secret()));
}

TEST_F(Garbage, IsNamedAndNotTakenByADryRun) {
    const auto orphan = run("", false);
    const auto kept = run("passed", true);
    write_file(services.runs.folder(kept).disks() / "vda.qcow2", std::string(100'000, 'x'));
    const auto copies = dead_copies();
    make_folder(at(".making-two-node-0001"));
    const auto before = tree();
    EXPECT_THAT(
        output_of(CollectGarbageCommand{true}),
        AllOf(HasSubstr("would remove what is left of " + orphan + " ("), HasSubstr("would remove " + copies.string()),
              HasSubstr("would remove " + at(".making-two-node-0001")), HasSubstr(kept + " was kept on purpose"),
              HasSubstr("nothing was changed (--dry-run)")));
    EXPECT_THAT(output_of(DownCommand{{}, true, true}),
                AllOf(HasSubstr("would end " + kept + ": "), HasSubstr(" KiB"),
                      HasSubstr("left alone " + at(orphan) + ": its crib was killed; " +
                                services.folders.next_command("gc") + " removes it"),
                      HasSubstr("nothing was changed (--dry-run)")));
    EXPECT_EQ(tree(), before);
    EXPECT_THAT(output_of(CollectGarbageCommand{}),
                AllOf(HasSubstr("removed what was left of " + orphan), HasSubstr("removed " + copies.string()),
                      Not(HasSubstr("would"))));
    EXPECT_FALSE(fs::exists(at(orphan)));
    EXPECT_FALSE(fs::exists(copies));
    EXPECT_FALSE(fs::exists(at(".making-two-node-0001")));
    EXPECT_TRUE(fs::exists(at(kept)));
}

TEST_F(Garbage, OfADaemonIsOnlyPromisedToGoIfThatAnswers) {
    const std::string driver = "qemu+unix:///system?socket=/nowhere/socket";
    for (const bool kept : {true, false}) {
        auto info = services.runs.load(run(kept ? "passed" : "", kept));
        info.hypervisor_uri = driver;
        info.nodes = {{"master", "control-plane", "192.168.76.11", "crib-" + info.id + "-master", 4022}};
        services.runs.save(info);
        make_folder(services.runs.folder(info.id).secret());
        if (kept) {
            EXPECT_THAT(output_of(DownCommand{{info.id}, false, true}),
                        HasSubstr("would end " + info.id + ", if " + driver + " answers"));
        } else {
            EXPECT_THAT(
                output_of(CollectGarbageCommand{true}),
                AllOf(HasSubstr("would remove what is left of " + info.id), HasSubstr(", if " + driver + " answers")));
        }
    }
}

TEST_F(Garbage, OfACapsuleWhoseOpeningWasKilledGoes) {
    std::string id;
    {
        const auto opening = make_owned_folder(services.runs.root(), "opening", "capsule");
        id = opening.id;
        write_file(opening.path / "half", "x");
        EXPECT_THAT(output_of(CollectGarbageCommand{}), HasSubstr("nothing was left behind"));
    }
    EXPECT_THAT(output_of(CollectGarbageCommand{}), HasSubstr("removed what was left of " + id));
    EXPECT_FALSE(fs::exists(at(id)));
}

TEST_F(Garbage, InTheTemporaryFolderGoesWhenItsCribIsDead) {
    const OwnedTempFolder alive("crib-gpg");
    make_folder(tmp() / "crib-go-dead");
    write_mark(tmp() / "crib-go-dead", {kTemporary, "crib-go-dead"});
    make_folder(tmp() / "crib-go-mine");
    EXPECT_THAT(output_of(CollectGarbageCommand{}), HasSubstr("removed " + (tmp() / "crib-go-dead").string()));
    EXPECT_TRUE(fs::exists(alive.path()));
    EXPECT_TRUE(fs::exists(tmp() / "crib-go-mine"));
    EXPECT_FALSE(fs::exists(tmp() / "crib-go-dead"));
}

TEST_F(Garbage, OfABuildThatWasKilledGoes) {
    const auto dead = services.folders.cache / "temporary" / "crib-build-dead";
    make_folder(dead / "go-build123");
    write_mark(dead, {kTemporary, "crib-build-dead"});
    write_file(owner_lock_in(dead), "4711\n");
    EXPECT_THAT(output_of(CollectGarbageCommand{}), HasSubstr("removed " + dead.string()));
    EXPECT_FALSE(fs::exists(dead));
}

// What is old enough goes: younger ones may be written at this moment.
TEST_F(Garbage, OfAFileThatAKilledCribWasWritingGoes) {
    const auto kept = run("passed", true);
    const auto matrix = make_owned_folder(services.folders.state / "matrices", "two-node", "matrix");
    const auto& cache = services.folders.cache;
    for (const auto* name : {"probe", "signing"}) make_folder(cache / name);
    const std::vector<std::string> files{at(kept) + "/run.json", matrix.path / "matrix.json",
                                         fs::directory_iterator(cache / engine::CacheUsers::kFolder)->path(),
                                         cache / "probe/acceleration.json", cache / "signing/secret.asc"};
    const std::string old = ".partial-ab12cd";
    const std::string young = ".partial-ab12ce";
    for (const auto& file : files) {
        write_file(file + young, "half of");
        write_file(file + old, "half of");
        fs::last_write_time(file + old, fs::file_time_type::clock::now() - std::chrono::hours{25});
    }
    const auto before = tree();
    const auto looked = output_of(CollectGarbageCommand{true});
    for (const auto& file : files) EXPECT_THAT(looked, HasSubstr("would remove " + file + old));
    EXPECT_EQ(tree(), before);
    const auto swept = output_of(CollectGarbageCommand{});
    for (const auto& file : files) {
        EXPECT_THAT(swept, HasSubstr("removed " + file + old));
        EXPECT_FALSE(fs::exists(file + old));
        EXPECT_TRUE(fs::exists(file + young));
    }
    EXPECT_THAT(output_of(CollectGarbageCommand{}), HasSubstr("nothing was left behind"));
}

// They had no mark: what cannot be proven to be crib's stays.
TEST_F(Garbage, OfAnOlderCribsTemporaryFoldersIsNamedAndStays) {
    const auto left = tmp() / "crib-copies-Ab12xY";
    make_folder(left / "x");
    make_folder(tmp() / "crib-copies-of-my-own");
    EXPECT_THAT(output_of(CollectGarbageCommand{}),
                AllOf(HasSubstr("left alone " + left.string() + ": an older crib may have left it"),
                      HasSubstr("nothing was left behind"), Not(HasSubstr("my-own"))));
    EXPECT_TRUE(fs::exists(left / "x"));
}

TEST_F(Garbage, ThatIsNoneIsSaidToBeNone) {
    EXPECT_THAT(output_of(DownCommand{{}, true}), HasSubstr("no cluster is kept"));
    CacheRemoveCommand all;
    all.all = true;
    EXPECT_THAT(output_of(all), HasSubstr("there are no checkpoints"));
}

TEST_F(Garbage, OfARunThatHasEndedIsNoneAndSaidSo) {
    const auto id = run("passed", true);
    EXPECT_THAT(output_of(DownCommand{{id}, false, true}), HasSubstr("would end " + id));
    EXPECT_THAT(output_of(DownCommand{{id}, false}), HasSubstr(id + " is down; its record is in "));
    EXPECT_THAT(output_of(DownCommand{{id}, false, true}),
                AllOf(HasSubstr(id + " has ended: nothing of it runs"), Not(HasSubstr("would end"))));
    EXPECT_THAT(output_of(DownCommand{{id}, false}), HasSubstr(id + " had ended before; its record is in "));
}

// 0, 2 or 3, as the instant had it.
TEST_F(Garbage, OfAClusterThatAnotherCribJustEndsIsThatOnes) {
    const auto id = run("passed", true);
    auto other = services.runs.take_kept(id);
    ASSERT_TRUE(other);
    for (const bool dry_run : {false, true}) {
        try {
            (void)execute(services, DownCommand{{id}, false, dry_run});
            ADD_FAILURE();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.what(), HasSubstr("still at work on the kept cluster, or just ends it"));
        }
        EXPECT_THAT(output_of(DownCommand{{}, true, dry_run}),
                    HasSubstr("left alone " + at(id) + ": a crib is at work on it, or just ends it"));
    }
    other.reset();
    EXPECT_THAT(output_of(DownCommand{{}, true}), HasSubstr(id + " is down"));
}

TEST_F(Garbage, IsNotTheRecordOfAKilledRunThatWasEnded) {
    const auto id = run("", false);
    EXPECT_THAT(output_of(DownCommand{{id}, false, true}), HasSubstr("its record stays"));
    EXPECT_THAT(output_of(DownCommand{{id}, false}), HasSubstr(id + " is down; its record is in "));
    EXPECT_THAT(output_of(CollectGarbageCommand{}), HasSubstr("nothing was left behind"));
    EXPECT_THAT(output_of(ListCommand{}), AllOf(HasSubstr("ended"), HasSubstr("interrupted")));
    EXPECT_THAT(output_of(DownCommand{{id}, false}), HasSubstr(id + " had ended before; its record is in "));
}

TEST_F(Garbage, WithoutARecordIsNotSaidToKeepOne) {
    std::string id;
    {
        const auto opening = make_owned_folder(services.runs.root(), "opening", "capsule");
        id = opening.id;
        write_file(opening.path / "half", "x");
    }
    EXPECT_THAT(output_of(DownCommand{{id}, false}),
                HasSubstr(id + " is down; it has no record: " + services.folders.next_command("gc") + " removes"));
    EXPECT_THAT(output_of(CollectGarbageCommand{}), HasSubstr("removed what was left of " + id));
}

TEST_F(Garbage, MayHaveAnOwnerWhereItsLockIsGone) {
    const auto created = services.runs.create("two-node", services.clock);
    fs::remove(created.folder.owner_lock());
    const auto says = AllOf(HasSubstr("left alone " + at(created.info.id) + ": its owner.lock is gone, so a crib may"),
                            HasSubstr(services.folders.next_command("down", {created.info.id})));
    const auto before = tree();
    EXPECT_THAT(output_of(CollectGarbageCommand{true}), AllOf(says, Not(HasSubstr("would remove"))));
    EXPECT_THAT(output_of(CollectGarbageCommand{}), says);
    EXPECT_THAT(output_of(DownCommand{{}, true}), AllOf(says, Not(HasSubstr("its crib was killed"))));
    EXPECT_EQ(tree(), before);
}

// As one whose steps are run again just now.
TEST_F(Garbage, OfAKeptClusterMayHaveAnOwnerWhereItsLockIsGone) {
    const auto id = run("passed", true);
    fs::remove(services.runs.folder(id).owner_lock());
    const auto says = HasSubstr("left alone " + at(id) + ": its owner.lock is gone, so a crib may still be at work on");
    const auto before = tree();
    EXPECT_THAT(output_of(CollectGarbageCommand{}), AllOf(says, Not(HasSubstr("kept on purpose"))));
    EXPECT_THAT(output_of(DownCommand{{}, true}), AllOf(says, HasSubstr("no cluster is kept")));
    EXPECT_THROW(execute(services, CheckpointCommand{id, "mine"}), Error);
    EXPECT_EQ(tree(), before);
    EXPECT_THAT(output_of(DownCommand{{id}, false}), HasSubstr(id + " is down")) << "who names it knows";
}

TEST_F(Garbage, IsNotTheCheckpointThatARunInDoubtStandsOn) {
    const auto id = run("", false);
    fs::remove(services.runs.folder(id).owner_lock());
    EXPECT_EQ(alive_runs(services)({id, id, {}}), true);
    const auto killed = run("", false);
    EXPECT_EQ(alive_runs(services)({killed, killed, {}}), false);
}

TEST_F(Garbage, OfTheFutureHasNoAge) {
    auto info = services.runs.load(run("passed", false));
    info.began = services.clock.wall_now() + std::chrono::hours{24 * 365 * 70};
    services.runs.save(info);
    EXPECT_THAT(output_of(ListCommand{}), AllOf(HasSubstr("?"), Not(HasSubstr("invalid"))));
}

TEST_F(Garbage, IsNotWhatACribWorksOn) {
    const auto created = services.runs.create("two-node", services.clock);
    EXPECT_THAT(output_of(DownCommand{{}, true}), HasSubstr(created.info.id + ": a crib is at work on it"));
    EXPECT_THROW(execute(services, DownCommand{{created.info.id}, false}), Error);
}

}  // namespace
}  // namespace crib::cli
