#include "harness/network/pcap.h"

#include "harness/base/error.h"
#include "harness/base/system_error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace crib::network {
namespace {

void put32(std::string& out, std::uint32_t value) {  // little-endian, as the magic number says
    for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 255U);
}

constexpr std::uint32_t magic = 0xa1b2c3d4;
constexpr std::uint32_t version = 4U << 16U | 2U;  // 2.4: two 16-bit numbers
constexpr std::uint32_t longest = 262144;
constexpr std::uint32_t link_ethernet = 1;

}  // namespace

std::string pcap_file_header() {
    std::string out;
    for (const auto value : {magic, version, 0U, 0U, longest, link_ethernet}) put32(out, value);
    return out;
}

bool begins_a_pcap_file(std::string_view bytes) {
    return bytes.starts_with(std::string_view(pcap_file_header()).substr(0, kPcapMagicSize));
}

std::string pcap_record_header(WallTime when, std::size_t size) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
    std::string out;
    put32(out, static_cast<std::uint32_t>(micros / 1'000'000));
    put32(out, static_cast<std::uint32_t>(micros % 1'000'000));
    put32(out, static_cast<std::uint32_t>(size));
    put32(out, static_cast<std::uint32_t>(size));
    return out;
}

PcapFile::PcapFile(const std::filesystem::path& path)
    : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600)),
      buffer_(pcap_file_header()) {
    if (!fd_.valid()) {
        throw Error(ErrorKind::environment,
                    fmt::format("cannot write the capture {}: {}", path.string(), std::strerror(errno)),
                    errno == ENXIO             ? "start what reads the FIFO before the run"
                    : is_of_the_machine(errno) ? hint_for(errno)
                                               : "give a path in a folder that exists and is yours");
    }
    flush();
}

void PcapFile::add(WallTime when, Bytes frame) {
    if (!failure_.empty()) return;
    buffer_ += pcap_record_header(when, frame.size());
    buffer_.append(frame.begin(), frame.end());
    ++frames_;
    if (buffer_.size() >= buffered) flush();
}

void PcapFile::flush() {
    std::size_t at = 0;
    while (failure_.empty() && at < buffer_.size()) {
        const auto written = ::write(fd_.get(), buffer_.data() + at, buffer_.size() - at);
        if (written > 0) {
            at += static_cast<std::size_t>(written);
        } else if (errno == EAGAIN && buffer_.size() < behind_at_most) {
            break;  // a FIFO whose reader has not come as far
        } else if (errno != EINTR) {
            failure_ = errno == EAGAIN ? "its reader is too slow" : std::strerror(errno);
        }
    }
    buffer_.erase(0, failure_.empty() ? at : buffer_.size());
}

}  // namespace crib::network
