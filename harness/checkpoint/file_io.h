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

// A file of the store's. Damage when it is missing in a folder that is there; Error(environment) for any other reason,
// as its rights: that says nothing of its content.
[[nodiscard]] UniqueFd open_part(const std::filesystem::path& path);

// The same of a file that could not be looked at or opened. Damage or Error(environment).
[[noreturn]] void throw_missing_part(const std::filesystem::path& path, int error_number);

[[nodiscard]] UniqueFd open_to_write(const std::filesystem::path& path);  // or to read

// A new file of mode 0600; one that is there already is an error.
[[nodiscard]] UniqueFd create_file(const std::filesystem::path& path);

// A new file without a name: it is gone with its last descriptor, whatever becomes of crib.
[[nodiscard]] UniqueFd create_nameless_file(const std::filesystem::path& folder);

void set_length(int fd, std::uint64_t bytes, const std::filesystem::path& path);

// Room in a file that lies there already, so that a full disk is an error and not a signal to who has it mapped.
void allocate(int fd, std::uint64_t offset, std::uint64_t bytes, const std::filesystem::path& path);

[[nodiscard]] std::uint64_t size_of(int fd, const std::filesystem::path& path);

// As many bytes as `to` has, or fewer at the file's end.
std::size_t read_at(int fd, std::uint64_t offset, std::span<char> to, const std::filesystem::path& path);

void write_at(int fd, std::uint64_t offset, std::string_view data, const std::filesystem::path& path);

// A part of a file into a pipe, which then shares its pages: nothing is copied. Waits for a slow reader as long as the
// context does; SIGPIPE is the caller's business.
void send_stream(int fd, int from, std::uint64_t offset, std::uint64_t size, const std::string& what,
                 const Context& context);

// What was written, or a folder's names, are on the disk when this returns.
void sync_file(int fd, const std::filesystem::path& path);
void sync_folder(const std::filesystem::path& path);

[[nodiscard]] bool is_zero(std::string_view data);

}  // namespace crib::checkpoint
