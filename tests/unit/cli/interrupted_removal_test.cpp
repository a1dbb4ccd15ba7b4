// crib down, gc, cache rm and cache gc that are asked to stop.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/owned_folder.h"
#include "harness/base/unused.h"
#include "harness/cli/removal.h"
#include "tests/unit/cli/swept_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class AnInterruptedRemoval : public SweptFolders {
protected:
    void SetUp() override {
        SweptFolders::SetUp();
        stop.request_stop();
    }
    template <typename C>
    Error error_of(const C& command) {
        try {
            (void)execute(services, command, stop.get_token());
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "it was not interrupted";
        return {ErrorKind::internal, ""};
    }

    std::stop_source stop;
};

TEST_F(AnInterruptedRemoval, OfKeptClustersNamesThoseThatAreLeft) {
    const auto one = run("passed", true);
    const auto other = run("passed", true);
    const auto error = error_of(DownCommand{{one, other}, false});
    EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    EXPECT_THAT(error.what(), HasSubstr("0 of 2 runs are down, left: " + one + ", " + other));
    EXPECT_EQ(error.hint(), services.folders.next_command("down", {one, other}));
    EXPECT_TRUE(services.runs.load(one).kept);
    EXPECT_TRUE(fs::exists(services.runs.folder(other).secret()));
}

TEST_F(AnInterruptedRemoval, OfNothingIsNone) {
    EXPECT_EQ(execute(services, DownCommand{{}, true}, stop.get_token()), 0);
}

TEST_F(AnInterruptedRemoval, OfGarbageTakesNothingMore) {
    (void)run("", false);
    make_folder(services.runs.root() / ".making-two-node-0001");
    const auto before = test::tree_of(folder.path());
    for (const bool dry_run : {true, false}) {
        const auto error = error_of(CollectGarbageCommand{dry_run});
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
        EXPECT_THAT(error.what(), HasSubstr(dry_run ? "nothing was changed" : "the rest is as it was"));
        EXPECT_EQ(error.hint(), dry_run ? "" : services.folders.next_command("gc") + " removes that");
    }
    EXPECT_EQ(test::tree_of(folder.path()), before);
}

TEST_F(AnInterruptedRemoval, OfWhatTheCachesHoldTakesNothingMore) {
    const auto key = save();
    const auto image = services.folders.cache / "images" / "debian-13-0000000000000001";
    for (const auto* name : {"debian-13-0000000000000001", "debian-13-0000000000000002"}) {
        const auto path = services.folders.cache / "images" / name;
        make_folder(path);
        mark_as_cached(path, name);
        write_file(path.string() + ".lock", "");
        const auto used = fs::file_time_type::clock::now() - std::chrono::hours{20 * 24};
        fs::last_write_time(path.string() + ".lock", used);
        fs::last_write_time(path, used);
    }
    const auto error = error_of(CacheCollectCommand{"0"});
    EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    EXPECT_EQ(error.hint(), services.folders.next_command("cache gc") + " removes that");
    EXPECT_TRUE(checkpoint_store(services).has(key));
    EXPECT_TRUE(fs::exists(image));
    EXPECT_EQ(execute(services, CacheCollectCommand{"0"}, {}), 0);
    EXPECT_FALSE(checkpoint_store(services).has(key));
    EXPECT_FALSE(fs::exists(image));
}

TEST_F(AnInterruptedRemoval, OfCheckpointsNamesThoseThatAreLeft) {
    const auto key = save();
    const auto error = error_of(CacheRemoveCommand{{key}, false});
    EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    EXPECT_EQ(error.hint(), services.folders.next_command("cache rm", {key.substr(0, 12)}));
    checkpoint_store(services).name("mine", key, services.context());
    EXPECT_EQ(error_of(CacheRemoveCommand{{}, true}).hint(), services.folders.next_command("cache rm", {"mine"}));
    EXPECT_TRUE(checkpoint_store(services).has(key));
}

}  // namespace
}  // namespace crib::cli
