#include "harness/checkpoint/store.h"

#include "tests/support/read_fifo.h"
#include "tests/unit/checkpoint/small_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <latch>
#include <map>
#include <thread>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TheStore : public testing::Test, protected SmallStore {
protected:
    Lease must_open(const std::string& key) {
        auto opened = store.open(key, context());
        EXPECT_TRUE(opened.lease) << opened.why;
        return std::move(opened.lease.value());
    }
    Draft must_begin(const std::string& what) {
        auto begun = store.begin(chain(what), Store::IfBusy::leave, context());
        EXPECT_TRUE(begun.draft) << begun.why_not;
        return std::move(begun.draft.value());
    }
};

TEST_F(TheStore, GivesBackWhatWasSaved) {
    const auto memory = noise(3'000'000, 1) + std::string(2'500'000, '\0') + noise(70, 2);
    const auto lease = must_open(save("a", memory));
    EXPECT_EQ(lease.entry().stage(), "runtime-ready");
    EXPECT_EQ(lease.entry().scenario, "two-node");
    EXPECT_THAT(lease.entry().nodes, ElementsAre("master"));
    EXPECT_EQ(lease.entry().payload, R"({"secret": "s3cret"})");
    EXPECT_EQ(memory_of(lease), memory);
    EXPECT_EQ(read_file(lease.disk("master", context())), "layer of " + memory);
}

TEST_F(TheStore, HasNothingBeforeTheManifestIsWritten) {
    auto draft = must_begin("a");
    draft.add_memory("master", file("raw", "memory"), context());
    EXPECT_THAT(store.list(), IsEmpty());
    EXPECT_EQ(store.open(draft.key(), context()).miss, Opened::Miss::busy);
    draft.commit({}, context());
    EXPECT_THAT(keys(), ElementsAre(draft.key()));
    EXPECT_TRUE(store.open(draft.key(), context()).lease);
}

TEST_F(TheStore, KeepsNothingOfADraftThatWasGivenUp) {
    {
        auto draft = must_begin("a");
        draft.add_memory("master", file("raw", "memory"), context());
        draft.add_disk("master", file("disk", "disk"), base, context());
    }
    for (const auto* name : {"entries", "parts", "drafts", "locks", "trash"})
        EXPECT_THAT(files(name), IsEmpty()) << name;
}

TEST_F(TheStore, LetsOneAtATimeSaveAKey) {
    auto first = must_begin("a");
    const auto second = store.begin(chain("a"), Store::IfBusy::leave, context());
    EXPECT_FALSE(second.draft);
    EXPECT_EQ(second.why_not, "process " + std::to_string(::getpid()) + " is saving it");
    EXPECT_TRUE(store.begin(chain("b"), Store::IfBusy::leave, context()).draft);
}

TEST_F(TheStore, TellsWhoWaitedThatItIsThereNow) {
    std::optional<Draft> first = must_begin("a");
    std::string told;
    const auto second = store.begin(chain("a"), Store::IfBusy::wait, context(), [&](const std::string& holder) {
        told = holder;
        first->commit({}, context());
        first.reset();
    });
    EXPECT_EQ(told, "process " + std::to_string(::getpid()));
    EXPECT_FALSE(second.draft);
    EXPECT_EQ(second.why_not, "it is there already");
}

TEST_F(TheStore, GivesADraftToWhoWaitedForOneThatFailed) {
    std::optional<Draft> first = must_begin("a");
    const auto second =
        store.begin(chain("a"), Store::IfBusy::wait, context(), [&](const std::string&) { first.reset(); });
    EXPECT_TRUE(second.draft) << second.why_not;
}

