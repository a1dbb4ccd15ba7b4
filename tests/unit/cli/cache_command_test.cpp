// crib cache, on a store with a few small checkpoints.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/unused.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/checkpoint/store.h"
#include "harness/cli/commands.h"
#include "tests/support/recording_runner/recording_runner.h"
#include "tests/unit/cli/looked_at.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using checkpoint::text;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class CacheCommands : public ::testing::Test {
protected:
    static checkpoint::KeyChain chain(const std::string& source) {
        return checkpoint::extend(checkpoint::extend({}, "os-ready", {text("cpu model", "Nehalem")}), "runtime-ready",
                                  {text("component cri-o 1.36.3", source)});
    }
    std::string save(const checkpoint::KeyChain& chain) {
        auto begun = store.begin(chain, checkpoint::Store::IfBusy::leave, services.context());
        write_file(folder.path() / "raw", "memory of " + key_of(chain));
        begun.draft.value().add_memory("master", folder.path() / "raw", services.context());
        return begun.draft->commit({"two-node", "", {"master"}, "s3cret"}, services.context()).key();
    }
    // A run with these keys.
    std::string run_with(const checkpoint::KeyChain& chain, const std::string& why) {
        const auto created = services.runs.create("two-node", services.clock);
        checkpoint::write_run_stages(created.folder.checkpoints(),
                                     {{{chain[0], true, false, ""}, {chain[1], false, true, why}}});
        return created.info.id;
    }
    // A checkpoint with a disk that stands on this one.
    void test_layer_on(const fs::path& image) {
        test::RecordingRunner runner;
        runner.on({"qemu-img", "convert"}, [](const process::Command& command) {
            write_file(command.args.back(), "layer");
            return test::exited(0);
        });
        checkpoint::Store other{runner, services.clock, store.folder()};
        auto begun = other.begin(chain("with a disk"), checkpoint::Store::IfBusy::leave, services.context());
        write_file(folder.path() / "vda", "disk");
        begun.draft.value().add_disk("master", folder.path() / "vda", image, services.context());
        (void)begun.draft->commit({}, services.context());
    }
    template <typename C>
    std::string output_of(const C& command, int expected = 0) {
        return test::output_of(services, command, expected);
    }
    [[nodiscard]] std::map<std::string, std::string> tree() const { return test::tree_of(folder.path()); }

    TempFolder folder{fs::temp_directory_path()};
    Output output;
    Services services{CRIB_SOURCE_DIR, (folder.path() / "state").string(), "/nowhere/crib", output};
    checkpoint::Store store{services.runner, services.clock, services.folders.cache / "checkpoints"};
};

TEST_F(CacheCommands, AnEmptyCacheIsListedAsOne) {
    EXPECT_THAT(output_of(CacheListCommand{}), HasSubstr("0 checkpoints, 0 B of at most "));
    EXPECT_EQ(output_of(CacheListCommand{true}), "[]\n");
    EXPECT_THAT(output_of(CacheVerifyCommand{}), HasSubstr("0 checkpoints are good, 0 damaged"));
}

TEST_F(CacheCommands, CheckpointsAreListedWithWhatTheyAreAndWhoKeepsThem) {
    const auto key = save(chain("modules"));
    store.name("before-flannel", key, services.context());
    store.hold("two-node-abcd", key, services.context());
    const auto out = output_of(CacheListCommand{});
    EXPECT_THAT(out, AllOf(HasSubstr(key.substr(0, 12)), HasSubstr("runtime-ready"), HasSubstr("run two-node-abcd"),
                           HasSubstr("before-flannel"), HasSubstr("1 checkpoint, ")));
    const auto json = output_of(CacheListCommand{true});
    EXPECT_THAT(json, AllOf(HasSubstr("\"key\": \"" + key + "\""), HasSubstr("\"Nehalem\""), Not(HasSubstr("s3cret"))));
}

TEST_F(CacheCommands, CheckpointsAreRemovedByNameOrKey) {
    const auto first = save(chain("modules"));
    const auto second = save(chain("upstream"));
    store.name("mine", first, services.context());
    EXPECT_THAT(output_of(CacheRemoveCommand{{"mine", second.substr(0, 10)}, false}), HasSubstr("removed "));
    EXPECT_TRUE(store.list().empty());
    EXPECT_TRUE(store.names().empty());
    EXPECT_THROW(execute(services, CacheRemoveCommand{{"mine"}, false}), Error);
}

