// Memory of nodes that is alike is kept once, and comes back whole in whatever order it is asked for.

#include "harness/checkpoint/references.h"
#include "tests/unit/checkpoint/small_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
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

    std::map<std::string, std::string> memory_;
    std::string key_;
};

TEST_F(AlikeMemory, TakesRoomOnce) {
    EXPECT_GT(fs::file_size(part("master")), 3'400'000U);
    EXPECT_LT(fs::file_size(part("worker")), 80'000U);
    EXPECT_LT(fs::file_size(part("worker2")), 50'000U);
}

TEST_F(AlikeMemory, ComesBackInAnyOrder) {
    std::vector<std::string> order{"master", "worker", "worker2"};
    do {
        const auto opened = lease();
        for (const auto& name : order) {
            ASSERT_EQ(memory_of(opened, name), memory_[name]) << name << " of " << testing::PrintToString(order);
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(AlikeMemory, ComesBackWhenAllAskAtOnce) {
    SystemClock real;
    const auto patient = Context::with_clock(real).with_timeout(std::chrono::seconds{30});
    for (int i = 0; i < 5; ++i) {
        const auto opened = lease();
        std::vector<std::jthread> threads;
        for (const auto& [name, memory] : memory_) {
            threads.emplace_back([&, &n = name, &m = memory] {
                const auto file = opened.memory(n, patient);
                opened.wait_for_memory(n, patient);
                EXPECT_EQ(read_file(file), m) << n;
            });
        }
    }
}

TEST_F(AlikeMemory, IsUnpackedOnceForAllWhoAsk) {
    const auto opened = lease();
    const auto file = opened.memory("worker", context());
    EXPECT_EQ(opened.memory("worker", context()), file);
    opened.wait_for_memory("worker", context());
    EXPECT_EQ(opened.memory("worker", context()), file);
}

TEST_F(AlikeMemory, IsGoneWithItsLease) {
    fs::path file;
    {
        const auto opened = lease();
        file = opened.memory("worker", context());
        opened.wait_for_memory("worker", context());
        EXPECT_EQ(read_file(file), memory_["worker"]);
    }
    EXPECT_FALSE(fs::exists(file));
}

// A clock by which it is too late on every thread but the test's own.
class TooLateElsewhere final : public Clock {
public:
    [[nodiscard]] TimePoint now() const override {
        return std::this_thread::get_id() == here_ ? TimePoint{} : TimePoint::max();
    }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    bool sleep_until(TimePoint, const std::stop_token&) override { return false; }

private:
    std::thread::id here_ = std::this_thread::get_id();
};

TEST_F(AlikeMemory, IsUnpackedNoFurtherThanItsContextAllows) {
    TooLateElsewhere too_late;
    const auto late = Context::with_clock(too_late);
    auto opened = lease();
    (void)opened.memory("master", late);
    EXPECT_THROW(opened.wait_for_memory("master", context()), Error);
    auto again = lease();
    EXPECT_EQ(memory_of(again, "master"), memory_["master"]);
    (void)again.memory("worker", late);  // only what differs is left to do
    EXPECT_THROW(again.wait_for_memory("worker", context()), Error);
}

// Zeroes take no memory of the host's, neither packed nor unpacked.
TEST_F(AlikeMemory, StaysSparse) {
    constexpr std::size_t kMegabyte = 1U << 20U;
    const auto own = noise(kMegabyte, 7);
    memory_["sparse"] = own + std::string(40 * kMegabyte, '\0') + memory_["master"].substr(0, kMegabyte) +
                        std::string(9 * kMegabyte + 5, '\0');
    auto begun = store.begin(chain("sparse"), Store::IfBusy::leave, context());
    for (const auto* name : {"master", "sparse"}) {
        begun.draft.value().add_memory(name, file(name, memory_[name]), context());
    }
    key_ = begun.draft->commit({}, context()).key();
    const auto opened = lease();
    EXPECT_EQ(memory_of(opened, "sparse"), memory_["sparse"]);
    EXPECT_LE(disk_usage(opened.memory("sparse", context())), 3 * kMegabyte);
}

TEST_F(AlikeMemory, IsInMemoryWhereThereIsRoomAndElseInTheStore) {
    const auto target = [&](const Lease& opened, const std::string& name) {
        return fs::read_symlink(opened.memory(name, context())).string();
    };
    auto opened = lease();
    EXPECT_THAT(target(opened, "worker"), HasSubstr("/memfd:crib-memory"));
    auto shared = lease();
    shared.share_memory(1U << 30U);  // more than any machine has room for
    EXPECT_THAT(target(shared, "worker"), HasSubstr(store.folder().string() + "/"));
    for (const auto* name : {"worker", "master"}) EXPECT_EQ(memory_of(shared, name), memory_[name]) << name;
}

TEST_F(AlikeMemory, HasItsLengthAtOnce) {
    const auto opened = lease();
    EXPECT_EQ(fs::file_size(opened.memory("worker", context())), memory_["worker"].size());
}

TEST_F(AlikeMemory, IsFoundDamagedWhereverItChanged) {
    const auto file = part("worker2");
    const auto whole = read_file(file);
    for (std::size_t at = 0; at < whole.size(); at += whole.size() / 7) {
        flip(file, at);
        const auto opened = lease();
        EXPECT_THROW((void)memory_of(opened, "worker2"), Damage) << at;
        EXPECT_THAT(store.list(), IsEmpty());
        SetUp();
    }
    flip(part("master"), 1000);
    const auto opened = lease();
    EXPECT_THROW((void)memory_of(opened, "worker"), Damage) << "it needs the master's";
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
