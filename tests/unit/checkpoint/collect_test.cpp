#include "tests/unit/checkpoint/collecting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(Collecting, RemovesNothingBelowTheLimit) {
    const auto result = collect(3);
    EXPECT_THAT(result.entries, IsEmpty());
    EXPECT_EQ(result.freed, 0U);
    EXPECT_GT(result.left, 6 * kBig);
    EXPECT_FALSE(result.over);
    EXPECT_THAT(keys(), SizeIs(3));
}

TEST_F(Collecting, TakesTheLeastRecentlyUsedFirst) {
    (void)store.open(saved_[0], context());
    const auto result = collect(2);
    EXPECT_THAT(result.entries, ElementsAre(saved_[1]));
    EXPECT_GE(result.freed, 2 * kBig);
    EXPECT_THAT(keys(), ElementsAre(saved_[2], saved_[0]));
    EXPECT_THAT(files("parts"), SizeIs(4));
}

TEST_F(Collecting, NeverTakesWhatIsInUseNamedOrHeld) {
    const auto opened = store.open(saved_[0], context());
    store.name("mine", saved_[1], context());
    store.hold("two-node-abcd", saved_[2], context());
    const auto result = collect(0);
    EXPECT_THAT(result.entries, IsEmpty());
    EXPECT_TRUE(result.over);
    EXPECT_THAT(keys(), SizeIs(3));
}

TEST_F(Collecting, TakesWhatARunNamedByItselfAndItsNameWithIt) {
    store.name("two-node-abcd-failed", saved_[0], context(), Store::Stays::no);
    EXPECT_EQ(store.find("two-node-abcd-failed").value().entry.key(), saved_[0]);
    EXPECT_THAT(collect(2).entries, ElementsAre(saved_[0]));
    EXPECT_FALSE(store.find("two-node-abcd-failed"));
    EXPECT_THAT(files("names"), IsEmpty());
}

TEST_F(Collecting, LeavesWhatAPersonHasNamedAsWell) {
    store.name("two-node-abcd-failed", saved_[0], context(), Store::Stays::no);
    store.name("the-bug", saved_[0], context());
    EXPECT_THAT(collect(2).entries, ElementsAre(saved_[1]));
    EXPECT_TRUE(store.find("two-node-abcd-failed"));
}

TEST_F(Collecting, TakesWhatAClusterStoodUponBeforeItWasSavedAgainOrTakenBack) {
    store.hold("two-node-abcd", saved_[0], context());
    store.hold("two-node-abcd", saved_[2], context());
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[0], saved_[1]));
    EXPECT_THAT(keys(), ElementsAre(saved_[2]));
}

TEST_F(Collecting, TakesWhatItsRunNoLongerNeeds) {
    store.hold("alive", saved_[0], context());
    store.hold("dead", saved_[1], context());
    const auto result =
        store.collect(ByteSize{0}, context(), [](const Holder& holder) { return holder.run == "alive"; });
    EXPECT_THAT(result.entries, ElementsAre(saved_[1], saved_[2]));
    EXPECT_THAT(files("holds"), ElementsAre("alive"));
}

TEST_F(Collecting, NeitherCountsNorForgetsWhatLiesAmongTheNamesAndIsNone) {
    const auto names = store.folder() / "names";
    store.name("mine", saved_[0], context());
    fs::create_symlink("mine", names / "link");
    write_file(names / ".hidden", saved_[1] + "\n");
    write_file(names / "a b", saved_[1] + "\n");
    EXPECT_THAT(store.names(), SizeIs(1));
    EXPECT_THAT(store.list().at(0).names, ElementsAre("mine"));
    EXPECT_FALSE(store.look_up("a b"));
    const auto result = collect(0);
    EXPECT_THAT(result.entries, ElementsAre(saved_[2])) << "what others keep by hand stays";
    EXPECT_THAT(result.left_alone, SizeIs(3));
    for (const auto& one : result.left_alone) EXPECT_THAT(one.why, HasSubstr("no file that crib makes there"));
}

