// The engine's checkpoints over a real store, with small memory.

#include "harness/engine/real_checkpoints.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/engine/offered_memory.h"
#include "harness/hypervisor/hypervisor.h"
#include "tests/support/manual_clock.h"
#include "tests/support/read_fifo.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;

class KeptCheckpoints : public testing::Test {
protected:
    // A node with this memory.
    std::string keep(const std::string& memory) {
        FrozenCluster cluster;
        cluster.chain = checkpoint::extend({}, "network-ready", {checkpoint::text("what", memory)});
        cluster.scenario = "two-node";
        cluster.state = "{}";
        auto& node = cluster.nodes["master"];
        node.memory = folder_.path() / "memory";
        node.state = folder_.path() / "state";
        write_file(node.memory, memory);
        write_file(node.state, state_);
        return checkpoints_.keep(cluster, context_)->key();
    }

    // What a hypervisor reads.
    std::string state_given_by(HeldCheckpoint& held) {
        const auto fifo = folder_.path() / "fifo";
        remove_all_quietly(fifo);
        EXPECT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
        std::string read;
        std::jthread reader([&] { read = test::read_fifo(fifo); });
        held.write_state("master", fifo, context_);
        reader.join();
        return read;
    }

    TempFolder folder_{fs::temp_directory_path(), "crib-kept"};
    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds{30});
    test::RecordingRunner runner_;
    checkpoint::Store store_{runner_, clock_, folder_.path() / "checkpoints"};
    StoredCheckpoints checkpoints_{store_, ByteSize::gib(1), "crib", folder_.path() / "runs"};
    std::string state_ = std::string(hypervisor::kStateHead, 'h') + "the rest";
};

TEST_F(KeptCheckpoints, GiveTheRestOfAMachineWhenItsMemoryIsThere) {
    const auto held = checkpoints_.named(keep("its memory"), context_);
    const auto memory = held->memory("master", context_);
    EXPECT_EQ(state_given_by(*held), state_);
    EXPECT_EQ(read_file(memory), "its memory");
}

TEST_F(KeptCheckpoints, GiveNoMachineARestWhoseMemoryIsDamaged) {
    const auto key = keep("its memory");
    const auto held = checkpoints_.named(key, context_);
    const auto part =
        store_.folder() / "parts" / store_.list().at(0).entry.part(checkpoint::Part::Kind::memory, "master").id;
    fs::permissions(part, fs::perms::owner_all);
    write_file(part, std::string(fs::file_size(part), 'x'));
    const auto fifo = folder_.path() / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    std::string read;
    std::jthread reader([&] { read = test::read_fifo(fifo); });
    EXPECT_THROW(held->write_state("master", fifo, context_), Error);
    reader.join();
    EXPECT_LE(read.size(), hypervisor::kStateHead);
    EXPECT_FALSE(store_.has(key));
}

TEST_F(KeptCheckpoints, SayWhyANamedOneCannotBeUsed) {
    const auto key = keep("its memory");
    store_.name("mine", key, context_);
    const auto refusal = [&](const std::string& name) -> std::string {
        try {
            (void)checkpoints_.named(name, context_);
        } catch (const Error& error) {
            return std::string(error.what()) + "\n" + error.hint();
        }
        return "none";
    };
    const auto parts = store_.folder() / "parts";
    fs::rename(parts, folder_.path() / "elsewhere");
    EXPECT_THAT(refusal("mine"), testing::HasSubstr("checkpoint \"mine\" cannot be used: "));
    EXPECT_TRUE(store_.has(key)) << "it may come back";
    fs::rename(folder_.path() / "elsewhere", parts);
    EXPECT_EQ(refusal("mine"), "none");
    append_file(store_.folder() / "entries" / (key + ".json"), "x");
    EXPECT_THAT(refusal("mine"), testing::HasSubstr("it was damaged and has been removed: "));
    EXPECT_THAT(refusal("mine"), testing::AllOf(testing::HasSubstr("there is no checkpoint 'mine'"),
                                                testing::Not(testing::HasSubstr("there are: "))));
}

TEST_F(KeptCheckpoints, NameSomeOfVeryManyForOneThatIsNotThere) {
    const auto key = keep("its memory");
    for (int i = 0; i < 30; ++i) store_.name("name-" + std::to_string(i), key, context_);
    try {
        (void)checkpoints_.named("none", context_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.hint(), testing::EndsWith(" and 10 more"));
    }
}

// As crib restore --copies does it.
TEST_F(KeptCheckpoints, UseTheMemoryThatAnotherProcessOffers) {
    const auto key = keep("its memory");
    const auto lease = store_.open(key, context_).lease;
    OfferedMemory offer(*lease, folder_.path(), context_);
    const auto held = checkpoints_.named(key, context_, folder_.path());
    const auto memory = held->memory("master", context_);
    EXPECT_EQ(fs::read_symlink(memory), lease->memory("master", context_));
    test::ManualClock simulated;
    const auto soon = Context::with_clock(simulated).with_timeout(std::chrono::minutes{1});
    EXPECT_THROW(wait_for_offered_memory(folder_.path(), "master", soon), Error) << "it is not said to be there yet";
    offer.unpack(context_);
    EXPECT_EQ(state_given_by(*held), state_);
    EXPECT_EQ(read_file(memory), "its memory");
}

}  // namespace
}  // namespace crib::engine
