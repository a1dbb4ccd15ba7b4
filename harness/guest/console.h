#pragma once
// The serial console: ConsoleScanner turns its bytes into lines and findings (pure), ConsoleWatcher reads
// what was added to its file since the last look.

#include "harness/guest/finding.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::guest {

// What a line of a console means, if it means trouble.
[[nodiscard]] std::optional<FindingKind> classify(std::string_view line);

// Copes with lines that come in pieces, a prompt that has no end, terminal control sequences, zero bytes,
// bytes that are no UTF-8, and lines without end.
class ConsoleScanner {
public:
    void feed(std::string_view bytes);

    [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
    // The last line that says something, even when it has not ended yet; empty at first.
    [[nodiscard]] const std::string& last_line() const { return last_line_; }
    // Linux has written to it: silence then means something. A boot loader's words promise no more.
    [[nodiscard]] bool linux_speaks() const { return linux_speaks_; }

private:
    void end_line();
    void look_at_line();

    std::string line_;  // as it came
    std::string last_line_;
    bool linux_speaks_ = false;
    bool reported_ = false;  // the line that is being read has its finding already
    std::vector<Finding> findings_;
};

class ConsoleWatcher {
public:
    explicit ConsoleWatcher(std::filesystem::path path) : path_(std::move(path)) {}

    // Reads on. A missing file is an empty one; a file that became shorter is read from its start.
    const ConsoleScanner& poll();
    // Bytes read so far.
    [[nodiscard]] std::uint64_t heard() const { return heard_; }

private:
    std::filesystem::path path_;
    std::uint64_t offset_ = 0;
    std::uint64_t heard_ = 0;
    ConsoleScanner scanner_;
};

}  // namespace crib::guest
