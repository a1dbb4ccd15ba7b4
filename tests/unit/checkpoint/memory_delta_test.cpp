// A memory image as what differs from another: which part of it can be had when.

#include "harness/checkpoint/memory_delta.h"

#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/tree_digest.h"
#include "tests/unit/checkpoint/small_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <mutex>

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
        const auto made = pack_delta(to_ / "raw", to_ / "like", to_ / "packed", context());
        return {to_ / "packed", made.id, context()};
    }

    DeltaReader::Target target() {
        return {image_.get(), raw_.size(), to_, [this](std::uint64_t bytes) {
                    const std::lock_guard guard(mutex_);
                    EXPECT_GE(bytes, grown_.empty() ? 0 : grown_.back());
                    grown_.push_back(bytes);
                }};
    }
    std::string unpacked() { return read_file("/proc/self/fd/" + std::to_string(image_.get())); }

    TempFolder folder_of_files_{quick_folder(), "crib-delta"};
    fs::path to_ = folder_of_files_.path();
    std::string like_;
    std::string raw_;
    UniqueFd image_ = create_nameless_file(to_);
    std::mutex mutex_;
    std::vector<std::uint64_t> grown_;
};

TEST_F(AMemoryDelta, HasABeginningForTheHypervisorBeforeTheOtherImageIsThere) {
    packed().unpack_beginning(target(), context());
    ASSERT_FALSE(grown_.empty());
    constexpr auto kMegabyte = 1U << 20U;
    EXPECT_GT(grown_.back(), kMegabyte);
    EXPECT_EQ(unpacked().substr(0, kMegabyte), raw_.substr(0, kMegabyte));
}

TEST_F(AMemoryDelta, GrowsFromItsBeginToItsEnd) {
    const auto reader = packed();
    const auto like = open_to_read(to_ / "like");
    reader.unpack_beginning(target(), context());
    reader.unpack_rest(target(), like.get(), context());
    EXPECT_EQ(unpacked(), raw_);
    EXPECT_EQ(grown_.back(), raw_.size());
}

TEST_F(AMemoryDelta, OfFormat1IsOneFrameAndCanBeReadStill) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> tools(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(tools.get(), ZSTD_c_enableLongDistanceMatching, 1);
    ZSTD_CCtx_setParameter(tools.get(), ZSTD_c_windowLog, 24);
    ZSTD_CCtx_setParameter(tools.get(), ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_refPrefix(tools.get(), like_.data(), like_.size());
    std::string frame(ZSTD_compressBound(raw_.size()), ' ');
    frame.resize(ZSTD_compress2(tools.get(), frame.data(), frame.size(), raw_.data(), raw_.size()));
    ASSERT_LT(frame.size(), 1'000'000U);
    write_file(to_ / "packed", frame);

    const DeltaReader reader(to_ / "packed", tree_digest(to_ / "packed", context()), context());
    const auto like = open_to_read(to_ / "like");
    reader.unpack_beginning(target(), context());
    EXPECT_TRUE(grown_.empty()) << "all of it needs the other image";
    reader.unpack_rest(target(), like.get(), context());
    EXPECT_EQ(unpacked(), raw_);
}

TEST_F(AMemoryDelta, IsDamagedWhenTheOtherImageIsNotWhatItWas) {
    const auto reader = packed();
    flip(to_ / "like", 4'000'000);
    const auto like = open_to_read(to_ / "like");
    reader.unpack_beginning(target(), context());
    EXPECT_THROW(reader.unpack_rest(target(), like.get(), context()), Damage);
}

TEST_F(AMemoryDelta, OfAnImageThatIsShorterThanItsBeginningIsWhole) {
    raw_ = "short";
    write_file(to_ / "raw", raw_);
    const auto reader = packed();
    const auto like = open_to_read(to_ / "like");
    reader.unpack_beginning(target(), context());
    reader.unpack_rest(target(), like.get(), context());
    EXPECT_EQ(unpacked(), raw_);
}

}  // namespace
}  // namespace crib::checkpoint
