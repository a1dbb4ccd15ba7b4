// What crib cache and crib gc leave of a cache that others use as well, or of which not all can be seen or read.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/unused.h"
#include "harness/checkpoint/store.h"
#include "harness/cli/commands.h"
#include "harness/engine/cache_users.h"
#include "harness/engine/cluster_state.h"
#include "tests/unit/cli/swept_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kUnused = "debian-13-0000000000000001";

class ASharedCache : public SweptFolders {
protected:
    void SetUp() override {
        SweptFolders::SetUp();
        make_image(kUnused, 15);
        make_image("debian-13-0000000000000002", 1);
        make_folder(others);
    }
    void make_image(const std::string& name, int days) const {
        make_folder(images / name);
        mark_as_cached(images / name, name);
        write_file(images / (name + ".lock"), "");
        for (const auto& path : {images / name, images / (name + ".lock")}) {
            fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{days * 24});
        }
    }
    // A cluster's, whose node has its kernel there.
    static std::string state_on(const fs::path& image) {
        engine::StateNode node;
        node.node = {{"master", scenario::Role::control_plane, ByteSize::gib(2), 2, "debian-13"},
                     "192.168.76.11",
                     "52:54:00:76:00:0b",
                     "crib-two-node-ab12-master"};
        node.kernel = image / "vmlinuz";
        engine::ClusterState state;
        state.nodes = {node};
        return to_json(state);
    }
    // As a crib of before left it.
    void make_older(const std::string& key) const {
        const auto manifest = store.folder() / "entries" / (key + ".json");
        auto text = read_file(manifest);
        text.replace(16, 1, "2");
        write_file(manifest, text);
    }
    // A run of this state folder that has ended, with nothing left but its record.
    std::string ended() {
        const auto id = run("passed", false);
        EXPECT_TRUE(services.runs.remove_private(id).gone);
        return id;
    }
    // What a kept cluster of another state folder has.
    [[nodiscard]] fs::path private_of(const std::string& run) const {
        make_folder(others / run / "private");
        return others / run / "private";
    }
    template <typename C>
    void expect_told_of_link(const C& command, const fs::path& link) {
        try {
            (void)execute(services, command);
            ADD_FAILURE() << link;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::environment);
            EXPECT_THAT(error.what(),
                        HasSubstr(link.string() + ": it is a link to /nowhere/at-all, which is not there"));
            EXPECT_THAT(error.hint(), Not(testing::IsEmpty()));
        }
    }

    checkpoint::Store store{services.runner, services.clock, services.folders.cache / "checkpoints"};
    fs::path images = services.folders.cache / "images";
    fs::path others = folder.path() / "other state" / "runs";
};

// What was lost: the folder of all runs lies on a disk that is not mounted, and counted as an empty one.
TEST_F(ASharedCache, LosesNothingWhileTheRunsAreBehindALinkThatLeadsNowhere) {
    make_folder(services.runs.root().parent_path());
    fs::create_symlink("/nowhere/at-all", services.runs.root());
    expect_told_of_link(CacheCollectCommand{}, services.runs.root());
    expect_told_of_link(CollectGarbageCommand{}, services.runs.root());
    expect_told_of_link(ListCommand{}, services.runs.root());
    expect_told_of_link(DownCommand{{}, true}, services.runs.root());
    expect_told_of_link(DownCommand{{"two-node"}, false}, services.runs.root());
    EXPECT_TRUE(fs::exists(images / kUnused));
}

TEST_F(ASharedCache, LosesNothingWhileTheCheckpointsAreBehindALinkThatLeadsNowhere) {
    fs::create_symlink("/nowhere/at-all", store.folder());
    expect_told_of_link(CacheCollectCommand{}, store.folder());
    expect_told_of_link(CollectGarbageCommand{}, store.folder());
    expect_told_of_link(CacheListCommand{}, store.folder());
    expect_told_of_link(CacheVerifyCommand{}, store.folder());
    expect_told_of_link(CacheRemoveCommand{{}, true}, store.folder());
    EXPECT_TRUE(fs::exists(images / kUnused));
}

