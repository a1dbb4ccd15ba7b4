#include "harness/ssh/detail/stream.h"

namespace crib::ssh::detail {
namespace {

// A program that never ends its line must not fill the memory.
constexpr std::size_t longest_line = 64U << 10U;

}  // namespace

void Stream::add(std::string_view data) {
    keep(data);
    if (!on_line_) return;
    while (!data.empty()) {
        const auto end = data.find('\n');
        const auto part = data.substr(0, end);
        partial_ += part;
        data.remove_prefix(end == std::string_view::npos ? data.size() : end + 1);
        if (end != std::string_view::npos || partial_.size() >= longest_line) {
            const std::string line = std::move(partial_);
            partial_.clear();
            pass_line(line);
        }
    }
}

void Stream::finish() {
    if (partial_.empty()) return;
    const std::string line = std::move(partial_);
    partial_.clear();
    pass_line(line);
}

void Stream::keep(std::string_view data) {
    if (data.size() > keep_bytes_) data.remove_prefix(data.size() - keep_bytes_);
    kept_ += data;
    // Cut only when twice the size is reached, so that a long output is not moved for every packet.
    if (kept_.size() > 2 * keep_bytes_) kept_.erase(0, kept_.size() - keep_bytes_);
}

void Stream::pass_line(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    on_line_(line);
}

std::string Stream::take_kept() {
    if (kept_.size() > keep_bytes_) kept_.erase(0, kept_.size() - keep_bytes_);
    return std::move(kept_);
}

}  // namespace crib::ssh::detail
