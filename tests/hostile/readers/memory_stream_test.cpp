// Saved machines that chance has broken: small ones that are written here, and the streams of real QEMUs where there
// are some (tests/data/streams).

#include "harness/hypervisor/memory_stream.h"
#include "harness/base/file.h"
#include "tests/support/chance/chance.h"
#include "tests/support/chance/trials.h"
#include "tests/support/manual_clock.h"
#include "tests/unit/hypervisor/stream_writer.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <stdexcept>

namespace crib::hypervisor {
namespace {

using namespace stream;
namespace fs = std::filesystem;
using test::Chance;

std::string unpacked(const std::string& packed) {
    std::string text(ZSTD_getFrameContentSize(packed.data(), packed.size()), '\0');
    const auto length = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
    if (ZSTD_isError(length) != 0) throw std::runtime_error(ZSTD_getErrorName(length));
    return text;
}

class HostileMemoryStreamOfChance : public ::testing::Test {
protected:
    std::string split(const std::string& image) {
        test::put(image_, image);
        const auto problem = test::read_or_refused({ErrorKind::hypervisor, ErrorKind::environment}, [&] {
            split_memory(image_, ram_, rest_, Context::with_clock(clock_));
        });
        const bool has_ram = fs::exists(ram_);
        const bool has_rest = fs::exists(rest_);
        fs::remove(ram_);
        fs::remove(rest_);
        if (problem.empty() && has_ram != has_rest) return "one of its halves stayed";
        return problem;
    }

    TempFolder folder_{test::quick_folder(), "crib-chance"};
    fs::path image_ = folder_.path() / "memory";
    fs::path ram_ = folder_.path() / "ram";
    fs::path rest_ = folder_.path() / "rest";
    test::ManualClock clock_;
};

TEST_F(HostileMemoryStreamOfChance, IsTakenApartOrRefused) {
    const auto content = page_of('x');
    const auto image = libvirt_head() + qemu_head() +
                       first(blocks(kBlocks) + page("pc.ram", 0, content) + next_page(1, content) + next_zeros(2) +
                             zeros("vga.vram", 0) + page("pc.ram", 3, content)) +
                       part(next_page(5, content) + next_zeros(4, 'z')) + last(zeros("pc.ram", 15)) + kDevices;
    ASSERT_EQ(split(image), "");
    const auto trial = [&](unsigned seed) { return split(Chance(seed).bytes(image, image)); };
    EXPECT_EQ(test::problem_of(10'000, trial), "");
}

TEST_F(HostileMemoryStreamOfChance, OfARealQemuIsTakenApartOrRefused) {
    std::vector<std::string> images;
    const auto streams = fs::path(CRIB_SOURCE_DIR) / "tests" / "data" / "streams";
    if (!fs::exists(streams)) GTEST_SKIP() << "there are no streams of real QEMUs";
    for (const auto& file : fs::directory_iterator(streams)) {
        if (file.path().extension() == ".zst") images.push_back(libvirt_head() + unpacked(read_file(file.path())));
    }
    std::sort(images.begin(), images.end());
    ASSERT_FALSE(images.empty());
    // Its pages are nearly all of it, and nothing in them matters: heads are where it hurts.
    const auto trial = [&](unsigned seed) {
        Chance chance(seed);
        const auto& image = images.at(chance.pick(images.size()));
        const auto head = std::min<std::size_t>(image.size(), 2048 + chance.pick(3) * 65536);
        return split(chance.bytes(image.substr(0, head), image) + image.substr(head));
    };
    EXPECT_EQ(test::problem_of(600, trial), "");
}

}  // namespace
}  // namespace crib::hypervisor
