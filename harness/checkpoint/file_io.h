#pragma once
// Reading, writing and syncing at a given place of a file; a full disk says so. Internal to checkpoint.

#include "harness/base/context.h"
#include "harness/base/file.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace crib::checkpoint {

[[nodiscard]] UniqueFd open_to_read(const std::filesystem::path& path);

// A new file of mode 0600; one that is there already is an error.
[[nodiscard]] UniqueFd create_file(const std::filesystem::path& path);

// A new file without a name: it is gone with its last descriptor, whatever becomes of crib.
[[nodiscard]] UniqueFd create_nameless_file(const std::filesystem::path& folder);

[[nodiscard]] std::uint64_t size_of(int fd, const std::filesystem::path& path);

// As many bytes as `to` has, or fewer at the file's end.
std::size_t read_at(int fd, std::uint64_t offset, std::span<char> to, const std::filesystem::path& path);

void write_at(int fd, std::uint64_t offset, std::string_view data, const std::filesystem::path& path);

// Into a pipe, socket or file, from where it stands; waits for a slow reader as long as the context does.
void write_stream(int fd, std::string_view data, const std::string& what, const Context& context);

// The same of a part of a file, which a pipe then shares the pages of: nothing is copied.
void send_stream(int fd, int from, std::uint64_t offset, std::uint64_t size, const std::string& what,
                 const Context& context);

// What was written, or a folder's names, are on the disk when this returns.
void sync_file(int fd, const std::filesystem::path& path);
void sync_folder(const std::filesystem::path& path);

// A descriptor that does not block while this lives, so that a reader that stands still cannot hold crib up.
class NonBlocking {
public:
    explicit NonBlocking(int fd);
    ~NonBlocking();
    NonBlocking(const NonBlocking&) = delete;
    NonBlocking& operator=(const NonBlocking&) = delete;

private:
    int fd_;
    int flags_;
};

[[nodiscard]] bool is_zero(std::string_view data);

// Error(environment) of a full disk: "saving … (1.4 GiB): the disk of … is full, … are free".
[[noreturn]] void throw_disk_full(const std::string& what, const std::filesystem::path& folder);

}  // namespace crib::checkpoint
