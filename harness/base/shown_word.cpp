#include "harness/base/shown_word.h"

#include "harness/base/printable.h"
#include "harness/base/text.h"

#include <fmt/format.h>

namespace crib {

std::string shown_word(std::string_view word) {
    return printable(word) == word ? shell_quote(word) : escaped_word(word);
}

std::string escaped_word(std::string_view word) {
    std::string escaped = "$'";
    for (const char c : word) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            escaped += "\\n";
        } else if (c == '\t') {
            escaped += "\\t";
        } else if (byte < 0x20 || byte >= 0x7f) {
            escaped += fmt::format("\\x{:02x}", byte);
        } else {
            if (c == '\\' || c == '\'') escaped += '\\';
            escaped += c;
        }
    }
    return escaped + "'";
}

std::string shown_path(std::string_view path) {
    return printable(path) == path ? std::string(path) : escaped_word(path);
}

}  // namespace crib
