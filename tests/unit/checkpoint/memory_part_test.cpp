#include "harness/checkpoint/memory_part.h"

#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/memory_index.h"
#include "harness/checkpoint/tree_digest.h"
#include "tests/unit/checkpoint/small_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMiB = 1U << 20U;

class Memory : public testing::Test {
protected:
    PackedMemory pack(const std::string& content) {
        write_file(raw_, content);
        size_ = content.size();
        remove_all_quietly(packed_);
        return pack_memory(raw_, packed_, context_);
    }
    std::string unpack(const std::string& id) {
        remove_all_quietly(back_);
        const auto to = create_file(back_);
        MemoryReader reader(packed_, id, size_);
        set_length(to.get(), size_, back_);
        reader.unpack(to.get(), folder_.path(), context_);
        return read_file(back_);
    }

    TempFolder folder_{quick_folder()};
    fs::path raw_ = folder_.path() / "raw";
    fs::path packed_ = folder_.path() / "packed";
    fs::path back_ = folder_.path() / "back";
    std::uint64_t size_ = 0;  // of what was packed
    test::ManualClock clock_;
    Context context_ = Context::with_clock(clock_);
};

TEST_F(Memory, OfAnySizeComesBack) {
    for (const auto size : {std::size_t{0}, std::size_t{1}, kMiB - 1, kMiB, kMiB + 1, 3 * kMiB + 5}) {
        const auto content = noise(size, 1);
        const auto packed = pack(content);
        EXPECT_EQ(packed.raw_bytes, size);
        EXPECT_EQ(packed.bytes, fs::file_size(packed_));
        EXPECT_EQ(unpack(packed.id), content) << size;
    }
}

TEST_F(Memory, OfZeroesTakesNoRoomPackedOrUnpacked) {
    const std::string zeroes(8 * kMiB, '\0');
    const auto packed = pack(zeroes);
    EXPECT_LT(packed.bytes, 200U);
    EXPECT_EQ(unpack(packed.id), zeroes);
    struct stat status {};
    ASSERT_EQ(::stat(back_.c_str(), &status), 0);
    EXPECT_EQ(status.st_blocks, 0);
}

TEST_F(Memory, WithHolesAmongItsContentStaysSparse) {
    const auto content = noise(kMiB / 4, 2) + std::string(kMiB / 2, '\0') + noise(kMiB / 4, 3);
    EXPECT_EQ(unpack(pack(content).id), content);
    struct stat status {};
    ASSERT_EQ(::stat(back_.c_str(), &status), 0);
    EXPECT_LE(status.st_blocks * 512, static_cast<long>(kMiB / 2 + 64 * 1024));
}

TEST_F(Memory, IsTheSamePartForTheSameContent) {
    const auto content = noise(5 * kMiB, 4);
    const auto first = pack(content);
    const auto bytes = read_file(packed_);
    EXPECT_EQ(pack(content).id, first.id);
    EXPECT_EQ(read_file(packed_), bytes);
    EXPECT_NE(pack(content + "x").id, first.id);
}

// Every byte of the file is accounted for, wherever it lies.
TEST_F(Memory, ThatWasChangedAnywhereIsFound) {
    const auto content = noise(2 * kMiB, 5) + std::string(3 * kMiB, 'x') + noise(1000, 6);
    const auto packed = pack(content);
    std::set<std::uint64_t> places;
    for (std::uint64_t at = 0; at < packed.bytes; at += packed.bytes / 40) places.insert(at);
    for (std::uint64_t back = 1; back <= 420 && back <= packed.bytes; back += 7) places.insert(packed.bytes - back);
    for (const auto place : places) {
        flip(packed_, place);
        EXPECT_THROW(MemoryReader(packed_, packed.id, size_).check(context_), Damage) << "byte " << place;
        EXPECT_THROW(unpack(packed.id), Damage) << "byte " << place;
        flip(packed_, place);
    }
    EXPECT_EQ(unpack(packed.id), content) << "as it was again";
}