TEST_F(ASharedCache, LosesNothingWhileOneOfItsFoldersIsBehindALinkThatLeadsNowhere) {
    fs::create_symlink("/nowhere/at-all", services.folders.cache / "repositories");
    expect_told_of_link(CacheCollectCommand{}, services.folders.cache / "repositories");
    EXPECT_TRUE(fs::exists(images / kUnused)) << "before it was found out";
}

TEST_F(ASharedCache, KeepsWhatARunOfAnotherStateFolderMayUse) {
    const auto secret = private_of("two-node-ab12");
    const auto began = services.clock.wall_now() - std::chrono::hours{20 * 24};
    engine::CacheUsers(services.folders.cache).add({"two-node-ab12", began, secret});
    for (const bool dry_run : {true, false}) {
        EXPECT_THAT(output_of(CacheCollectCommand{"", dry_run}), Not(HasSubstr(kUnused)));
    }
    EXPECT_TRUE(fs::exists(images / kUnused));
    fs::remove_all(secret);
    EXPECT_THAT(output_of(CacheCollectCommand{}), HasSubstr(std::string("removed ") + kUnused));
}

// What was lost: the other state folder's disk is not mounted, and the folder where it is to be is empty.
TEST_F(ASharedCache, KeepsWhatARunThatIsMissingMayUseAndNamesIt) {
    const auto secret = private_of("two-node-ab12");
    const auto began = services.clock.wall_now() - std::chrono::hours{20 * 24};
    engine::CacheUsers(services.folders.cache).add({"two-node-ab12", began, secret});
    fs::remove_all(others / "two-node-ab12");
    const auto file = fs::directory_iterator(services.folders.cache / "users")->path();
    for (const bool dry_run : {true, false}) {
        EXPECT_THAT(output_of(CacheCollectCommand{"", dry_run}),
                    AllOf(HasSubstr("left alone " + file.string() + ": run two-node-ab12 may use anything"),
                          HasSubstr("its folder is not there: " + secret.string()), HasSubstr("rm " + file.string()),
                          HasSubstr("it is forgotten 30 days after it was last seen"), Not(HasSubstr(kUnused))));
    }
    set_changed_at(file, services.clock.wall_now() - std::chrono::hours{31 * 24});
    EXPECT_THAT(output_of(CacheCollectCommand{}), HasSubstr(std::string("removed ") + kUnused));
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(ASharedCache, NamesRunsThatAreMissingInOneLine) {
    const auto began = services.clock.wall_now() - std::chrono::hours{2};
    for (const std::string run : {"two-node-ab12", "two-node-cd34"}) {
        engine::CacheUsers(services.folders.cache).add({run, began, others / run / "private"});
    }
    const auto users = services.folders.cache / "users";
    for (const bool dry_run : {true, false}) {
        EXPECT_THAT(
            output_of(CollectGarbageCommand{dry_run}),
            AllOf(HasSubstr("left alone " + users.string() + ": 2 runs may use anything in this cache"),
                  HasSubstr("below " + others.string() + " are not there: two-node-ab12, two-node-cd34 (last seen "),
                  HasSubstr("(cd " + users.string() + " && rm -- two-node-ab12-"),
                  Not(HasSubstr("left alone " + users.string() + "/"))));
    }
}

// What was lost: the checkpoint was kept, and could not be restored any more.
TEST_F(ASharedCache, KeepsWhatOnlyACheckpointNeeds) {
    const auto link = folder.path() / "link";
    fs::create_directory_symlink(services.folders.cache, link);
    for (const auto& cache : {services.folders.cache, link}) {
        const auto key = save(state_on(cache / "images" / kUnused));
        for (const bool dry_run : {true, false}) {
            EXPECT_THAT(output_of(CacheCollectCommand{"", dry_run}), Not(HasSubstr(kUnused)));
        }
        EXPECT_EQ(store.remove(key, services.context()), checkpoint::Removed::yes);
    }
    EXPECT_THAT(output_of(CacheCollectCommand{}), HasSubstr(std::string("removed ") + kUnused));
}

// An older crib left nothing there but its hold.
TEST_F(ASharedCache, KeepsAllWhileARunOfAnotherStateFolderHoldsACheckpoint) {
    const auto secret = private_of("two-node-ab12");
    store.hold("two-node-ab12", save(), services.context(), secret);
    const auto stays = AllOf(HasSubstr("left alone " + (images / kUnused).string() +
                                       ": run two-node-ab12, which is none of this state folder, may stand on it"),
                             HasSubstr("holds/two-node-ab12"), Not(HasSubstr("removed ")));
    EXPECT_THAT(output_of(CacheCollectCommand{"", true}), stays);
    EXPECT_THAT(output_of(CacheCollectCommand{}), stays);
    fs::remove_all(secret);
    EXPECT_THAT(output_of(CacheCollectCommand{}), HasSubstr(std::string("removed ") + kUnused));
}

TEST_F(ASharedCache, KeepsAllWhileAUserOfItCannotBeRead) {
    make_folder(services.folders.cache / "users");
    const auto file = services.folders.cache / "users" / "two-node-ab12-0000000000000000";
    write_file(file, "x");
    EXPECT_THAT(output_of(CacheCollectCommand{}),
                AllOf(HasSubstr("left alone " + file.string()), HasSubstr("left alone " + (images / kUnused).string()),
                      Not(HasSubstr("removed "))));
    EXPECT_TRUE(fs::exists(images / kUnused));
}

// What was lost: the name alone decided, in whatever state folder was in use.
TEST_F(ASharedCache, KeepsTheCheckpointOfARunWhoseNamesakeHereHasEnded) {
    const auto id = ended();
    const auto key = save();
    store.hold(id, key, services.context(), private_of(id));
    const auto way = AllOf(HasSubstr(id + " is no run of this state folder"), Not(HasSubstr(" down ")));
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false, true}, 2), way);
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false}, 2), way);
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}), Not(HasSubstr("removed checkpoint")));
    EXPECT_TRUE(store.has(key));
    fs::remove_all(others / id / "private");
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}), HasSubstr("removed checkpoint " + key.substr(0, 12)));
}