// A manifest and a name that were moved to a disk that is not mounted now.
TEST_F(Collecting, TakesNothingThatALinkMayLeadToAgain) {
    const auto manifest = store.folder() / "entries" / (saved_[0] + ".json");
    fs::rename(manifest, folder.path() / "elsewhere");
    fs::create_symlink("/nowhere/manifest", manifest);
    for (const auto sweep : {Sweep::only_look, Sweep::remove}) {
        const auto result = store.collect(ByteSize{0}, context(), {}, sweep);
        EXPECT_THAT(result.entries, IsEmpty());
        ASSERT_THAT(result.left_alone.empty(), false);
    }
    EXPECT_THAT(files("parts"), SizeIs(6));
    const auto unreadable = store.unreadable();
    ASSERT_THAT(unreadable, SizeIs(1));
    EXPECT_THAT(unreadable[0].why, HasSubstr("is a link to /nowhere/manifest, which is not there"));
    fs::rename(folder.path() / "elsewhere", manifest);
    fs::create_symlink("/nowhere/name", store.folder() / "names" / "mine");
    EXPECT_THAT(collect(0).entries, IsEmpty());
    EXPECT_THAT(keys(), SizeIs(3));
}

TEST_F(Collecting, TakesNothingWhileANameCannotBeRead) {
    const auto file = store.folder() / "names" / "precious";
    const auto& key = saved_[0];
    auto capitals = key;
    std::transform(key.begin(), key.end(), capitals.begin(), [](unsigned char c) { return std::toupper(c); });
    const auto expect_nothing_taken = [&](const std::string& why) {
        for (const auto sweep : {Sweep::only_look, Sweep::remove}) {
            const auto result = store.collect(ByteSize{0}, context(), {}, sweep);
            EXPECT_THAT(result.entries, IsEmpty()) << why;
            EXPECT_TRUE(result.over);
            ASSERT_THAT(result.left_alone, SizeIs(1)) << why;
            EXPECT_EQ(result.left_alone[0].path, file);
            EXPECT_THAT(result.left_alone[0].why, HasSubstr(why));
        }
        EXPECT_THROW(store.name("precious", saved_[1], context()), Error) << "it may be another's";
        EXPECT_THROW((void)store.look_up("precious"), Error);
    };
    for (const auto& text : {std::string("garbage\n"), key.substr(0, 40) + "\n", key + "\r\n", capitals + "\n"}) {
        write_file(file, text);
        expect_nothing_taken("it has no key");
    }
    write_file(file, "");
    expect_nothing_taken("it is empty");
    write_file(file, key + "\n");
    fs::resize_file(file, 17U << 20U);
    expect_nothing_taken("it is larger than");
    EXPECT_THAT(keys(), SizeIs(3));
    EXPECT_EQ(store.remove(saved_[1], context()), Removed::yes) << "what a person names goes";
}

TEST_F(Collecting, TakesNothingWhileAHoldCannotBeRead) {
    store.hold("two-node-abcd", saved_[0], context(), folder.path());
    const auto file = store.folder() / "holds" / Store::hold_of("two-node-abcd", folder.path());
    const auto whole = read_file(file);
    const auto others = saved_[0] + "\nwhile " + folder.path().string() + "/another\n";
    for (const auto& text : {std::string(), saved_[0].substr(0, 40) + "\n", saved_[0] + "\r\n",
                             std::string("while /\n"), others, whole.substr(0, whole.size() - 3)}) {
        write_file(file, text);
        for (const auto sweep : {Sweep::only_look, Sweep::remove}) {
            const auto result = store.collect(ByteSize{0}, context(), {}, sweep);
            EXPECT_THAT(result.entries, IsEmpty()) << text;
            ASSERT_THAT(result.left_alone, SizeIs(1)) << text;
            EXPECT_EQ(result.left_alone[0].path, file);
        }
        EXPECT_EQ(store.remove(saved_[0], context()), Removed::in_use) << text;
    }
    const auto none = [](const Holder&) { return false; };
    for (const auto sweep : {Sweep::only_look, Sweep::remove}) {
        const auto result = store.collect(ByteSize{0}, context(), none, sweep);
        EXPECT_THAT(result.entries, SizeIs(3)) << "its run has ended";
        EXPECT_THAT(result.left_alone, IsEmpty());
    }
}

