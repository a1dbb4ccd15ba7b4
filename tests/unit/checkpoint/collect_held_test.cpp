#include "tests/unit/checkpoint/collecting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Collecting from a store of which clusters hold something.

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(Collecting, TakesWhatWasHeldForAClusterThatIsGone) {
    const auto cluster = folder.path() / "private";
    make_folder(cluster);
    store.hold("elsewhere", saved_[0], context(), cluster);
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[1], saved_[2]));
    fs::remove(cluster);
    EXPECT_THAT(store.list().at(0).holders, IsEmpty());
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[0]));
    EXPECT_THAT(files("holds"), IsEmpty());
}

// What was lost: the state lies on a disk that is not mounted now.
TEST_F(Collecting, LeavesWhatIsHeldForAClusterThatCannotBeSeenNow) {
    const auto disk = folder.path() / "disk";
    const auto run = disk / "runs" / "two-node-abcd";
    fs::create_directories(run / "private");
    store.hold("two-node-abcd", saved_[0], context(), run / "private");
    fs::rename(disk, folder.path() / "elsewhere");
    const auto result = collect(0);
    EXPECT_THAT(result.entries, ElementsAre(saved_[1], saved_[2]));
    ASSERT_THAT(result.left_alone, SizeIs(1));
    EXPECT_THAT(result.left_alone[0].why, HasSubstr("cannot be seen now: " + (run / "private").string()));
    EXPECT_THAT(result.left_alone[0].cure, HasSubstr("holds/two-node-abcd"));
    fs::rename(folder.path() / "elsewhere", disk);
    fs::remove_all(run / "private");
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[0])) << "the run is there, and has ended";
    EXPECT_THAT(files("holds"), IsEmpty());
}

// What was lost: the disk of the runs is not mounted, and the folder where it is to be is empty.
TEST_F(Collecting, LeavesWhatIsHeldForAClusterThatIsMissingUntilThatIsLongAgo) {
    const auto run = folder.path() / "runs" / "two-node-abcd";
    make_folder(run / "private");
    store.hold("two-node-abcd", saved_[0], context(), run / "private");
    clock.advance(std::chrono::hours{40 * 24});
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[1], saved_[2])) << "it is seen now";
    fs::remove_all(run);
    clock.advance(std::chrono::hours{29 * 24});
    for (const auto sweep : {Sweep::only_look, Sweep::remove}) {
        const auto result = store.collect(ByteSize{0}, context(), {}, sweep);
        EXPECT_THAT(result.entries, IsEmpty());
        ASSERT_THAT(result.left_alone, SizeIs(1));
        EXPECT_THAT(result.left_alone[0].cure, HasSubstr("it is forgotten 30 days after it was last seen"));
    }
    clock.advance(std::chrono::hours{2 * 24});
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[0]));
    EXPECT_THAT(files("holds"), IsEmpty());
}

TEST_F(Collecting, TakesWhatWasHeldForAClusterThatWasJustRemoved) {
    const auto run = folder.path() / "runs" / "two-node-abcd";
    make_folder(run / "private");
    store.hold("two-node-abcd", saved_[0], context(), run / "private");
    fs::remove_all(run);
    EXPECT_THAT(store.collect(ByteSize{0}, context(), {}, Sweep::remove, {run / "private"}).entries, SizeIs(3));
    EXPECT_THAT(files("holds"), IsEmpty());
}

// What was lost: a shared cache, and another state folder that had never heard of the run.
TEST_F(Collecting, LeavesWhatAnOlderCribHeldForARunThatNobodyKnows) {
    store.hold("alive", saved_[0], context());
    store.hold("unheard-of", saved_[1], context());
    store.hold("ended", saved_[2], context());
    const auto alive = [](const Holder& holder) {
        return holder.run == "unheard-of" ? std::nullopt : std::optional(holder.run == "alive");
    };
    for (const auto sweep : {Sweep::only_look, Sweep::remove}) {
        EXPECT_THAT(store.collect(ByteSize{0}, context(), alive, sweep).entries, ElementsAre(saved_[2]));
    }
    EXPECT_THAT(files("holds"), ElementsAre("alive", "unheard-of"));
}

// What was lost: in the state folder in use a run of the same name had ended.
TEST_F(Collecting, LeavesWhatIsHeldWhileTheClusterIsThereWhateverBecameOfItsNamesake) {
    store.hold("two-node-abcd", saved_[0], context(), folder.path());
    const auto none = [](const Holder&) { return false; };
    EXPECT_THAT(store.dead_holds(none), IsEmpty());
    EXPECT_THAT(store.collect(ByteSize{0}, context(), none).entries, ElementsAre(saved_[1], saved_[2]));
    EXPECT_THAT(files("holds"), ElementsAre(Store::hold_of("two-node-abcd", folder.path())));
    ASSERT_THAT(store.holds(), SizeIs(1));
    EXPECT_EQ(store.holds()[0].run, "two-node-abcd");
    EXPECT_EQ(store.holds()[0].while_exists, folder.path());
}

// What was lost: the later one's hold was written over the other's, which its end then freed.
TEST_F(Collecting, LeavesWhatARunStandsOnWhenItsNamesakeOfAnotherStateFolderEnds) {
    const auto one = folder.path() / "one" / "two-node-abcd" / "private";
    const auto other = folder.path() / "other" / "two-node-abcd" / "private";
    make_folder(one);
    make_folder(other);
    store.hold("two-node-abcd", saved_[0], context(), one);
    store.hold("two-node-abcd", saved_[1], context(), other);
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[2]));
    fs::remove_all(other);
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[1]));
    EXPECT_THAT(keys(), ElementsAre(saved_[0]));
    fs::remove_all(one);
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[0]));
}

// As an older crib holds, by the id alone.
TEST_F(Collecting, LeavesWhatAnOlderCribHoldsUntilItsOwnRunStandsOnAnother) {
    const auto one = folder.path() / "one" / "two-node-abcd" / "private";
    const auto other = folder.path() / "other" / "two-node-abcd" / "private";
    make_folder(one);
    make_folder(other);
    write_file(store.folder() / "holds" / "two-node-abcd", saved_[0] + "\nwhile " + one.string() + "\n");
    store.hold("two-node-abcd", saved_[1], context(), other);
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[2]));
    store.hold("two-node-abcd", saved_[1], context(), one);
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[0])) << "it is not held twice";
    EXPECT_THAT(files("holds"), SizeIs(2));
}

TEST_F(Collecting, TellsOfALookWhatGoesWithARunThatIsToGo) {
    store.hold("two-node-abcd", saved_[0], context(), folder.path());
    const auto look = store.collect(ByteSize{0}, context(), {}, Sweep::only_look, {folder.path()});
    EXPECT_THAT(look.entries, SizeIs(3));
    EXPECT_THAT(files("holds"), SizeIs(1));
}

// Its run's folder was moved to a disk that is not mounted now, and a link left in its place.
TEST_F(Collecting, LeavesWhatIsHeldForAClusterBehindALinkThatLeadsNowhere) {
    const auto run = folder.path() / "runs" / "two-node-abcd";
    make_folder(run.parent_path());
    fs::create_symlink("/nowhere/two-node-abcd", run);
    store.hold("two-node-abcd", saved_[0], context(), run / "private");
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[1], saved_[2]));
    EXPECT_THAT(files("holds"), SizeIs(1));
}

}  // namespace
}  // namespace crib::checkpoint