// Its hold was cut short, so only its name tells whose it is.
TEST_F(ASharedCache, KeepsTheCheckpointOfADamagedHoldWhoseRunsNamesakeHereHasEnded) {
    const auto id = ended();
    const auto key = save();
    store.hold(id, key, services.context(), private_of(id));
    const auto hold = store.folder() / "holds" / checkpoint::Store::hold_of(id, private_of(id));
    write_file(hold, key.substr(0, 40));
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}), HasSubstr("left alone " + hold.string()));
    EXPECT_TRUE(store.has(key));
    fs::rename(hold, store.folder() / "holds" / checkpoint::Store::hold_of(id, services.runs.folder(id).secret()));
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}), HasSubstr("removed checkpoint " + key.substr(0, 12)));
}

TEST_F(ASharedCache, TellsOfTwoRunsOfOneIdWhichIsToBeEndedHere) {
    const auto key = save();
    const auto mine = services.runs.create("two-node", services.clock);  // holds its owner's lock
    store.hold(mine.info.id, key, services.context(), mine.folder.secret());
    store.hold(mine.info.id, key, services.context(), private_of(mine.info.id));
    const auto hold = store.folder() / "holds" / checkpoint::Store::hold_of(mine.info.id, private_of(mine.info.id));
    EXPECT_THAT(
        output_of(CacheRemoveCommand{{key}, false}, 2),
        AllOf(HasSubstr(services.folders.next_command("down", {mine.info.id})), HasSubstr("rm " + hold.string())));
}

