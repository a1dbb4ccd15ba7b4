#include "harness/network/pcap.h"

#include "harness/base/error.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

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

// The network must go on, whatever becomes of its capture.
TEST(Capture, IntoAFifoWaitsForNobody) {
    std::signal(SIGPIPE, SIG_IGN);
    const TempFolder folder(std::filesystem::temp_directory_path());
    const auto fifo = folder.path() / "live";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_THROW((PcapFile{fifo}), Error) << "nobody reads it";
    UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    PcapFile file(fifo);
    const Frame frame(64'000, 1);
    for (int i = 0; i < 10; ++i) file.add({}, frame);  // more than a pipe holds
    EXPECT_EQ(file.failure(), "");
    EXPECT_EQ(file.frames(), 10U);
    for (int i = 0; i < 300; ++i) file.add({}, frame);
    EXPECT_EQ(file.failure(), "its reader is too slow");
    reader.reset();
}

}  // namespace
}  // namespace crib::network
