#include "tests/hostile/inputs/picture.h"

#include "harness/base/file.h"
#include "harness/base/sha256.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace crib::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargest = 64U << 20U;  // larger ones are empty inside

std::string content_of(const fs::path& file, const struct stat& status) {
    if (S_ISLNK(status.st_mode)) return fs::read_symlink(file).string();
    if (!S_ISREG(status.st_mode)) return {};
    const auto bytes = static_cast<std::uintmax_t>(status.st_size);
    if (bytes > kLargest || ::access(file.c_str(), R_OK) != 0) return fmt::format("{} bytes", bytes);
    return fmt::format("{} bytes, SHA-256 {}", bytes, sha256_hex(read_file(file)));
}

}  // namespace

Picture picture_of(const fs::path& folder) {
    Picture picture;
    const auto skip = fs::directory_options::skip_permission_denied;
    for (const auto& entry : fs::recursive_directory_iterator(folder, skip)) {
        struct stat status {};
        if (::lstat(entry.path().c_str(), &status) != 0) continue;
        const bool is_file = S_ISREG(status.st_mode);
        picture[entry.path().lexically_relative(folder).string()] =
            fmt::format("mode {:o}, {}{}", status.st_mode, is_file ? fmt::format("{} names, ", status.st_nlink) : "",
                        content_of(entry.path(), status));
    }
    return picture;
}

bool is_below(const std::string& path, const std::vector<std::string>& places) {
    return std::any_of(places.begin(), places.end(),
                       [&](const std::string& place) { return path == place || path.starts_with(place + "/"); });
}

}  // namespace crib::test