// Once "cache rm 6" removed the one that was called 5, when there was no 6 any more.
TEST_F(CacheCommands, ANamedOneIsNotRemovedByTheBeginningOfItsKey) {
    const auto key = save(chain("modules"));
    store.name("mine", key, services.context());
    for (const auto dry_run : {true, false}) {
        try {
            (void)execute(services, CacheRemoveCommand{{key.substr(0, 12)}, false, dry_run});
            FAIL();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.what(), HasSubstr("has a name: mine"));
            EXPECT_THAT(error.hint(), HasSubstr(services.folders.next_command("cache rm", {"mine"})));
        }
    }
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false}), HasSubstr("removed " + key.substr(0, 12)));
}

TEST_F(CacheCommands, WhatARunOfAnotherStateFolderStandsOnIsKeptAndTheWayOutTold) {
    const auto key = save(chain("modules"));
    store.name("mine", key, services.context());
    (void)services.runs.create("another", services.clock);
    store.hold("two-node-abcd", key, services.context(), folder.path());
    const auto way =
        AllOf(HasSubstr("two-node-abcd is no run of this state folder"),
              HasSubstr("rm " + (store.folder() / "holds/two-node-abcd").string()), Not(HasSubstr(" down ")));
    EXPECT_THAT(output_of(CacheRemoveCommand{{"mine"}, false, true}, 2), way);
    EXPECT_THAT(output_of(CacheRemoveCommand{{"mine"}, false}, 2), way);
    EXPECT_TRUE(store.has(key));
}

TEST_F(CacheCommands, WhatARunStoodOnThatIsNotThereAnyMoreCanBeRemoved) {
    const auto key = save(chain("modules"));
    (void)services.runs.create("another", services.clock);
    store.hold("two-node-abcd", key, services.context(), services.runs.folder("two-node-abcd").secret());
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false, true}), HasSubstr("would remove " + key.substr(0, 12)));
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false}), HasSubstr("removed " + key.substr(0, 12)));
}

TEST_F(CacheCommands, ANameThatCannotBeReadIsListed) {
    const auto key = save(chain("modules"));
    const auto name = store.folder() / "names" / "precious";
    write_file(name, key.substr(0, 40));
    const auto told = HasSubstr("left alone " + name.string() + ": it names no checkpoint that can be told");
    EXPECT_THAT(output_of(CacheListCommand{}), told);
    EXPECT_THAT(output_of(CacheCollectCommand{"0", true}), AllOf(told, Not(HasSubstr("would remove"))));
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}), AllOf(told, Not(HasSubstr("removed"))));
    EXPECT_TRUE(store.has(key));
}

TEST_F(CacheCommands, ATimeInTheFutureIsNoAge) {
    const auto manifest = store.folder() / "entries" / (save(chain("modules")) + ".json");
    fs::last_write_time(manifest, fs::file_time_type::clock::now() + std::chrono::hours{24 * 365});
    EXPECT_THAT(output_of(CacheListCommand{}), AllOf(Not(HasSubstr("<invalid>")), HasSubstr(" ? ")));
}

TEST_F(CacheCommands, WhatARunStandsOnIsKeptAsLongAsTheRun) {
    const auto key = save(chain("modules"));
    {
        const auto alive = services.runs.create("two-node", services.clock);  // holds its owner's lock
        store.hold(alive.info.id, key, services.context());
        EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false}, 2),
                    HasSubstr("run " + alive.info.id +
                              "; end it first: " + services.folders.next_command("down", {alive.info.id})));
        EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false, true}, 2),
                    HasSubstr(services.folders.next_command("down", {alive.info.id})));
        (void)output_of(CacheCollectCommand{"0"});
        EXPECT_TRUE(store.has(key));
    }
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}), HasSubstr("removed checkpoint " + key.substr(0, 12)));
    EXPECT_FALSE(store.has(key));
}

TEST_F(CacheCommands, WhatNobodyUsedForTwoWeeksGoesFromTheOtherCachesToo) {
    const auto images = services.folders.cache / "images";
    const auto make = [&](const std::string& name) {
        make_folder(images / name);
        mark_as_cached(images / name, name);
        write_file(images / name / "root.qcow2", "disk");
        write_file(images / (name + ".lock"), "");
        for (const auto& path : {images / name, images / (name + ".lock")}) {
            fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{15 * 24});
        }
    };
    const std::string unused = "debian-13-0000000000000001";
    const std::string stood_on = "debian-13-0000000000000002";
    const std::string newest = "debian-13-0000000000000003";
    for (const auto& name : {unused, stood_on, newest}) make(name);
    mark_used(images / (newest + ".lock"));
    test_layer_on(images / stood_on / "root.qcow2");
    const auto manifest = store.folder() / "entries" / (store.list().at(0).entry.key() + ".json");
    const auto whole = read_file(manifest);
    append_file(manifest, "x");
    EXPECT_THAT(output_of(CacheCollectCommand{}),
                AllOf(Not(HasSubstr("removed")), HasSubstr("that cannot be read may stand on it")));
    write_file(manifest, whole);
    EXPECT_THAT(output_of(CacheCollectCommand{}), HasSubstr("removed " + unused + " ("));
    EXPECT_FALSE(fs::exists(images / unused));
    EXPECT_TRUE(fs::exists(images / stood_on / "root.qcow2"));
    EXPECT_TRUE(fs::exists(images / newest / "root.qcow2"));
}