TEST_F(Collecting, FreesOnlyPartsThatNobodySharesAnyMore) {
    const auto twin = save("twin", noise(kBig, 0));  // the parts of saved_[0]
    store.name("kept", twin, context());
    const auto result = collect(0);
    EXPECT_THAT(result.entries, ElementsAre(saved_[0], saved_[1], saved_[2]));
    const auto opened = store.open(twin, context());
    ASSERT_TRUE(opened.lease) << opened.why;
    EXPECT_EQ(memory_of(*opened.lease), noise(kBig, 0));
}

TEST_F(Collecting, RemovesWhatKilledProcessesLeft) {
    const auto dead = std::string(64, 'a');
    const auto& home = store.folder();
    write_file(home / "parts" / (dead + "-12345678.partial"), "half a part");
    write_file(home / "parts" / std::string(64, 'b'), "a part that nobody refers to");
    write_file(home / "drafts" / dead, std::string(64, 'b') + "\n");
    write_file(home / "entries" / (dead + ".json.partial-123456"), "half a manifest");
    write_file(home / "locks" / (dead + ".lock"), "4711");
    write_file(home / "trash" / (dead + ".json-12345678"), "half removed");
    EXPECT_THAT(keys(), SizeIs(3));
    const auto result = collect(3);
    EXPECT_GT(result.freed, 0U);
    EXPECT_THAT(result.entries, IsEmpty());
    EXPECT_THAT(files("parts"), SizeIs(6));
    EXPECT_THAT(files("entries"), SizeIs(3));
    EXPECT_THAT(files("drafts"), IsEmpty());
    EXPECT_THAT(files("trash"), IsEmpty());
    EXPECT_THAT(files("locks"), SizeIs(3));
}

TEST_F(Collecting, LeavesAloneAndNamesWhatTheStoreDoesNotMake) {
    const auto& home = store.folder();
    const auto mine = folder.path() / "mine";
    write_file(mine, "thesis");
    make_folder(home / "trash");
    std::vector<fs::path> strange;
    for (const auto* name : {"parts/notes.txt", "drafts/notes.txt", "trash/notes.txt", "locks/notes.lock"}) {
        strange.push_back(home / name);
        write_file(strange.back(), "thesis");
    }
    strange.push_back(home / "parts" / std::string(64, 'c'));
    fs::create_symlink(mine, strange.back());
    strange.push_back(home / "trash" / (std::string(64, 'd') + "-12345678"));
    make_folder(strange.back());
    const auto looked = store.collect(ByteSize{0}, context(), {}, Sweep::only_look);
    const auto result = collect(0);
    for (const auto* one : {&looked, &result}) {
        std::vector<fs::path> named;
        for (const auto& left : one->left_alone) named.push_back(left.path);
        EXPECT_THAT(named, testing::UnorderedElementsAreArray(strange));
    }
    EXPECT_EQ(looked.entries, result.entries);
    EXPECT_EQ(looked.freed, result.freed);
    EXPECT_EQ(looked.left, result.left);
    for (const auto& path : strange) EXPECT_TRUE(fs::exists(fs::symlink_status(path))) << path;
    EXPECT_EQ(read_file(mine), "thesis");
}

TEST_F(Collecting, DoesNotReachThroughALinkInTheStoresFolder) {
    const auto elsewhere = folder.path() / "elsewhere";
    fs::rename(store.folder() / "parts", elsewhere);
    write_file(elsewhere / std::string(64, 'b'), "of another store");
    fs::create_directory_symlink(elsewhere, store.folder() / "parts");
    (void)collect(0);
    EXPECT_TRUE(fs::exists(elsewhere / std::string(64, 'b')));
}

TEST_F(Collecting, KeepsWhatAManifestThatCannotBeReadMayReferTo) {
    append_file(store.folder() / "entries" / (saved_[0] + ".json"), "x");
    const auto result = collect(0);
    EXPECT_THAT(result.entries, ElementsAre(saved_[1], saved_[2]));
    ASSERT_THAT(result.left_alone, SizeIs(1));
    EXPECT_THAT(files("parts"), SizeIs(2)) << "the memory and the disk of the one that cannot be read";
}

