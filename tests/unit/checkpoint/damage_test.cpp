// What is damaged is found when it is read: the entry goes, the reason stays, the next save works.

#include "harness/checkpoint/manifest.h"
#include "tests/unit/checkpoint/small_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <stop_token>
#include <vector>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Damaged : public testing::Test, protected SmallStore {
protected:
    void SetUp() override { key_ = save("a", memory_); }

    fs::path manifest() const { return store.folder() / "entries" / (key_ + ".json"); }
    fs::path part(Part::Kind kind) const {
        const auto listed = store.list();
        for (const auto& part : listed.at(0).entry.parts) {
            if (part.kind == kind) return store.folder() / "parts" / part.id;
        }
        return {};
    }
    void expect_gone(const std::string& why) {
        const auto opened = store.open(key_, context());
        EXPECT_FALSE(opened.lease);
        EXPECT_EQ(opened.miss, Opened::Miss::damaged);
        EXPECT_THAT(opened.why, HasSubstr(why));
        expect_nothing_left();
    }
    // It cannot be used, and nothing of it goes, whatever is asked for.
    void expect_kept(const std::string& why) {
        const auto before = files("parts");
        const auto opened = store.open(key_, context());
        EXPECT_FALSE(opened.lease);
        EXPECT_EQ(opened.miss, Opened::Miss::unusable);
        EXPECT_THAT(opened.why, HasSubstr(why));
        const auto found = store.verify(context());
        ASSERT_THAT(found, SizeIs(1));
        EXPECT_TRUE(found[0].unusable);
        EXPECT_THAT(found[0].why, HasSubstr(why));
        (void)store.collect(ByteSize::gib(1), context());
        EXPECT_TRUE(fs::exists(manifest()));
        EXPECT_EQ(files("parts"), before);
    }
    void expect_nothing_left() {
        EXPECT_THAT(store.list(), IsEmpty());
        EXPECT_EQ(store.open(key_, context()).miss, Opened::Miss::absent);
        for (const auto* name : {"entries", "parts", "trash"}) EXPECT_THAT(files(name), IsEmpty()) << name;
    }
    void expect_saved_again() {
        EXPECT_EQ(save("a", memory_), key_);
        const auto opened = store.open(key_, context());
        ASSERT_TRUE(opened.lease) << opened.why;
        EXPECT_EQ(memory_of(*opened.lease), memory_);
    }

    std::string memory_ = noise(1'500'000, 1);
    std::string key_;
};

TEST_F(Damaged, ManifestsAreFoundWhereverTheyChanged) {
    const auto whole = read_file(manifest());
    EXPECT_EQ(read_manifest(whole).key(), key_);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        auto changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x10);
        EXPECT_THROW((void)read_manifest(changed), Error) << at;
    }
    flip(manifest(), whole.size() / 2);
    EXPECT_THAT(store.list(), IsEmpty());
    expect_gone("the manifest of checkpoint");
    expect_saved_again();
}

TEST_F(Damaged, ManifestsAreFoundWhereverTheyEnd) {
    const auto whole = read_file(manifest());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_THROW((void)read_manifest(whole.substr(0, size)), Error) << size;
    }
    fs::resize_file(manifest(), whole.size() / 2);
    EXPECT_THAT(store.list(), IsEmpty());
    expect_gone("the manifest of checkpoint");
    expect_saved_again();
}

TEST_F(Damaged, AManifestOfAnotherFormatIsNotReadAndStays) {
    const auto set_format = [&](const char* format) {
        auto text = read_file(manifest());
        ASSERT_TRUE(text.starts_with("crib-checkpoint 3 "));
        text.replace(16, 1, format);
        write_file(manifest(), text);
    };
    for (const std::string format : {"2", "4"}) {
        set_format(format.c_str());
        expect_kept(fmt::format("it is of format \"{}\", and this crib reads format 3", format));
        if (format == "4") continue;
        EXPECT_EQ(save("a", memory_), key_) << "an older one gives way";
        EXPECT_TRUE(store.open(key_, context()).lease);
    }
    EXPECT_FALSE(store.begin(chain("a"), Store::IfBusy::leave, context()).draft) << "a newer one does not";
}