TEST_F(ASharedCache, KeepsTheCheckpointThatAnOlderCribHeldForARunUnknownHere) {
    const auto key = save();
    (void)ended();
    store.hold("two-node-ab12", key, services.context());
    const auto way = HasSubstr("two-node-ab12 is no run of this state folder");
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false, true}, 2), way);
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false}, 2), way);
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}), Not(HasSubstr("removed checkpoint")));
    EXPECT_TRUE(store.has(key));
}

// What a dry run promises, of a run whose crib was killed, is what is then done.
TEST_F(ASharedCache, LosesInALookWhatItLosesThen) {
    const auto key = save(state_on(images / kUnused));
    const auto id = services.runs.create("two-node", services.clock).info.id;
    store.hold(id, key, services.context(), services.runs.folder(id).secret());
    ::setenv("CRIB_CACHE_LIMIT", "0", 1);
    const auto looked = output_of(CollectGarbageCommand{true});
    const auto done = output_of(CollectGarbageCommand{});
    ::unsetenv("CRIB_CACHE_LIMIT");
    EXPECT_THAT(looked, AllOf(HasSubstr("would remove checkpoint " + key.substr(0, 12)), HasSubstr(kUnused)));
    EXPECT_THAT(done, AllOf(HasSubstr("removed checkpoint " + key.substr(0, 12)), HasSubstr(kUnused)));
}

// "would remove ..., if nobody uses it", and then it was kept, without a word of the run.
TEST_F(ASharedCache, TellsInALookTooThatARunStandsOnWhatCannotBeRead) {
    const auto key = save();
    store.hold("two-node-ab12", key, services.context(), private_of("two-node-ab12"));
    make_older(key);
    const auto title = key.substr(0, 12) + " (it cannot be read): run two-node-ab12; two-node-ab12 is no run of this";
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false, true}, 2), HasSubstr("would keep " + title));
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false}, 2), HasSubstr("kept " + title));
    fs::remove_all(others / "two-node-ab12" / "private");
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false, true}), HasSubstr("would remove " + key.substr(0, 12)));
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false}), HasSubstr("removed " + key.substr(0, 12)));
}

TEST_F(ASharedCache, GivesAdviceThatCanBeTakenOnWhatAnOlderCribSaved) {
    const auto key = save();
    const auto digits = key.substr(0, 12);
    make_older(key);
    const auto verified = [&] { return output_of(CacheVerifyCommand{true}, 3); };
    EXPECT_THAT(output_of(CacheListCommand{}), AllOf(HasSubstr("it goes when there is no room"),
                                                     HasSubstr(services.folders.next_command("cache rm", {digits}))));
    EXPECT_THAT(verified(), AllOf(HasSubstr("left alone " + digits + ": its manifest: it is of format \"2\""),
                                  HasSubstr(services.folders.next_command("cache rm", {digits})),
                                  Not(HasSubstr("the manifest of checkpoint"))));
    store.name("mine", key, services.context());
    for (const auto& out : {output_of(CacheListCommand{}), output_of(CacheCollectCommand{"0"})}) {
        EXPECT_THAT(out, AllOf(HasSubstr("called mine; "), HasSubstr("it stays for its name"),
                               HasSubstr(services.folders.next_command("cache rm", {"mine"})),
                               Not(HasSubstr(services.folders.next_command("cache rm", {digits})))));
    }
    EXPECT_THAT(verified(), HasSubstr(services.folders.next_command("cache rm", {"mine"}) + "\n"));
    store.hold("two-node-ab12", key, services.context(), private_of("two-node-ab12"));
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}),
                AllOf(HasSubstr("it stays for the run that stands on it"),
                      HasSubstr(services.folders.next_command("cache rm", {"mine"}) +
                                " (once it has ended: run two-node-ab12")));
    EXPECT_TRUE(store.has(key));
}

}  // namespace
}  // namespace crib::cli