TEST_F(TheStore, SharesPartsOfTheSameContent) {
    const auto memory = noise(100'000, 3);
    const auto first = save("a", memory);
    const auto second = save("b", memory);
    EXPECT_THAT(files("parts"), SizeIs(2));
    ASSERT_EQ(store.remove(first, context()), Removed::yes);
    EXPECT_THAT(files("parts"), SizeIs(2));
    EXPECT_EQ(memory_of(must_open(second)), memory);
    ASSERT_EQ(store.remove(second, context()), Removed::yes);
    EXPECT_THAT(files("parts"), IsEmpty());
}

TEST_F(TheStore, KeepsTheLayersThatALaterStageStandsOn) {
    const auto first = save("a", "early");
    auto draft = must_begin("b");
    draft.add_disk("master", file("disk", "late"), must_open(first).disk("master", context()), context());
    const auto entry = draft.commit({}, context());
    ASSERT_THAT(entry.layers, SizeIs(1));
    EXPECT_EQ(entry.parts.at(0).backing.part, entry.layers[0].id);
    // qemu-img is told the layer's name alone: both lie in one folder, wherever that is moved.
    EXPECT_THAT(runner.lines().back(), HasSubstr(" -B " + entry.layers[0].id + " "));
    ASSERT_EQ(store.remove(first, context()), Removed::yes);
    EXPECT_EQ(read_file(must_open(entry.key()).disk("master", context())), "layer of late");
    EXPECT_EQ(read_file(store.folder() / "parts" / entry.layers[0].id), "layer of early");
}

TEST_F(TheStore, IsForItsOwnerAlone) {
    const auto lease = must_open(save("a", "memory"));
    const auto rights = [](const fs::path& path) {
        struct stat status {};
        ::stat(path.c_str(), &status);
        return status.st_mode & 0777U;
    };
    EXPECT_EQ(rights(store.folder()), 0700U);
    for (const auto& file : fs::recursive_directory_iterator(store.folder())) {
        if (file.is_regular_file() && file.path().extension() != ".lock") {
            EXPECT_EQ(rights(file.path()) & 0077U, 0U) << file.path();
        }
    }
    EXPECT_EQ(memory_of(lease), "memory");
    EXPECT_EQ(rights(lease.memory("master", context())), 0600U);
}

TEST_F(TheStore, RemovesNothingThatIsInUse) {
    const auto key = save("a", "memory");
    {
        const auto lease = must_open(key);
        EXPECT_EQ(store.remove(key, context()), Removed::in_use);
        EXPECT_TRUE(store.list().at(0).in_use);
    }
    store.hold("two-node-abcd", key, context());
    EXPECT_EQ(store.remove(key, context()), Removed::in_use);
    store.release("two-node-abcd");
    EXPECT_FALSE(store.list().at(0).in_use);
    EXPECT_EQ(store.remove(key, context()), Removed::yes);
    EXPECT_EQ(store.remove(key, context()), Removed::absent);
}

TEST_F(TheStore, IsOpenedByManyAtOnce) {
    const auto key = save("a", "memory");
    const auto first = must_open(key);
    const auto second = must_open(key);
    EXPECT_EQ(memory_of(first), memory_of(second));
}

TEST_F(TheStore, KnowsEntriesByNameAndByTheBeginningOfTheirKey) {
    const auto key = save("a", "memory");
    store.name("before-flannel", key, context());
    EXPECT_EQ(store.find("before-flannel").value().entry.key(), key);
    EXPECT_EQ(store.find(key.substr(0, 8)).value().entry.key(), key);
    EXPECT_THAT(store.find(key).value().names, ElementsAre("before-flannel"));
    EXPECT_FALSE(store.find("after-flannel"));
    EXPECT_EQ(store.look_up(key.substr(0, 6)).value().key, key);
    for (const auto digits : {1U, 5U}) {
        EXPECT_FALSE(store.find(key.substr(0, digits))) << "it may be a slip";
        EXPECT_FALSE(store.look_up(key.substr(0, digits)));
    }
    EXPECT_FALSE(store.find(""));
    store.unname("before-flannel", context());
    EXPECT_FALSE(store.find("before-flannel"));
}

TEST_F(TheStore, KnowsANameThatIsTheBeginningOfSeveralKeysToo) {
    std::map<std::string, std::vector<std::string>> by_digit;
    for (int i = 0; i < 33; ++i) {  // so three begin with the same
        const auto key = save(std::to_string(i), "memory");
        by_digit[key.substr(0, 1)].push_back(key);
    }
    const auto several =
        std::find_if(by_digit.begin(), by_digit.end(), [](const auto& one) { return one.second.size() > 2; });
    ASSERT_NE(several, by_digit.end());
    const auto& [digit, of_it] = *several;
    EXPECT_FALSE(store.find(digit));
    EXPECT_FALSE(store.look_up(digit));
    store.name(digit, of_it.back(), context());
    EXPECT_EQ(store.find(digit).value().entry.key(), of_it.back());
    EXPECT_EQ(store.look_up(digit).value().key, of_it.back());
}

TEST_F(TheStore, RefusesANameThatIsNoName) {
    const auto key = save("a", "memory");
    for (const auto* name : {"", "../escape", ".hidden", "a b", "a.partial-1"}) {
        try {
            store.name(name, key, context());
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
        }
    }
    EXPECT_THROW(store.name("good", std::string(64, '0'), context()), Error);
}

TEST_F(TheStore, KnowsWhichNamesAreFree) {
    store.name("mine", save("a", "memory"), context());
    for (const auto* name : {"mine", "", "../escape", "a b"}) {
        try {
            store.require_free_name(name);
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
        }
    }
    EXPECT_NO_THROW(store.require_free_name("another"));
    ASSERT_EQ(store.remove(store.find("mine").value().entry.key(), context()), Removed::yes);
    EXPECT_NO_THROW(store.require_free_name("mine"));
}

// Two processes have each found it free.
TEST_F(TheStore, GivesAPersonsNameToOneCheckpointOnly) {
    const auto first = save("a", "memory");
    const auto second = save("b", "other memory");
    store.require_free_name("mine");
    store.name("mine", first, context());
    try {
        store.name("mine", second, context());
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("there is a checkpoint \"mine\" already"));
    }
    EXPECT_EQ(store.find("mine").value().entry.key(), first);
    EXPECT_NO_THROW(store.name("mine", first, context())) << "it is its own";
    store.name("two-node-ab12-failed", first, context(), Store::Stays::no);
    store.name("two-node-ab12-failed", second, context(), Store::Stays::no);
    EXPECT_EQ(store.find("two-node-ab12-failed").value().entry.key(), second);
}