// They counted against the limit, and nobody could ever use them.
TEST_F(Collecting, TakesWhatOnlyOlderCribsCanReadBeforeAllOthers) {
    const auto make_older = [&](const std::string& key) {
        const auto manifest = store.folder() / "entries" / (key + ".json");
        const auto used = fs::last_write_time(manifest);
        auto text = read_file(manifest);
        text.replace(16, 1, "2");
        write_file(manifest, text);
        fs::last_write_time(manifest, used);
    };
    const auto oldest = saved_[0];
    saved_.push_back(save("3", noise(kBig, 3)));
    saved_.push_back(save("4", noise(kBig, 4)));
    for (const auto i : {1U, 2U, 3U, 4U}) make_older(saved_[i]);
    store.name("mine", saved_[1], context());
    store.hold("two-node-abcd", saved_[2], context(), folder.path());
    for (const auto sweep : {Sweep::only_look, Sweep::remove}) {
        const auto result = store.collect(ByteSize{2 * kBig * 4 + kBig}, context(), {}, sweep);
        EXPECT_THAT(result.entries, ElementsAre(saved_[3])) << "and no more than there must be room for";
        EXPECT_GT(result.freed, 2 * kBig);
        EXPECT_THAT(result.left_alone, SizeIs(3)) << "what goes is not said to stay";
    }
    EXPECT_THAT(files("parts"), SizeIs(8));
    for (const auto sweep : {Sweep::only_look, Sweep::remove}) {
        EXPECT_THAT(store.collect(ByteSize{0}, context(), {}, sweep).entries, ElementsAre(saved_[4], oldest));
    }
    EXPECT_THAT(files("parts"), SizeIs(4)) << "those of the one with a name and of the one that is held";
}

TEST_F(Collecting, LeavesWhatIsNotProvenToBeAnOlderCribs) {
    const auto manifest = store.folder() / "entries" / (saved_[0] + ".json");
    auto text = read_file(manifest);
    text.replace(16, 1, "2");
    write_file(manifest, text + "x");
    EXPECT_THAT(collect(0).entries, ElementsAre(saved_[1], saved_[2]));
    EXPECT_TRUE(fs::exists(manifest));
}

TEST_F(Collecting, LeavesADraftAtWorkAlone) {
    auto begun = store.begin(chain("at work"), Store::IfBusy::leave, context());
    begun.draft->add_memory("master", file("raw", "memory"), context());
    const auto at_work = store.folder() / "parts" / (begun.draft->key() + "-12345678.partial");
    write_file(at_work, "being written");
    (void)collect(0);
    EXPECT_TRUE(fs::exists(at_work));
    const auto key = begun.draft->commit({}, context()).key();
    const auto opened = store.open(key, context());
    ASSERT_TRUE(opened.lease) << opened.why;
    EXPECT_EQ(memory_of(*opened.lease), "memory");
}

TEST_F(Collecting, OfAStoreThatNeverWasMakesNone) {
    Store none(runner, clock, folder.path() / "none");
    EXPECT_EQ(none.collect(ByteSize{0}, context()).left, 0U);
    EXPECT_THAT(none.verify(context()), IsEmpty());
    EXPECT_THAT(none.list(), IsEmpty());
    EXPECT_FALSE(fs::exists(folder.path() / "none"));
}

TEST(TheSizeLimit, IsWhatWasAskedForElseATenthOfTheDiskAtMost) {
    const auto folder = fs::temp_directory_path() / "not" / "yet" / "there";
    EXPECT_EQ(size_limit("512MiB", folder), ByteSize::mib(512));
    EXPECT_EQ(size_limit("", folder).bytes,
              std::min(ByteSize::gib(20).bytes, static_cast<std::uint64_t>(fs::space("/tmp").capacity / 10)));
    try {
        (void)size_limit("much", folder);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
}

}  // namespace
}  // namespace crib::checkpoint
