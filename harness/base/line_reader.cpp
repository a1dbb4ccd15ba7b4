#include "harness/base/line_reader.h"

#include "harness/base/file_error.h"
#include "harness/base/growth.h"
#include "harness/base/text.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace crib {
namespace {

constexpr std::size_t kAtOnce = 64U << 10U;
constexpr std::size_t kLongestCharacter = 4;  // bytes of UTF-8

// At most `most` bytes of a longer text, and whole characters if there are any.
std::size_t bytes_of_whole_characters(std::string_view text, std::size_t most) {
    auto end = most;
    for (std::size_t back = 1; back < kLongestCharacter && end > 1 && is_inside_character(text[end]); ++back) --end;
    return is_inside_character(text[end]) ? most : end;
}

}  // namespace

LineReader::LineReader(UniqueFd fd, std::filesystem::path path, std::size_t longest)
    : fd_(std::move(fd)), path_(std::move(path)), longest_(std::max(longest, kLongestCharacter)) {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) throw_file_error("read", path_, errno);
    left_ = static_cast<std::uint64_t>(status.st_size) + kMostGrown;
}

bool LineReader::fill() {
    buffer_.erase(0, at_);
    at_ = 0;
    const auto had = buffer_.size();
    if (left_ == 0) return false;
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(kAtOnce, left_));
    buffer_.resize(had + most);
    for (;;) {
        const auto count = ::read(fd_.get(), buffer_.data() + had, most);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_file_error("read", path_, errno);
        buffer_.resize(had + static_cast<std::size_t>(count));
        left_ -= static_cast<std::uint64_t>(count);
        return count > 0;
    }
}

LineReader::Piece LineReader::take(std::size_t bytes, bool ends) {
    const Piece piece{std::string_view(buffer_).substr(at_, bytes), begins_, ends};
    at_ += bytes;
    begins_ = ends;
    return piece;
}

std::optional<LineReader::Piece> LineReader::next() {
    for (std::size_t seen = 0;;) {
        const auto newline = buffer_.find('\n', at_ + seen);
        const auto length = (newline == std::string::npos ? buffer_.size() : newline) - at_;
        // A character more is known of what is cut.
        if (length > longest_)
            return take(bytes_of_whole_characters(std::string_view(buffer_).substr(at_), longest_), false);
        if (newline != std::string::npos) {
            auto piece = take(length, true);
            ++at_;
            return piece;
        }
        if (at_end_) {
            if (length == 0 && begins_) return std::nullopt;
            return take(length, true);
        }
        seen = length;
        at_end_ = !fill();
    }
}

}  // namespace crib