// It may stand on the oldest image there is.
TEST_F(CacheCommands, NothingUnusedGoesWhileARunOrACheckpointCannotBeRead) {
    const auto images = services.folders.cache / "images";
    const auto make = [&](const std::string& name, int days) {
        make_folder(images / name);
        mark_as_cached(images / name, name);
        write_file(images / (name + ".lock"), "");
        for (const auto& path : {images / name, images / (name + ".lock")}) {
            fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{days * 24});
        }
    };
    const std::string old = "debian-13-0000000000000001";
    make(old, 15);
    make("debian-13-0000000000000002", 1);
    const auto stays = AllOf(HasSubstr("left alone " + (images / old).string() + ": a run or a checkpoint that"),
                             Not(HasSubstr("removed " + old)), Not(HasSubstr("would remove " + old)));
    auto damaged = services.runs.create("two-node", services.clock);
    append_file(damaged.folder.info(), "x");
    EXPECT_THAT(output_of(CacheCollectCommand{}), stays);
    fs::remove_all(damaged.folder.path);
    const auto manifest = store.folder() / "entries" / (save(chain("modules")) + ".json");
    append_file(manifest, "x");
    EXPECT_THAT(output_of(CacheCollectCommand{"", true}), stays);
    EXPECT_THAT(output_of(CacheCollectCommand{}), stays);
    EXPECT_TRUE(fs::exists(images / old));
    fs::remove(manifest);
    EXPECT_THAT(output_of(CacheCollectCommand{}), HasSubstr("removed " + old));
}

TEST_F(CacheCommands, ACheckpointWhoseStateCannotBeReadMakesNoRun) {
    store.name("mine", save(chain("modules")), services.context());
    for (const unsigned copies : {1U, 2U}) {
        try {
            RestoreCommand restore;
            restore.name = "mine";
            restore.copies = copies;
            (void)execute(services, restore);
            FAIL();
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("checkpoint mine: a cluster's state cannot be read"));
            EXPECT_THAT(error.hint(), HasSubstr(services.folders.next_command("cache rm", {"mine"})));
        }
    }
    EXPECT_TRUE(services.runs.list().empty());
}

TEST_F(CacheCommands, ADryRunSaysWhatWouldGoAndTakesNothing) {
    const auto key = save(chain("modules"));
    const auto held = save(chain("upstream"));
    store.hold("two-node-abcd", held, services.context(), folder.path());
    const auto before = tree();
    EXPECT_THAT(output_of(CacheRemoveCommand{{key}, false, true}), HasSubstr("would remove " + key.substr(0, 12)));
    EXPECT_THAT(output_of(CacheRemoveCommand{{}, true, true}),
                AllOf(HasSubstr("would remove " + key.substr(0, 12)), HasSubstr("would keep " + held.substr(0, 12))));
    EXPECT_THAT(output_of(CacheCollectCommand{"0", true}),
                AllOf(HasSubstr("would remove checkpoint " + key.substr(0, 12)), HasSubstr("would be left"),
                      Not(HasSubstr(held.substr(0, 12)))));
    EXPECT_THAT(output_of(CacheVerifyCommand{true}), HasSubstr("2 checkpoints are good, 0 damaged"));
    EXPECT_EQ(tree(), before);
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}), HasSubstr("removed checkpoint " + key.substr(0, 12)));
    EXPECT_TRUE(store.has(held));
}