TEST_F(Damaged, AnotherEntrysManifestIsNotTaken) {
    const auto other = save("b", memory_);
    fs::copy_file(store.folder() / "entries" / (other + ".json"), manifest(), fs::copy_options::overwrite_existing);
    const auto opened = store.open(key_, context());
    EXPECT_EQ(opened.miss, Opened::Miss::damaged);
    EXPECT_THAT(opened.why, HasSubstr("it is another entry's"));
    EXPECT_TRUE(store.open(other, context()).lease);
}

TEST_F(Damaged, PartsThatAreMissingOrCutOffAreFoundBeforeAnythingIsStarted) {
    for (const auto kind : {Part::Kind::memory, Part::Kind::disk}) {
        fs::remove(part(kind));
        expect_gone("of master is missing in the store");
        expect_saved_again();
        fs::resize_file(part(kind), fs::file_size(part(kind)) - 1);
        expect_gone("of master is not as long as it was");
        expect_saved_again();
    }
}

TEST_F(Damaged, MemoryIsFoundAsItIsRead) {
    const auto file = part(Part::Kind::memory);
    flip(file, fs::file_size(file) / 2);
    const auto opened = store.open(key_, context());
    ASSERT_TRUE(opened.lease);
    try {
        (void)memory_of(*opened.lease);
        FAIL();
    } catch (const Damage& damage) {
        EXPECT_THAT(damage.what(), HasSubstr("the checkpoint of runtime-ready: memory of master: piece 0"));
    }
    EXPECT_FALSE(fs::exists(folder.path() / "unpacked"));
    expect_nothing_left();
    expect_saved_again();
}

TEST_F(Damaged, DisksAreFoundBeforeAnythingStandsOnThem) {
    const auto file = part(Part::Kind::disk);
    for (const std::uint64_t at : {std::uint64_t{0}, fs::file_size(file) / 2, fs::file_size(file) - 1}) {
        flip(file, at);
        const auto opened = store.open(key_, context());
        ASSERT_TRUE(opened.lease);
        EXPECT_THROW((void)opened.lease->disk("master", context()), Damage);
        expect_nothing_left();
        expect_saved_again();
    }
}

TEST_F(Damaged, ADiskThatChangesAfterItWasReadIsReadAgain) {
    const auto opened = store.open(key_, context());
    ASSERT_TRUE(opened.lease);
    const auto path = opened.lease->disk("master", context());
    EXPECT_EQ(opened.lease->disk("master", context()), path);
    flip(path, 3);
    EXPECT_THROW((void)opened.lease->disk("master", context()), Damage);
}

TEST_F(Damaged, ANodeImageThatWasMadeAnewIsNotStoodOn) {
    write_file(base, "a node image, made again");
    expect_gone("root.qcow2, which was made anew since");
}

TEST_F(Damaged, ANodeImageThatIsGoneMayComeBack) {
    const auto elsewhere = folder.path() / "elsewhere";
    fs::rename(base, elsewhere);
    expect_kept("root.qcow2: No such file");
    fs::rename(elsewhere, base);
    EXPECT_TRUE(store.open(key_, context()).lease);
}

TEST_F(Damaged, PartsWhoseFolderIsElsewhereMayComeBack) {
    const auto parts = store.folder() / "parts";
    const auto elsewhere = folder.path() / "elsewhere";
    fs::rename(parts, elsewhere);
    const auto opened = store.open(key_, context());
    EXPECT_EQ(opened.miss, Opened::Miss::unusable) << opened.why;
    EXPECT_THAT(store.verify(context()), SizeIs(1));
    fs::rename(elsewhere, parts);
    EXPECT_TRUE(store.open(key_, context()).lease);
}

