#include "harness/hypervisor/memory_files.h"

#include "harness/base/file_error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace crib::hypervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kGiveBackEvery = 64U << 20U;  // of the image
constexpr std::size_t kRestPiece = 1U << 20U;

bool punch(int fd, std::uint64_t offset, std::uint64_t length) {
    return ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                       static_cast<off_t>(length)) == 0;
}

std::span<iovec> without(std::size_t count, std::span<iovec> parts) {
    while (!parts.empty() && count >= parts.front().iov_len) {
        count -= parts.front().iov_len;
        parts = parts.subspan(1);
    }
    if (count > 0) {
        parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + count;
        parts.front().iov_len -= count;
    }
    return parts;
}

}  // namespace

Image::Image(const fs::path& path)
    : path_(path),
      fd_(::open(path.c_str(), O_RDWR | O_CLOEXEC)),
      piece_(std::make_unique_for_overwrite<char[]>(kPiece)) {
    if (!fd_.valid()) throw_file_error("read", path, errno);
    ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
}

void Image::refill() {
    give_back();
    std::memmove(piece_.get(), piece_.get() + begin_, left());
    end_ = left();
    begin_ = 0;
    while (end_ < kPiece) {
        const auto count = ::read(fd_.get(), piece_.get() + end_, kPiece - end_);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_file_error("read", path_, errno);
        if (count == 0) break;
        end_ += static_cast<std::size_t>(count);
        end_at_ += static_cast<std::uint64_t>(count);
    }
}

// So that the image and what is made of it need little more room than the image did. A file system that cannot do it
// is no reason to stop.
void Image::give_back() {
    const auto until = at() / kPage * kPage;
    if (until - given_back_ < kGiveBackEvery) return;
    (void)punch(fd_.get(), given_back_, until - given_back_);
    given_back_ = until;
}

NewFile::NewFile(const fs::path& path)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!fd_.valid()) throw_file_error("make", path, errno);
}

NewFile::~NewFile() {
    if (!kept_) ::unlink(path_.c_str());
}

void NewFile::set_length(std::uint64_t length) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(length)) != 0) throw_file_error("write", path_, errno);
}

void NewFile::write(std::uint64_t offset, std::span<iovec> parts) {
    while (!parts.empty()) {
        const auto count =
            ::pwritev(fd_.get(), parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_file_error("write", path_, errno);
        offset += static_cast<std::uint64_t>(count);
        parts = without(static_cast<std::size_t>(count), parts);
    }
}

bool NewFile::make_hole(std::uint64_t offset, std::size_t length) {
    return punch(fd_.get(), offset, length);
}

void RamFile::set_length(std::uint64_t length) {
    file_.set_length(length);
    length_ = length;
}

void RamFile::add(std::uint64_t address, std::string_view page) {
    if (address != run_end() || run_.size() == IOV_MAX) {
        flush();
        run_address_ = address;
    }
    run_.push_back({const_cast<char*>(page.data()), page.size()});
    written_end_ = std::max(written_end_, run_end());
}

void RamFile::fill(std::uint64_t address, char byte) {
    // QEMU goes through the RAM from its beginning: behind what was written there are only holes yet.
    if (byte == '\0' && address >= written_end_) return;
    flush();
    if (byte == '\0' && file_.make_hole(address, kPage)) return;
    const std::string page(kPage, byte);
    add(address, page);
    flush();
}

void RamFile::flush() {
    file_.write(run_address_, run_);
    run_.clear();
}

void RestFile::append(std::string_view bytes) {
    piece_ += bytes;
    if (piece_.size() >= kRestPiece) flush();
}

void RestFile::flush() {
    iovec all{piece_.data(), piece_.size()};
    if (!piece_.empty()) file_.write(written_, {&all, 1});
    written_ += piece_.size();
    piece_.clear();
}

}  // namespace crib::hypervisor
