// Images without their holes.

#include "harness/checkpoint/memory_view.h"

#include "harness/checkpoint/file_io.h"
#include "tests/unit/checkpoint/small_store.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

class AMemoryView : public testing::Test, protected SmallStore {
protected:
    UniqueFd image(const std::string& content) {
        write_file(path_, content);
        return open_to_write(path_);
    }
    MemoryRuns runs(const UniqueFd& fd) { return runs_of(fd.get(), path_, context()); }

    static std::string zeroes(std::size_t bytes) { return std::string(bytes, '\0'); }

    fs::path path_ = folder.path() / "image";
};

TEST_F(AMemoryView, ShowsWhatIsNotZeroAndNoOtherMegabyte) {
    const auto first = noise(kMemoryBlock, 1);
    const auto last = noise(kMemoryBlock + 5, 2);
    const auto fd = image(zeroes(2 * kMemoryBlock) + first + zeroes(3 * kMemoryBlock) + last);
    const MemoryRuns expected{{2 * kMemoryBlock, kMemoryBlock}, {6 * kMemoryBlock, kMemoryBlock + 5}};
    EXPECT_EQ(runs(fd), expected);
    const MemoryView view(fd.get(), expected, PROT_READ);
    ASSERT_EQ(view.size(), bytes_of(expected));
    EXPECT_EQ(std::string(view.data(), view.size()), first + last);
}

TEST_F(AMemoryView, WritesWhereItWasMadeOf) {
    const auto fd = image(zeroes(9 * kMemoryBlock));
    {
        const MemoryView view(fd.get(), {{kMemoryBlock, kMemoryBlock}, {5 * kMemoryBlock, kMemoryBlock}},
                              PROT_READ | PROT_WRITE);
        view.data()[kMemoryBlock - 1] = 'a';
        view.data()[kMemoryBlock] = 'b';
    }
    const auto now = read_file(path_);
    EXPECT_EQ(now[2 * kMemoryBlock - 1], 'a');
    EXPECT_EQ(now[5 * kMemoryBlock], 'b');
    EXPECT_EQ(std::count(now.begin(), now.end(), '\0'), static_cast<long>(9 * kMemoryBlock - 2));
}

TEST_F(AMemoryView, OfNothingIsEmpty) {
    EXPECT_TRUE(runs(image("")).empty());
    EXPECT_TRUE(runs(image(zeroes(5 * kMemoryBlock + 7))).empty());
    EXPECT_EQ(MemoryView(image("").get(), {}, PROT_READ).size(), 0U);
}

TEST_F(AMemoryView, SeesASingleByteWhereverItIs) {
    for (const auto at : {std::size_t{0}, kMemoryBlock - 1, kMemoryBlock, 3 * kMemoryBlock + 6}) {
        auto content = zeroes(3 * kMemoryBlock + 7);
        content[at] = 'x';
        const auto found = runs(image(content));
        ASSERT_EQ(found.size(), 1U) << at;
        EXPECT_EQ(found[0].offset, at / kMemoryBlock * kMemoryBlock);
        EXPECT_EQ(found[0].bytes, std::min(kMemoryBlock, content.size() - found[0].offset));
    }
}

}  // namespace
}  // namespace crib::checkpoint
