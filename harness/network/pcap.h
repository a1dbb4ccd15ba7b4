#pragma once
// Frames as a pcap file that tcpdump and Wireshark read. The format is pure; PcapFile puts it on disk.

#include "harness/base/clock.h"
#include "harness/base/file.h"
#include "harness/network/packet.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace crib::network {

[[nodiscard]] std::string pcap_file_header();
// Of a file's first bytes, as many as kPcapMagicSize.
inline constexpr std::size_t kPcapMagicSize = 4;
[[nodiscard]] bool begins_a_pcap_file(std::string_view bytes);
[[nodiscard]] std::string pcap_record_header(WallTime when, std::size_t size);

// Buffered; a write that fails ends the capture (failure() says why) and never the switch.
class PcapFile {
public:
    // Error(environment) when the file cannot be made, or is a FIFO that nobody reads: the network does not wait.
    // Readable by its owner only: it holds all traffic.
    explicit PcapFile(const std::filesystem::path& path);
    ~PcapFile() { flush(); }
    PcapFile(const PcapFile&) = delete;
    PcapFile& operator=(const PcapFile&) = delete;

    void add(WallTime when, Bytes frame);
    void flush();
    [[nodiscard]] std::uint64_t frames() const { return frames_; }
    [[nodiscard]] const std::string& failure() const { return failure_; }

private:
    static constexpr std::size_t buffered = 64U << 10U;
    static constexpr std::size_t behind_at_most = 16U << 20U;  // a FIFO's reader
    UniqueFd fd_;
    std::string buffer_;
    std::string failure_;
    std::uint64_t frames_ = 0;
};

}  // namespace crib::network
