#include "harness/process/lines.h"

namespace crib::process {

void LineSink::add(std::string_view data) {
    kept_.append(data);
    // Cut only when twice the limit is reached, so that each byte is moved once at most.
    if (kept_.size() > 2 * keep_bytes_) kept_.erase(0, kept_.size() - keep_bytes_);
    if (!on_line_) return;
    while (true) {
        const auto newline = data.find('\n');
        if (newline == std::string_view::npos) break;
        line_.append(data.substr(0, newline));
        data.remove_prefix(newline + 1);
        std::string whole;
        whole.swap(line_);
        on_line_(whole);
    }
    line_.append(data);
}

std::string LineSink::finish() {
    if (on_line_ && !line_.empty()) {
        std::string whole;
        whole.swap(line_);
        on_line_(whole);
    }
    if (kept_.size() > keep_bytes_) kept_.erase(0, kept_.size() - keep_bytes_);
    return std::move(kept_);
}

}  // namespace crib::process
