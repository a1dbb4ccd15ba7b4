#include "harness/image/disks.h"

#include "harness/base/disk_full.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 4096;

// Where the kernel's union swap_header has its fields, in the first page.
constexpr std::size_t kVersion = 1024;
constexpr std::size_t kLastPage = 1028;
constexpr std::size_t kUuid = 1036;
constexpr std::size_t kLabel = 1052;
constexpr std::size_t kMagic = kPage - 10;

void put_u32(std::string& page, std::size_t at, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) page[at + i] = static_cast<char>((value >> (8U * i)) & 0xFFU);
}

void run_qemu_img(process::Runner& runner, std::vector<std::string> words, const fs::path& path,
                  const Context& context) {
    process::Command command;
    command.program = "qemu-img";
    command.args = std::move(words);
    const process::Result result = runner.run(command, context);
    context.throw_if_done("making " + path.string());
    if (result.ok()) return;
    remove_all_quietly(path);
    const std::string said = last_lines(result.err, 2);
    throw Error(ErrorKind::image, fmt::format("making {}: qemu-img {}: {}", path.string(), result.how_it_ended(), said),
                tells_of_full_disk(said) ? "the disk is full: make room and try again" : "");
}

}  // namespace

void make_overlay(process::Runner& runner, const fs::path& base, const fs::path& path, const Context& context,
                  std::optional<ByteSize> size) {
    std::vector<std::string> words{"create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base.string(), path.string()};
    if (size) words.push_back(std::to_string(size->bytes));
    run_qemu_img(runner, std::move(words), path, context);
}

void to_qcow2(process::Runner& runner, const fs::path& raw, const fs::path& path, const Context& context) {
    run_qemu_img(runner, {"convert", "-q", "-f", "raw", "-O", "qcow2", raw.string(), path.string()}, path, context);
}

void make_swap_disk(const fs::path& path, ByteSize size, const std::string& label) {
    const std::uint64_t pages = std::min<std::uint64_t>(size.bytes / kPage, UINT32_MAX);
    if (pages < 16 || label.size() > 15) {
        throw Error(ErrorKind::internal, fmt::format("no swap disk of {} with label {}", to_string(size), label));
    }
    std::string page(kPage, '\0');
    put_u32(page, kVersion, 1);
    put_u32(page, kLastPage, static_cast<std::uint32_t>(pages - 1));
    std::array<unsigned char, 16> uuid{};
    RAND_bytes(uuid.data(), static_cast<int>(uuid.size()));
    std::memcpy(&page[kUuid], uuid.data(), uuid.size());
    std::memcpy(&page[kLabel], label.data(), label.size());
    std::memcpy(&page[kMagic], "SWAPSPACE2", 10);
    write_file(path, page, 0600);
    std::error_code failed;
    fs::resize_file(path, pages * kPage, failed);
    if (failed) {
        remove_all_quietly(path);
        throw Error(ErrorKind::environment, fmt::format("cannot write {}: {}", path.string(), failed.message()),
                    "is the disk full?");
    }
}

}  // namespace crib::image