// It counted as missing, and so the checkpoint as damaged, and went.
TEST_F(Damaged, APartBehindALinkThatLeadsNowhereMayComeBack) {
    const auto part = this->part(Part::Kind::disk);
    const auto elsewhere = folder.path() / "elsewhere";
    fs::rename(part, elsewhere);
    fs::create_symlink("/nowhere/part", part);
    expect_kept("it is a link to /nowhere/part, which is not there");
    fs::remove(part);
    fs::rename(elsewhere, part);
    EXPECT_TRUE(store.open(key_, context()).lease);
}

// What was lost: another that is evicted meanwhile takes the layer away that both stand on.
TEST_F(Damaged, NothingIsEvictedWhileOneCannotBeRead) {
    const auto other = save("b", noise(1000, 2));
    auto text = read_file(manifest());
    text.replace(16, 1, "4");
    write_file(manifest(), text);
    for (const auto sweep : {Sweep::only_look, Sweep::remove}) {
        const auto result = store.collect(ByteSize{0}, context(), {}, sweep);
        EXPECT_THAT(result.entries, IsEmpty());
        EXPECT_TRUE(result.over);
        EXPECT_THAT(result.left_alone, SizeIs(1));
    }
    EXPECT_THAT(files("parts"), SizeIs(4));
    EXPECT_EQ(store.remove(other, context()), Removed::yes) << "what a person names goes";
    EXPECT_THAT(files("parts"), SizeIs(4)) << "but for what may be shared";
    EXPECT_EQ(store.remove(key_, context()), Removed::yes);
    EXPECT_THAT(files("parts"), IsEmpty());
}

// cache rm of the one would else remove the other.
TEST_F(Damaged, OneMayBeMeantByTheBeginningOfAWholeOnesKey) {
    const auto copy = store.folder() / "entries" / (key_.substr(0, 63) + (key_.back() == '0' ? "1" : "0") + ".json");
    write_file(copy, "x");
    EXPECT_FALSE(store.look_up(key_.substr(0, 8)));
    EXPECT_EQ(store.look_up(key_).value().key, key_);
}

TEST_F(Damaged, OneIsFoundByItsNameAndRemoved) {
    store.name("mine", key_, context());
    append_file(manifest(), "x");
    const auto unreadable = store.unreadable();
    ASSERT_THAT(unreadable, SizeIs(1));
    EXPECT_THAT(unreadable[0].why, HasSubstr("called mine; "));
    for (const auto& words : {std::string("mine"), key_.substr(0, 8)}) {
        const auto found = store.look_up(words);
        ASSERT_TRUE(found) << words;
        EXPECT_EQ(found->key, key_);
        EXPECT_FALSE(found->entry);
    }
    EXPECT_EQ(store.remove(key_, context()), Removed::yes);
    EXPECT_THAT(files("names"), IsEmpty());
    expect_nothing_left();
}

TEST_F(Damaged, ALayerBelowIsReadToo) {
    auto begun = store.begin(chain("b"), Store::IfBusy::leave, context());
    const auto below = store.open(key_, context());
    begun.draft->add_disk("master", file("late", "late"), below.lease->disk("master", context()), context());
    const auto entry = begun.draft->commit({}, context());
    flip(store.folder() / "parts" / entry.layers.at(0).id, 2);
    const auto opened = store.open(entry.key(), context());
    EXPECT_THROW((void)opened.lease->disk("master", context()), Damage);
    EXPECT_EQ(store.open(key_, context()).miss, Opened::Miss::damaged) << "it needs the same layer";
}

TEST_F(Damaged, VerifyNamesAndDropsThemAndKeepsTheRest) {
    const auto good = save("good", noise(1000, 2));
    const auto bad = part(Part::Kind::memory);  // of the oldest: key_
    flip(bad, 100);
    const auto no_manifest = save("no manifest", noise(1000, 3));
    flip(store.folder() / "entries" / (no_manifest + ".json"), 60);
    const auto used = store.list().back().entry.used;
    const auto dropped = store.verify(context());
    EXPECT_THAT(dropped, SizeIs(2));
    EXPECT_EQ(keys(), std::vector{good});
    EXPECT_EQ(store.list().at(0).entry.used, used) << "being verified is not being used";
    EXPECT_THAT(store.verify(context()), IsEmpty());
}

