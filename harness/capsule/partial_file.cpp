#include "harness/capsule/partial_file.h"

#include "harness/base/text.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace crib::capsule {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".partial";
constexpr std::size_t kWord = 8;

bool is_name_of_partial(std::string_view name, std::string_view file) {
    if (name.size() != file.size() + 1 + kWord + kEnding.size()) return false;
    const auto word = name.substr(file.size() + 1, kWord);
    return name.starts_with(file) && name[file.size()] == '.' && name.ends_with(kEnding) &&
           std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

// Has it the beginning of a capsule, which is one of Zstandard, or none yet?
bool may_be_of_capsule(int fd) {
    constexpr std::array<unsigned char, 4> magic{0x28, 0xb5, 0x2f, 0xfd};
    std::array<unsigned char, 4> begin{};
    const auto count = ::pread(fd, begin.data(), begin.size(), 0);
    return count == 0 || (count == static_cast<ssize_t>(magic.size()) && begin == magic);
}

void remove_if_abandoned(const fs::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return;
    if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) return;
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return;
    if (may_be_of_capsule(fd.get())) ::unlink(path.c_str());
}

}  // namespace

PartialFile make_partial_file(const fs::path& to, unsigned mode) {
    for (;;) {
        fs::path path = to.string() + "." + random_word(kWord) + std::string(kEnding);
        UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (!fd.valid()) return {std::move(path), std::move(fd)};
        // One that cannot be locked is not removed by others either. Before it was locked it may have been.
        struct stat status {};
        const bool is_locked = ::flock(fd.get(), LOCK_EX) == 0;
        if (is_locked && ::fstat(fd.get(), &status) == 0 && status.st_nlink == 0) continue;
        return {std::move(path), std::move(fd)};
    }
}

void remove_abandoned_files(const fs::path& to) noexcept {
    try {
        const auto file = to.filename().string();
        std::error_code none;
        fs::directory_iterator entry(containing_folder(to), none);
        for (; !none && entry != fs::directory_iterator(); entry.increment(none)) {
            if (is_name_of_partial(entry->path().filename().string(), file)) remove_if_abandoned(entry->path());
        }
    } catch (...) {  // what is left is tried again by the next one
    }
}

}  // namespace crib::capsule