TEST_F(TheStore, RemovesSeveralAtOnceAndTellsOfEach) {
    const auto held = save("held", "its memory");
    store.hold("two-node-abcd", held, context());
    const auto gone = save("a", "memory");
    store.name("mine", gone, context());
    const auto removing = store.remove({gone, held, std::string(64, '0')}, context());
    ASSERT_THAT(removing, SizeIs(3));
    EXPECT_EQ(removing[0].how, Removed::yes);
    EXPECT_EQ(removing[1].how, Removed::in_use);
    EXPECT_EQ(removing[2].how, Removed::absent);
    EXPECT_EQ(keys(), std::vector{held});
    EXPECT_THAT(files("names"), IsEmpty());
    EXPECT_THAT(files("parts"), SizeIs(2));
}

// As root too: what is to be removed is no file.
TEST_F(TheStore, KeepsTheNameOfWhatCannotBeRemoved) {
    const auto key = save("a", "memory");
    store.name("mine", key, context());
    const auto manifest = store.folder() / "entries" / (key + ".json");
    fs::rename(manifest, folder.path() / "elsewhere");
    fs::create_symlink(folder.path() / "elsewhere", manifest);
    const auto removing = store.remove(std::vector{key}, context());
    EXPECT_EQ(removing.at(0).how, Removed::failed);
    EXPECT_THAT(removing.at(0).problem, HasSubstr("it is no file that crib made"));
    EXPECT_THROW((void)store.remove(key, context()), Error);
    EXPECT_THAT(files("names"), ElementsAre("mine"));
    const auto result = store.collect(ByteSize{0}, context());
    EXPECT_THAT(result.entries, IsEmpty());
    store.unname("mine", context());
    const auto tried = store.collect(ByteSize{0}, context());
    EXPECT_THAT(tried.entries, IsEmpty());
    EXPECT_THAT(tried.failed, SizeIs(1));
}

TEST_F(TheStore, PassesOverWhatIsNoFileAmongNamesAndHolds) {
    const auto key = save("a", "memory");
    for (const auto* place : {"names", "holds", "drafts"}) {
        make_folder(store.folder() / place / "folder");
        ASSERT_EQ(::mkfifo((store.folder() / place / "fifo").c_str(), 0600), 0);
    }
    EXPECT_EQ(keys(), std::vector{key});
    const auto result = store.collect(ByteSize{0}, context());
    EXPECT_THAT(result.entries, ElementsAre(key));
    EXPECT_THAT(result.left_alone, SizeIs(6));
}