// The next one of its key had the name, and was never evicted.
TEST_F(Damaged, OnesLoseTheirNamesWhoeverFindsIt) {
    const auto good = save("good", "memory");
    store.name("good", good, context());
    const std::vector<std::function<void()>> finders{[&] { EXPECT_THAT(store.verify(context()), SizeIs(1)); },
                                                     [&] { EXPECT_FALSE(store.open(key_, context()).lease); }};
    for (const auto& find : finders) {
        store.name("mine", key_, context());
        append_file(manifest(), "x");
        EXPECT_THAT(store.verify(context(), Sweep::only_look), SizeIs(1));
        EXPECT_THAT(files("names"), SizeIs(2)) << "a look changes nothing";
        find();
        EXPECT_THAT(files("names"), ElementsAre("good"));
        expect_saved_again();
        EXPECT_FALSE(store.find("mine"));
    }
    store.name("mine", key_, context());
    for (const auto& one : store.list()) {
        if (one.entry.key() != key_) continue;
        const auto id = one.entry.part(Part::Kind::memory, "master").id;
        flip(store.folder() / "parts" / id, 100);
    }
    const auto opened = store.open(key_, context());
    ASSERT_TRUE(opened.lease);
    EXPECT_THROW((void)memory_of(*opened.lease), Damage);
    EXPECT_THAT(files("names"), ElementsAre("good")) << "as it is read, too";
}

// What was removed before Ctrl-C has no name any more either.
TEST_F(Damaged, AVerificationThatIsInterruptedFinishesWhatItHasRemoved) {
    (void)save("b", noise(1000, 2));
    (void)save("c", noise(1000, 3));
    const auto all = keys();
    const auto first = *std::ranges::min_element(all);
    for (const auto& key : all) store.name("of-" + key.substr(0, 6), key, context());
    append_file(store.folder() / "entries" / (first + ".json"), "x");
    std::stop_source interrupt;
    interrupt.request_stop();
    EXPECT_THROW((void)store.verify(context().with_stop(interrupt.get_token())), Error);
    EXPECT_FALSE(store.has(first));
    EXPECT_THAT(files("names"), testing::Not(testing::Contains("of-" + first.substr(0, 6))));
}

TEST_F(Damaged, VerifyDropsAllThatStandOnAnImageThatWasMadeAnewWithTheirParts) {
    (void)save("b", noise(1000, 2));
    const auto outdated = save("c", noise(1000, 3));
    auto text = read_file(store.folder() / "entries" / (outdated + ".json"));
    text.replace(16, 1, "1");
    write_file(store.folder() / "entries" / (outdated + ".json"), text);
    write_file(base, "another image");
    EXPECT_THAT(store.verify(context(), Sweep::only_look), SizeIs(3));
    EXPECT_THAT(files("parts"), SizeIs(6));
    EXPECT_THAT(store.verify(context()), SizeIs(3));
    EXPECT_THAT(keys(), IsEmpty());
    EXPECT_THAT(files("parts"), SizeIs(2)) << "what the older crib's may refer to stays";
}

TEST_F(Damaged, AKeyThatIsNotThatOfItsEntriesIsNotTrusted) {
    auto entry = store.list().at(0).entry;
    entry.chain[0].entries[0].value = "another";
    EXPECT_THROW((void)read_manifest(to_manifest(entry)), Error);
}

TEST_F(Damaged, APartsIdIsNeverAPath) {
    auto entry = store.list().at(0).entry;
    entry.parts[0].id = "../../../etc/passwd";
    EXPECT_THROW((void)read_manifest(to_manifest(entry)), Error);
}

}  // namespace
}  // namespace crib::checkpoint
