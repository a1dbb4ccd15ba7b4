#include "harness/checkpoint/qcow2_form.h"

#include "harness/base/error.h"
#include "harness/checkpoint/file_io.h"

#include <array>
#include <cstdint>
#include <string>

namespace crib::checkpoint {
namespace {

// Big-endian numbers of the header, by their place in it (QEMU's docs/interop/qcow2.txt).
class Header {
public:
    explicit Header(const std::filesystem::path& file) {
        const auto fd = open_to_read(file);
        size_ = read_at(fd.get(), 0, bytes_, file);
    }
    [[nodiscard]] bool is_whole() const { return size_ == bytes_.size(); }
    [[nodiscard]] std::uint64_t number(std::size_t at, std::size_t length) const {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < length; ++i) value = value << 8U | static_cast<unsigned char>(bytes_.at(at + i));
        return value;
    }

private:
    std::array<char, 104> bytes_{};
    std::size_t size_ = 0;
};

constexpr std::uint64_t kMagic = 0x514649fb;
constexpr std::uint64_t kCompressionType = 1U << 3U;
constexpr std::uint64_t kLargest = std::uint64_t{4} << 40U;

}  // namespace

void require_plain_qcow2(const std::filesystem::path& file, Standing standing) {
    const Header header(file);
    const auto refuse = [&](const char* why) {
        throw Error(ErrorKind::usage, "the disk " + file.filename().string() + " " + why,
                    "crib does not make such disks");
    };
    if (!header.is_whole() || header.number(0, 4) != kMagic) refuse("is not a qcow2");
    if (header.number(4, 4) != 3) refuse("is a qcow2 of another version");
    if (header.number(24, 8) > kLargest) refuse("is larger than any that crib makes");
    if (header.number(32, 4) != 0) refuse("is encrypted");
    if (header.number(60, 4) != 0) refuse("has snapshots inside");
    if ((header.number(72, 8) & ~kCompressionType) != 0) {
        refuse("has features that crib's disks have not: data in another file, or it was not closed");
    }
    if (standing == Standing::alone && header.number(8, 8) != 0) refuse("stands on another file");
}

}  // namespace crib::checkpoint
