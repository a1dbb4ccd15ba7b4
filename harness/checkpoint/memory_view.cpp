#include "harness/checkpoint/memory_view.h"

#include "harness/base/error.h"
#include "harness/base/system_error.h"
#include "harness/checkpoint/file_io.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 4096;

[[noreturn]] void fail() {
    throw Error(ErrorKind::environment, fmt::format("cannot map a memory image: {}", std::strerror(errno)),
                hint_for(errno));
}

// Its first page that has something says so, which is mostly the first.
bool is_zero_block(int fd, std::uint64_t offset, std::uint64_t bytes, const fs::path& path) {
    std::array<char, kPage> page{};
    for (std::uint64_t at = 0; at < bytes; at += kPage) {
        const auto size = std::min<std::uint64_t>(kPage, bytes - at);
        if (read_at(fd, offset + at, {page.data(), size}, path) != size) {
            throw Error(ErrorKind::environment, fmt::format("{} became shorter meanwhile", path.string()));
        }
        if (!is_zero({page.data(), size})) return false;
    }
    return true;
}

}  // namespace

std::uint64_t bytes_of(const MemoryRuns& runs) {
    std::uint64_t sum = 0;
    for (const auto& run : runs) sum += run.bytes;
    return sum;
}

void add_block(MemoryRuns& runs, std::uint64_t offset, std::uint64_t bytes) {
    if (runs.empty() || runs.back().offset + runs.back().bytes != offset) {
        runs.push_back({offset, bytes});
    } else {
        runs.back().bytes += bytes;
    }
}

MemoryRuns runs_of(int fd, const fs::path& path, const Context& context) {
    const auto size = size_of(fd, path);
    MemoryRuns runs;
    for (std::uint64_t at = 0; at < size; at += kMemoryBlock) {
        context.throw_if_done("looking through a memory image");
        const auto data = ::lseek(fd, static_cast<off_t>(at), SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;  // only a hole is left
        if (data > 0) at = std::max(at, static_cast<std::uint64_t>(data) / kMemoryBlock * kMemoryBlock);
        const auto bytes = std::min<std::uint64_t>(kMemoryBlock, size - at);
        if (!is_zero_block(fd, at, bytes, path)) add_block(runs, at, bytes);
    }
    return runs;
}

MemoryView::MemoryView(int fd, const MemoryRuns& runs, int protection) : size_(bytes_of(runs)) {
    if (size_ == 0) return;
    data_ = ::mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data_ == MAP_FAILED) fail();
    auto* at = static_cast<char*>(data_);
    for (const auto& run : runs) {
        if (::mmap(at, run.bytes, protection, MAP_SHARED | MAP_FIXED, fd, static_cast<off_t>(run.offset)) ==
            MAP_FAILED) {
            const auto why = errno;
            ::munmap(data_, size_);
            errno = why;
            fail();
        }
        at += run.bytes;
    }
}

MemoryView::~MemoryView() {
    if (size_ > 0) ::munmap(data_, size_);
}

}  // namespace crib::checkpoint
