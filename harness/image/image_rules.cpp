#include "harness/image/image_rules.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/plain_path.h"
#include "harness/base/text.h"
#include "harness/fetch/url.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestWord = 100;
constexpr InputKind kDisk{"a disk", UINT64_MAX};
constexpr InputKind kBootFile{"a kernel or initrd", std::uint64_t{4} << 30U};
constexpr InputKind kKey{"a public key", 1U << 20U};

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_letter_or_digit(char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

using fetch::is_url;

// Every qcow2 begins so.
bool begins_as_qcow2(const UniqueFd& fd) {
    constexpr std::string_view kMagic = "QFI\xfb";
    std::array<char, 4> begin{};
    const auto count = ::pread(fd.get(), begin.data(), begin.size(), 0);
    return count == static_cast<ssize_t>(begin.size()) && std::string_view(begin.data(), begin.size()) == kMagic;
}

class LocalFiles {
public:
    explicit LocalFiles(const fs::path& image_file) : file_(image_file) {}

    // Opened; nothing of a URL.
    UniqueFd require(const std::string& location, const char* key, const InputKind& kind) const {
        if (is_url(location)) return {};
        const auto path = path_of(location);
        auto input = try_open_input(path, kind);
        if (input.state != OpenedInput::State::open) refuse(location, key, input.problem, "correct its path");
        return std::move(input.fd);
    }
    void require_disk(const std::string& location) const {
        const auto fd = require(location, "how.qcow2", kDisk);
        if (!fd.valid() || begins_as_qcow2(fd)) return;
        refuse(location, "how.qcow2", "is not a qcow2 disk", "make one with qemu-img convert -O qcow2");
    }

private:
    [[nodiscard]] fs::path path_of(const std::string& location) const {
        return plain_path(fs::absolute(file_.parent_path() / location));
    }
    [[noreturn]] void refuse(const std::string& location, const char* key, const std::string& why,
                             const std::string& hint) const {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: {}: {}: {}", file_.string(), key, path_of(location).string(), why),
                    hint + "; it is looked for beside the image file");
    }

    const fs::path& file_;
};

}  // namespace

bool is_word(const std::string& text) {
    const auto may_stand = [](char c) {
        return is_letter_or_digit(c) || std::string_view("+._-").find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= kLongestWord && is_letter_or_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), may_stand);
}

bool is_suite(const std::string& text) {
    const auto parts = split(text, '/');
    return text.size() <= kLongestWord && std::all_of(parts.begin(), parts.end(), is_word);
}

bool is_package(const std::string& text) {
    const auto may_stand = [](char c) {
        return is_lower_or_digit(c) || std::string_view("+.-").find(c) != std::string_view::npos;
    };
    return text.size() >= 2 && text.size() <= kLongestWord && is_lower_or_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), may_stand);
}

void require_files(const ImageFile& image) {
    const auto* ready = std::get_if<ReadyDisk>(&image.how);
    if (ready == nullptr) return;
    const LocalFiles files(image.file);
    files.require_disk(ready->disk.location);
    if (ready->kernel) (void)files.require(ready->kernel->location, "how.kernel", kBootFile);
    if (ready->initrd) (void)files.require(ready->initrd->location, "how.initrd", kBootFile);
    const auto require_key = [&](const Fetched& fetched, const char* key) {
        if (fetched.checksums) (void)files.require(fetched.checksums->key, key, kKey);
    };
    require_key(ready->disk, "how.qcow2.checksums.key");
    if (ready->kernel) require_key(*ready->kernel, "how.kernel.checksums.key");
    if (ready->initrd) require_key(*ready->initrd, "how.initrd.checksums.key");
}

}  // namespace crib::image
