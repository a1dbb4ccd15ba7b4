// Memory of nodes that is alike is kept once, and comes back whole in whatever order it is asked for.

#include "tests/unit/checkpoint/small_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <thread>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

class AlikeMemory : public testing::Test, protected SmallStore {
protected:
    // The worker has most of the master's pages, at other places, and some of its own.
    void SetUp() override {
        const auto shared = noise(3'000'000, 1);
        memory_["master"] = noise(500'000, 2) + shared;
        memory_["worker"] = shared.substr(1'000'001) + noise(70'000, 3) + shared.substr(0, 900'000);
        memory_["worker2"] = noise(40'000, 4) + shared.substr(77);
        auto begun = store.begin(chain("alike"), Store::IfBusy::leave, context());
        for (const auto* name : {"master", "worker", "worker2"}) {
            begun.draft.value().add_memory(name, file(name, memory_[name]), context());
        }
        key_ = begun.draft->commit({}, context()).key();
    }
    Lease lease() {
        auto opened = store.open(key_, context());
        EXPECT_TRUE(opened.lease) << opened.why;
        return std::move(opened.lease.value());
    }
    fs::path part(const std::string& name) const {
        const auto listed = store.list();
        for (const auto& part : listed.at(0).entry.parts) {
            if (part.name == name) return store.folder() / "parts" / part.id;
        }
        return {};
    }
    std::set<std::string> unpacked() const {
        std::set<std::string> names;
        for (const auto& one : fs::directory_iterator(to_)) names.insert(one.path().filename());
        return names;
    }

    std::map<std::string, std::string> memory_;
    std::string key_;
    TempFolder to_folder_{quick_folder(), "crib-alike"};
    fs::path to_ = to_folder_.path();
};

TEST_F(AlikeMemory, TakesRoomOnce) {
    EXPECT_GT(fs::file_size(part("master")), 3'400'000U);
    constexpr auto kBeginning = 1'114'112U;  // stands for itself
    EXPECT_LT(fs::file_size(part("worker")), kBeginning + 80'000U);
    EXPECT_LT(fs::file_size(part("worker2")), kBeginning + 50'000U);
}

TEST_F(AlikeMemory, ComesBackInAnyOrder) {
    std::vector<std::string> order{"master", "worker", "worker2"};
    do {
        const auto opened = lease();
        for (const auto& name : order) {
            opened.write_memory(name, to_ / name, context());
            ASSERT_EQ(read_file(to_ / name), memory_[name]) << name << " of " << testing::PrintToString(order);
        }
        for (const auto& name : order) fs::remove(to_ / name);
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_THAT(unpacked(), IsEmpty());
}

TEST_F(AlikeMemory, ComesBackWhenAllAskAtOnce) {
    SystemClock real;
    const auto patient = Context::with_clock(real).with_timeout(std::chrono::seconds{30});
    for (int i = 0; i < 5; ++i) {
        const auto opened = lease();
        {
            std::vector<std::jthread> threads;
            for (const auto& [name, memory] : memory_) {
                threads.emplace_back([&, &n = name] { opened.write_memory(n, to_ / n, patient); });
            }
        }
        EXPECT_EQ(unpacked(), (std::set<std::string>{"master", "worker", "worker2"})) << "nothing temporary is left";
        for (const auto& [name, memory] : memory_) {
            EXPECT_EQ(read_file(to_ / name), memory);
            fs::remove(to_ / name);
        }
    }
}

TEST_F(AlikeMemory, ComesBackAlsoWhenTheOthersFileIsUsedUp) {
    const auto opened = lease();
    opened.write_memory("master", to_ / "master", context());
    fs::remove(to_ / "master");  // as the hypervisor's caller does when it is loaded
    opened.write_memory("worker", to_ / "worker", context());
    EXPECT_EQ(read_file(to_ / "worker"), memory_["worker"]);
}

TEST_F(AlikeMemory, GoesThroughAPipeToo) {
    const auto opened = lease();
    const auto fifo = to_ / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    SystemClock real;
    for (const auto& [name, memory] : memory_) {
        std::string read;
        std::jthread reader([&] { read = read_file(fifo); });
        opened.write_memory(name, fifo, Context::with_clock(real).with_timeout(std::chrono::seconds{30}));
        reader.join();
        EXPECT_EQ(read, memory) << name;
    }
}

TEST_F(AlikeMemory, NeedsNoRoomOnTheDiskWhereThereIsMemory) {
    const auto opened = lease();
    const auto fifo = to_ / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    SystemClock real;
    ::setenv("TMPDIR", (to_ / "not-there").c_str(), 1);
    for (const auto* name : {"worker", "master"}) {
        std::string read;
        std::jthread reader([&] { read = read_file(fifo); });
        EXPECT_NO_THROW(
            opened.write_memory(name, fifo, Context::with_clock(real).with_timeout(std::chrono::seconds{30})));
        reader.join();
        EXPECT_EQ(read, memory_[name]) << name;
    }
    ::unsetenv("TMPDIR");
}

TEST_F(AlikeMemory, IsFoundDamagedWhereverItChanged) {
    const auto file = part("worker2");
    const auto whole = read_file(file);
    const auto manifest = store.folder() / "entries" / (key_ + ".json");
    const auto entry = read_file(manifest);
    for (std::size_t at = 0; at < whole.size(); at += whole.size() / 7) {
        flip(file, at);
        const auto opened = lease();
        EXPECT_THROW(opened.write_memory("worker2", to_ / "worker2", context()), Damage) << at;
        EXPECT_THAT(unpacked(), IsEmpty());
        EXPECT_THAT(store.list(), IsEmpty());
        SetUp();
    }
    flip(part("master"), 1000);
    const auto opened = lease();
    EXPECT_THROW(opened.write_memory("worker", to_ / "worker", context()), Damage) << "it needs the master's";
    EXPECT_THAT(unpacked(), IsEmpty());
    EXPECT_THAT(store.list(), IsEmpty());
}

TEST_F(AlikeMemory, IsVerifiedWithoutBeingUnpacked) {
    EXPECT_THAT(store.verify(context()), IsEmpty());
    flip(part("worker"), 10);
    EXPECT_EQ(store.verify(context()).size(), 1U);
}

TEST_F(AlikeMemory, NeedsTheOneItIsLikeInTheSameCheckpoint) {
    auto begun = store.begin(chain("half"), Store::IfBusy::leave, context());
    const auto missing = folder.path() / "missing";
    EXPECT_THROW(begun.draft->add_memory("master", missing, context()), Error);
    begun.draft->add_memory("worker", file("w", "memory"), context());  // so it is the first one
    EXPECT_EQ(begun.draft->commit({}, context()).parts.at(0).like, "");
}

}  // namespace
}  // namespace crib::checkpoint