TEST_F(TheStore, MissesWithAReason) {
    const auto miss = store.open(key_of(chain("never saved")), context());
    EXPECT_EQ(miss.miss, Opened::Miss::absent);
    EXPECT_FALSE(fs::exists(store.folder())) << "looking makes nothing";
    EXPECT_EQ(store.open("../../etc/passwd", context()).miss, Opened::Miss::absent);
}

// A machine's state, which a hypervisor reads from a FIFO.
class TheStateOfAMachine : public TheStore {
protected:
    TheStateOfAMachine() { EXPECT_EQ(::mkfifo(fifo_.c_str(), 0600), 0); }

    Lease saved(const std::string& state) {
        auto draft = must_begin("a");
        draft.add_machine("master", file("state", state), context());
        return must_open(draft.commit({}, context()).key());
    }

    fs::path fifo_ = folder.path() / "fifo";
    SystemClock real_;
    Context patient_ = Context::with_clock(real_).with_timeout(std::chrono::seconds{30});
};

TEST_F(TheStateOfAMachine, IsGivenUpToItsHeadUntilTheMemoryIsThere) {
    const auto state = noise(2'000'000, 4);
    const auto lease = saved(state);
    std::string read;
    std::latch has_head(1);
    std::jthread reader([&] {
        const UniqueFd from(::open(fifo_.c_str(), O_RDONLY | O_CLOEXEC));
        std::array<char, 65536> some{};
        for (;;) {
            const auto count = ::read(from.get(), some.data(), some.size());
            if (count <= 0) return;
            const auto before = read.size();
            read.append(some.data(), static_cast<std::size_t>(count));
            if (before < 700'000 && read.size() >= 700'000) has_head.count_down();
        }
    });
    std::size_t seen = 0;
    const auto before_the_rest = [&] {
        has_head.wait();
        seen = 700'000;
    };
    lease.write_machine("master", fifo_, 700'000, before_the_rest, patient_);
    reader.join();
    EXPECT_EQ(seen, 700'000U);
    EXPECT_EQ(read, state);
}

TEST_F(TheStateOfAMachine, ShorterThanItsHeadIsGivenWhole) {
    const auto lease = saved("short");
    std::string read;
    std::jthread reader([&] { read = test::read_fifo(fifo_); });
    lease.write_machine(
        "master", fifo_, 700'000, [] {}, patient_);
    reader.join();
    EXPECT_EQ(read, "short");
}

TEST_F(TheStateOfAMachine, IsNotGivenOnWhenTheMemoryIsDamaged) {
    const auto lease = saved(noise(2'000'000, 4));
    std::string read;
    std::jthread reader([&] { read = test::read_fifo(fifo_); });
    const auto damaged = [] { throw Damage("the memory is not what was saved"); };
    EXPECT_THROW(lease.write_machine("master", fifo_, 700'000, damaged, patient_), Damage);
    reader.join();
    EXPECT_EQ(read.size(), 700'000U);
}

TEST_F(TheStateOfAMachine, ReportsAReaderThatWentAway) {
    const auto lease = saved(noise(2'000'000, 5));
    std::jthread reader([&] { const UniqueFd from(::open(fifo_.c_str(), O_RDONLY | O_CLOEXEC)); });
    try {
        lease.write_machine(
            "master", fifo_, 700'000, [&] { reader.join(); }, patient_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::process);
    }
    EXPECT_THAT(keys(), SizeIs(1)) << "the checkpoint is not to blame";
}

TEST_F(TheStore, StopsWhenItIsCancelled) {
    std::stop_source stop;
    stop.request_stop();
    const auto cancelled = context().with_stop(stop.get_token());
    auto draft = must_begin("b");
    const auto raw = file("raw", noise(5'000'000, 6));
    EXPECT_THROW(draft.add_memory("master", raw, cancelled), Error);
    EXPECT_THAT(files("parts"), IsEmpty());
    const auto lease = must_open(save("a", noise(5'000'000, 6)));
    EXPECT_THROW(lease.wait_for_memory("master", cancelled), Error);
    EXPECT_THAT(keys(), SizeIs(1));
}

}  // namespace
}  // namespace crib::checkpoint