TEST_F(CacheCommands, AManifestThatCannotBeReadIsKeptWithItsPartsUntilItIsVerified) {
    const auto key = save(chain("modules"));
    const auto manifest = store.folder() / "entries" / (key + ".json");
    const auto part = store.folder() / "parts" / store.list()[0].entry.parts[0].id;
    append_file(manifest, "x");
    EXPECT_THAT(output_of(CacheCollectCommand{"0"}),
                AllOf(HasSubstr("left alone " + manifest.string()), HasSubstr("crib cache verify")));
    EXPECT_THAT(output_of(CacheRemoveCommand{{}, true}), HasSubstr("left alone " + manifest.string()));
    EXPECT_TRUE(fs::exists(manifest));
    EXPECT_TRUE(fs::exists(part));
    EXPECT_THAT(output_of(CacheVerifyCommand{true}, 1), HasSubstr("would remove " + key.substr(0, 12)));
    EXPECT_TRUE(fs::exists(manifest));
    EXPECT_THAT(output_of(CacheVerifyCommand{}, 1), HasSubstr("removed " + key.substr(0, 12)));
    EXPECT_FALSE(fs::exists(part));
}

TEST_F(CacheCommands, ADamagedOneIsNamedAndCanBeRemoved) {
    const auto key = save(chain("modules"));
    store.name("mine", key, services.context());
    append_file(store.folder() / "entries" / (key + ".json"), "x");
    EXPECT_THAT(output_of(CacheListCommand{}), AllOf(HasSubstr(key), HasSubstr("called mine"), HasSubstr("digest")));
    EXPECT_THAT(output_of(CacheRemoveCommand{{"mine"}, false, true}), HasSubstr("would remove " + key.substr(0, 12)));
    EXPECT_THAT(output_of(CacheRemoveCommand{{"mine"}, false}), HasSubstr("removed " + key.substr(0, 12)));
    EXPECT_FALSE(store.has(key));
}

TEST_F(CacheCommands, WhatCannotBeCheckedNowStaysAndIsTold) {
    const auto key = save(chain("modules"));
    const auto parts = store.folder() / "parts";
    fs::rename(parts, folder.path() / "elsewhere");
    EXPECT_THAT(output_of(CacheVerifyCommand{}, 3),
                AllOf(HasSubstr("left alone " + key.substr(0, 12)), HasSubstr("0 damaged, 1 cannot be checked now")));
    fs::rename(folder.path() / "elsewhere", parts);
    EXPECT_THAT(output_of(CacheVerifyCommand{}), HasSubstr("1 checkpoint is good, 0 damaged"));
}

TEST_F(CacheCommands, ALimitMustBeASize) {
    EXPECT_THROW(execute(services, CacheCollectCommand{"much"}), Error);
}

TEST_F(CacheCommands, DamageIsNamedAndRemoved) {
    const auto key = save(chain("modules"));
    fs::remove(store.folder() / "parts" / store.list()[0].entry.parts[0].id);
    EXPECT_THAT(output_of(CacheVerifyCommand{}, 1),
                AllOf(HasSubstr("removed " + key.substr(0, 12)), HasSubstr("memory of master is missing"),
                      HasSubstr("0 checkpoints are good, 1 damaged")));
}

TEST_F(CacheCommands, AMissIsExplainedByWhatDiffers) {
    save(chain("local def"));
    const auto run = run_with(chain("modules abc"), "component cri-o 1.36.3 differs");
    const auto out = output_of(CacheExplainCommand{run, "runtime-ready", false});
    EXPECT_THAT(out, HasSubstr("then: there was no checkpoint, and the run saved one: component cri-o 1.36.3 differs"));
    EXPECT_THAT(out, HasSubstr("  component cri-o 1.36.3: modules abc here, local def there\n"));
    EXPECT_THAT(out, Not(HasSubstr("Nehalem")));
    EXPECT_THAT(output_of(CacheExplainCommand{run, "runtime-ready", true}), HasSubstr("    cpu model: Nehalem\n"));
    EXPECT_THROW(execute(services, CacheExplainCommand{run, "joined", false}), Error);
}

TEST_F(CacheCommands, AHitIsToldAsOne) {
    save(chain("modules abc"));
    const auto run = run_with(chain("modules abc"), "");
    EXPECT_THAT(output_of(CacheExplainCommand{run, "runtime-ready", false}),
                HasSubstr("now: a checkpoint of this key is there"));
}

TEST_F(CacheCommands, ARunWithoutKeysSaysSo) {
    std::optional<engine::RunStore::Created> created(services.runs.create("two-node", services.clock));
    const auto id = created->info.id;
    const auto hint = [&] {
        try {
            execute(services, CacheExplainCommand{id, "os-ready", false});
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.what(), HasSubstr("has no record of its stages' keys"));
            return error.hint();
        }
        return std::string("none");
    };
    EXPECT_THAT(hint(), HasSubstr("it has none yet")) << "its crib is at work";
    created.reset();
    EXPECT_THAT(hint(), HasSubstr("it ended before it had any"));
}

}  // namespace
}  // namespace crib::cli
