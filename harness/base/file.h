#pragma once
// Files: whole-file reading, atomic writing, temporary folders, descriptors.
// Failures are Error(environment) with the path and the system's reason.

#include "harness/base/clock.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace crib {

// The whole file. A larger one than the limit is refused.
inline constexpr std::uint64_t most_read_of_a_file = 256U << 20U;
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::uint64_t limit = most_read_of_a_file);

// Written beside the target, synced, then renamed: readers see the old or the new file, never a part.
void write_file(const std::filesystem::path& path, std::string_view content, unsigned mode = 0644);

// When the file, or the link itself, was last changed; nothing when it is not there.
[[nodiscard]] std::optional<WallTime> changed_at(const std::filesystem::path& file);
// As if it was changed then. Nothing happens when it is not there.
void set_changed_at(const std::filesystem::path& file, WallTime when) noexcept;

void append_file(const std::filesystem::path& path, std::string_view content);

// The last `limit` bytes of a file that may be growing; empty when there is no such file. Of one that grows faster than
// it is read, the last of what was read.
[[nodiscard]] std::string read_tail(const std::filesystem::path& path, std::size_t limit);

void make_folder(const std::filesystem::path& path, unsigned mode = 0755);

// Never throws; true when nothing is left there. Makes read-only folders writable on its way.
bool remove_all_quietly(const std::filesystem::path& path) noexcept;

// The folder that a file lies in, by its path alone: "." of a bare name.
[[nodiscard]] std::filesystem::path containing_folder(const std::filesystem::path& file);

// Is it in the folder, or the folder itself? By their names alone.
[[nodiscard]] bool is_below(const std::filesystem::path& file, const std::filesystem::path& folder);

[[nodiscard]] std::uint64_t free_disk_bytes(const std::filesystem::path& path);

// A fresh folder, removed with this object unless keep() was called.
class TempFolder {
public:
    // `parent` must exist; the folder's name begins with `prefix`.
    explicit TempFolder(const std::filesystem::path& parent, std::string_view prefix = "tmp");
    ~TempFolder();
    TempFolder(TempFolder&& other) noexcept;
    TempFolder& operator=(TempFolder&&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    void keep() { kept_ = true; }

private:
    std::filesystem::path path_;
    bool kept_ = false;
};

// Owns a file descriptor.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    ~UniqueFd() { reset(); }
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        reset(other.release());
        return *this;
    }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool valid() const { return fd_ >= 0; }
    int release() {
        const int fd = fd_;
        fd_ = -1;
        return fd;
    }
    void reset(int fd = -1);

private:
    int fd_ = -1;
};

}  // namespace crib