TEST_F(Memory, ThatWasCutOffOrGrewIsFound) {
    const auto packed = pack(noise(2 * kMiB, 7));
    const auto whole = read_file(packed_);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{15}, std::size_t{16}, whole.size() / 2, whole.size() - 1}) {
        write_file(packed_, whole.substr(0, size));
        EXPECT_THROW(MemoryReader(packed_, packed.id, size_), Damage) << size;
    }
    write_file(packed_, whole + "x");
    EXPECT_THROW(MemoryReader(packed_, packed.id, size_), Damage);
    write_file(packed_, "x" + whole);
    EXPECT_THROW(MemoryReader(packed_, packed.id, size_), Damage);
    remove_all_quietly(packed_);
    EXPECT_THROW(MemoryReader(packed_, packed.id, size_), Damage);
}

TEST_F(Memory, OfAnotherPartIsFound) {
    const auto first = pack(noise(kMiB, 8)).id;
    (void)pack(noise(kMiB, 9));
    EXPECT_THROW(MemoryReader(packed_, first, size_), Damage);
}

TEST_F(Memory, OfAnotherSizeThanIsSaidIsDamaged) {
    const auto packed = pack(noise(kMiB, 8));
    for (const auto size : {std::uint64_t{0}, kMiB - 1, kMiB + 1, ~std::uint64_t{0}}) {
        EXPECT_THROW(MemoryReader(packed_, packed.id, size), Damage) << size;
    }
}

// Somebody who sends a capsule can make any index and its right digest.
TEST_F(Memory, IndexesThatNoImageHasAreRefused) {
    const std::string digest(64, '0');
    for (const auto& text :
         {std::string("crib-memory 18446744073709551615 1048576\n"), std::string("crib-memory 5 1\n0\n0\n0\n0\n0\n"),
          std::string("crib-memory 5 1048576\n0\n0\n"), "crib-memory 5 1048576\n68719476736 " + digest + "\n",
          std::string("crib-memory 5\n0\n"), std::string("memory 5 1048576\n0\n"), std::string()}) {
        EXPECT_THROW((void)read_index(text), Damage) << text;
    }
    EXPECT_EQ(read_index("crib-memory 5 1048576\n12 " + digest + "\n").pieces.size(), 1U);
}

TEST_F(Memory, SaysWhereItHasContent) {
    const auto content = noise(100, 8) + std::string(3 * kMiB, '\0') + noise(2 * kMiB, 9);
    const auto packed = pack(content);
    const MemoryRuns expected{{0, kMiB}, {3 * kMiB, 2 * kMiB + 100}};
    EXPECT_EQ(MemoryReader(packed_, packed.id, size_).runs(), expected);
    EXPECT_EQ(runs_of(open_to_read(raw_).get(), raw_, context_), expected) << "as the file itself does";
}

TEST_F(Memory, ThatCannotBeReadIsTheCallersError) {
    EXPECT_THROW(pack_memory(folder_.path() / "missing", packed_, context_), Error);
}

TEST_F(Memory, PiecesThatFailEndTheOthers) {
    write_file(raw_, noise(20 * kMiB, 10));
    try {
        write_file(packed_, "in the way");
        (void)pack_memory(raw_, packed_, context_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
    }
}

TEST_F(Memory, ATreeDigestChangesWithEveryByteAndTheLength) {
    const auto content = noise(9 * kMiB, 11);
    write_file(raw_, content);
    const auto digest = tree_digest(raw_, context_);
    std::set<std::string> seen{digest};
    for (const std::size_t at : {std::size_t{0}, 4 * kMiB - 1, 4 * kMiB, 9 * kMiB - 1}) {
        flip(raw_, at);
        EXPECT_TRUE(seen.insert(tree_digest(raw_, context_)).second) << at;
        flip(raw_, at);
    }
    write_file(raw_, content + std::string(1, '\0'));
    EXPECT_TRUE(seen.insert(tree_digest(raw_, context_)).second);
    write_file(raw_, content.substr(0, 8 * kMiB));
    EXPECT_TRUE(seen.insert(tree_digest(raw_, context_)).second);
    write_file(raw_, content);
    EXPECT_EQ(tree_digest(raw_, context_), digest);
}

}  // namespace
}  // namespace crib::checkpoint
