#pragma once
// LineReader: the lines of a file, one after the other, in little memory however long the file and its lines are.

#include "harness/base/file.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace crib {

class LineReader {
public:
    // `path` is for what is said of errors. Lines longer than `longest` bytes come in several pieces. Of a file that
    // grows meanwhile, little more is read than was there.
    LineReader(UniqueFd fd, std::filesystem::path path, std::size_t longest = kLongest);

    struct Piece {
        std::string_view text;  // without the newline; valid until the next call
        bool begins = true;     // a line
        bool ends = true;       // a line: a newline or the file's end is behind it

        [[nodiscard]] bool is_whole_line() const { return begins && ends; }
    };
    // Nothing at the file's end. A piece of a line ends with a whole character, where the file is UTF-8.
    // Error(environment) when the file cannot be read on.
    [[nodiscard]] std::optional<Piece> next();

    static constexpr std::size_t kLongest = 64U << 10U;

private:
    bool fill();
    Piece take(std::size_t bytes, bool ends);

    UniqueFd fd_;
    std::filesystem::path path_;
    std::size_t longest_;
    std::uint64_t left_ = 0;  // bytes that are read at most
    std::string buffer_;
    std::size_t at_ = 0;  // what is before it was taken
    bool at_end_ = false;
    bool begins_ = true;
};

}  // namespace crib
