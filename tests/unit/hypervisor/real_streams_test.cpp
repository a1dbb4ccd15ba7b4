// Streams that real QEMUs have written (tests/data/streams/make.sh), of several versions and both accelerators.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/hypervisor/hypervisor.h"
#include "harness/hypervisor/memory_stream.h"
#include "tests/support/manual_clock.h"
#include "tests/support/tiny_machine/tiny_machine.h"
#include "tests/unit/hypervisor/stream_writer.h"

#include <gmock/gmock.h>
#include <zstd.h>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace crib::hypervisor {
namespace {

using namespace stream;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kStreams = fs::path(CRIB_SOURCE_DIR) / "tests/data/streams";

std::string unpacked(const std::string& packed) {
    std::string text(ZSTD_getFrameContentSize(packed.data(), packed.size()), '\0');
    const auto length = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
    EXPECT_EQ(length, text.size());
    return text;
}

class RealStream : public testing::TestWithParam<std::string> {
protected:
    void split(const std::string& stream) {
        write_file(image_, libvirt_head() + stream);
        split_memory(image_, ram_, rest_, Context::with_clock(clock_));
    }

    nlohmann::json about_ = nlohmann::json::parse(read_file(kStreams / (GetParam() + ".json")));
    std::string stream_ = unpacked(read_file(kStreams / (GetParam() + ".stream.zst")));
    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
    fs::path image_ = folder_.path() / "memory";
    fs::path ram_ = folder_.path() / "ram";
    fs::path rest_ = folder_.path() / "rest";
    test::ManualClock clock_;
};

TEST_P(RealStream, IsSplitIntoTheMemoryThatQemuItselfToldOfAndARestWithoutIt) {
    split(stream_);
    const auto ram = read_file(ram_);
    ASSERT_EQ(ram.size(), test::TinyMachine::kBytes);
    EXPECT_EQ(sha256_hex(test::parts_of_ram(ram)), about_.at("memory").get<std::string>());
    const auto rest = read_file(rest_).substr(kStateHead);
    EXPECT_LT(rest.size(), stream_.size() - 512U * 1024U) << "the guest has written to as much";
    EXPECT_THAT(rest, HasSubstr(kRamBlock));
    EXPECT_THAT(rest, testing::Not(HasSubstr("pc.ram")));
    // All that comes after the RAM is as it was.
    const auto devices = stream_.substr(stream_.size() - 32U * 1024U);
    EXPECT_TRUE(rest.ends_with(devices));
}

TEST_P(RealStream, IsSplitAgainFromItsRest) {
    split(stream_);
    const auto rest = read_file(rest_);
    fs::remove(ram_);
    fs::remove(rest_);
    split(rest.substr(kStateHead));
    EXPECT_EQ(read_file(rest_), rest);
}

// Wherever its RAM is not whole yet.
TEST_P(RealStream, IsRefusedWhenItWasCutOff) {
    split(stream_);
    const auto rest = read_file(rest_);
    const auto ends = std::mismatch(rest.rbegin(), rest.rend(), stream_.rbegin(), stream_.rend());
    const auto ram_end = static_cast<std::size_t>(stream_.rend() - ends.second);
    fs::remove(ram_);
    fs::remove(rest_);
    for (std::size_t length = 0; length < ram_end; length += 39989) {
        EXPECT_THROW(split(stream_.substr(0, length)), Error) << length;
        EXPECT_FALSE(fs::exists(ram_) || fs::exists(rest_));
    }
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& file : fs::directory_iterator(kStreams)) {
        if (file.path().extension() == ".json") all.push_back(file.path().stem());
    }
    std::sort(all.begin(), all.end());
    return all;
}

INSTANTIATE_TEST_SUITE_P(Of, RealStream, testing::ValuesIn(names()), [](const auto& instance) {
    std::string name = instance.param;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
    return name;
});

TEST(RealStreams, AreOfThreeVersionsOfQemuAndOfBothAccelerators) {
    EXPECT_THAT(names(), testing::IsSupersetOf({"qemu-7.2-tcg", "qemu-7.2-kvm", "qemu-10.0-tcg", "qemu-10.0-kvm",
                                                "qemu-11.1-tcg", "qemu-11.1-kvm"}));
}

}  // namespace
}  // namespace crib::hypervisor
