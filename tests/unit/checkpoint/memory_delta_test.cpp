// A memory image as what differs from another.

#include "harness/checkpoint/memory_delta.h"

#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/tree_digest.h"
#include "tests/unit/checkpoint/small_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#define ZSTD_STATIC_LINKING_ONLY  // for skippable frames
#include <zstd.h>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

class AMemoryDelta : public testing::Test, protected SmallStore {
protected:
    AMemoryDelta() {
        const auto shared = noise(5'000'000, 1);
        like_ = noise(300'000, 2) + shared;
        raw_ = shared.substr(700'001) + noise(60'000, 3) + shared.substr(0, 800'000);
        write_file(to_ / "like", like_);
        write_file(to_ / "raw", raw_);
    }

    DeltaReader packed() {
        remove_all_quietly(to_ / "packed");
        const auto made = pack_delta(to_ / "raw", to_ / "like", to_ / "packed", context());
        EXPECT_EQ(made.raw_bytes, raw_.size());
        return {to_ / "packed", made.id, raw_.size(), context()};
    }
    MemoryRuns like_runs() { return runs_of(like().get(), to_ / "like", context()); }
    UniqueFd like() { return open_to_read(to_ / "like"); }
    std::string unpacked(const DeltaReader& reader) {
        const auto image = create_nameless_file(to_);
        set_length(image.get(), raw_.size(), to_);
        reader.make_room(image.get(), to_);
        reader.unpack(image.get(), like().get(), like_runs(), context());
        return read_file("/proc/self/fd/" + std::to_string(image.get()));
    }
    void make(const std::string& raw) {
        raw_ = raw;
        write_file(to_ / "raw", raw_);
    }

    TempFolder folder_of_files_{quick_folder(), "crib-delta"};
    fs::path to_ = folder_of_files_.path();
    std::string like_;
    std::string raw_;
};

TEST_F(AMemoryDelta, ComesBackAsItWas) {
    EXPECT_EQ(unpacked(packed()), raw_);
    EXPECT_LT(fs::file_size(to_ / "packed"), 100'000U);
}

TEST_F(AMemoryDelta, ComesBackWithItsHolesWhereverTheyLie) {
    constexpr std::size_t kMegabyte = 1U << 20U;
    const std::string hole(3 * kMegabyte, '\0');
    for (const auto& raw : {hole + raw_, raw_ + hole, raw_.substr(0, kMegabyte + 7) + hole + raw_, hole, hole + "x",
                            std::string("short"), raw_ + hole + "end"}) {
        make(raw);
        EXPECT_EQ(unpacked(packed()), raw_) << raw.size();
    }
    write_file(to_ / "like", hole + like_ + hole + like_.substr(5));
    EXPECT_EQ(unpacked(packed()), raw_);
}

TEST_F(AMemoryDelta, IsDamagedWhenTheOtherImageIsNotWhatItWas) {
    const auto reader = packed();
    flip(to_ / "like", 4'000'000);
    EXPECT_THROW(unpacked(reader), Damage);
}

TEST_F(AMemoryDelta, OfAnotherSizeThanIsSaidIsDamaged) {
    (void)packed();
    const auto id = tree_digest(to_ / "packed", context());
    EXPECT_THROW(DeltaReader(to_ / "packed", id, raw_.size() + 1, context()), Damage);
}

// Somebody who sends a capsule can make any part and its right digest.
class ASentDelta : public AMemoryDelta {
protected:
    static std::string head(const std::string& text) {
        std::string frame(text.size() + 8, '\0');
        frame.resize(ZSTD_writeSkippableFrame(frame.data(), frame.size(), text.data(), text.size(), 0));
        return frame;
    }
    static std::string frame(const std::string& content) {
        std::string packed(ZSTD_compressBound(content.size()), ' ');
        packed.resize(ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), 1));
        return packed;
    }
    // Of an image of five megabytes.
    void unpack_sent(const std::string& sent) {
        write_file(to_ / "packed", sent);
        const DeltaReader reader(to_ / "packed", tree_digest(to_ / "packed", context()), kBytes, context());
        const auto image = create_nameless_file(to_);
        set_length(image.get(), kBytes, to_);
        reader.make_room(image.get(), to_);
        reader.unpack(image.get(), like().get(), like_runs(), context());
    }

    static constexpr std::uint64_t kMegabyte = 1U << 20U;
    static constexpr std::uint64_t kBytes = 5 * kMegabyte;
    std::string begin_ = fmt::format("crib-delta {}\n", kBytes);
    std::string megabyte_ = std::string(kMegabyte, 'x');
};

TEST_F(ASentDelta, IsUnpackedWhenItIsOne) {
    EXPECT_NO_THROW(unpack_sent(head(begin_ + "1048576 1048576\n") + frame(megabyte_)));
}

TEST_F(ASentDelta, WithRunsThatNoImageHasIsRefused) {
    for (const auto* runs : {"0", "0 0\n", "1 1048576\n", "0 1048577\n", "-1 1048576\n", "x 1048576\n", "0 1048576 5\n",
                             "1048576 1048576\n0 1048576\n", "0 1048576\n0 1048576\n", "0 6291456\n",
                             "9223372036854775808 1048576\n", "0 18446744073709551615\n", "5242880 1048576\n"}) {
        EXPECT_THROW(unpack_sent(head(begin_ + runs) + frame(megabyte_)), Damage) << runs;
    }
}

TEST_F(ASentDelta, WithFramesThatDoNotFillItsRunsIsRefused) {
    const auto good = head(begin_ + "1048576 1048576\n");
    for (const auto& frames : {std::string(), frame("short"), frame(megabyte_) + frame("more"), frame(megabyte_ + "x"),
                               frame(megabyte_).substr(0, 20), std::string("no frame"), frame(megabyte_) + "x"}) {
        EXPECT_THROW(unpack_sent(good + frames), Damage) << frames.size();
    }
}

TEST_F(ASentDelta, WithoutItsHeadIsRefused) {
    for (const auto& sent : {std::string(), std::string("crib"), frame(megabyte_), head("crib-delta"), head(""),
                             head("memory 5\n"), head(begin_).substr(0, 12)}) {
        EXPECT_THROW(unpack_sent(sent), Damage) << sent.size();
    }
}

TEST_F(AMemoryDelta, IsNotMadeOfAnImageWithoutContent) {
    write_file(to_ / "empty", std::string(5U << 20U, '\0'));
    EXPECT_FALSE(can_be_delta(to_ / "raw", to_ / "empty", context()));
    EXPECT_TRUE(can_be_delta(to_ / "raw", to_ / "like", context()));
}

}  // namespace
}  // namespace crib::checkpoint
