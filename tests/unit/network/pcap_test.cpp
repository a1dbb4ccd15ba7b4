#include "harness/network/pcap.h"

#include "harness/base/error.h"

#include <gtest/gtest.h>

namespace crib::network {
namespace {

TEST(Capture, WritesAFileThatOtherToolsRead) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const auto path = folder.path() / "all.pcap";
    {
        PcapFile file(path);
        file.add(WallTime{std::chrono::microseconds{1'500'000}}, Frame{1, 2, 3});
        EXPECT_EQ(file.frames(), 1U);
    }
    const std::string expected(
        "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00"
        "\x01\x00\x00\x00\x20\xa1\x07\x00\x03\x00\x00\x00\x03\x00\x00\x00\x01\x02\x03",
        24 + 16 + 3);
    EXPECT_EQ(read_file(path), expected);
}

TEST(Capture, SaysWhyAFileCannotBeMade) {
    EXPECT_THROW(PcapFile("/no/such/folder/all.pcap"), Error);
}

}  // namespace
}  // namespace crib::network
