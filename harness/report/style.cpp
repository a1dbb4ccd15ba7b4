#include "harness/report/style.h"

#include "harness/base/text.h"

#include <algorithm>
#include <cstdint>

namespace crib::report {
namespace {

const char* code(Tone tone) {
    switch (tone) {
        case Tone::good:
            return "\x1b[32m";
        case Tone::bad:
            return "\x1b[1;31m";
        case Tone::caution:
            return "\x1b[33m";
        case Tone::dim:
            return "\x1b[2m";
        case Tone::strong:
            return "\x1b[1m";
        case Tone::plain:
            break;
    }
    return "";
}

std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xE0) return 2;
    return lead < 0xF0 ? 3 : 4;
}

// The length of the valid UTF-8 character at the text's begin; 0 when there is none.
std::size_t valid_prefix(std::string_view text) {
    const auto length = sequence_length(static_cast<unsigned char>(text.front()));
    return length <= text.size() && is_valid_utf8(text.substr(0, length)) ? length : 0;
}

// The length of a terminal sequence at the text's begin (ESC [ ... letter, ESC ] ... BEL, ESC x); 0 when there is none.
std::size_t escape_length(std::string_view text) {
    if (text.front() != '\x1b') return 0;
    if (text.size() < 2) return 1;
    if (text[1] == '[') {
        const auto end = std::find_if(text.begin() + 2, text.end(), [](char c) { return c >= '@' && c <= '~'; });
        return std::min(text.size(), static_cast<std::size_t>(end - text.begin()) + 1);
    }
    if (text[1] == ']') {
        const auto end = text.find('\a');
        return end == std::string_view::npos ? text.size() : end + 1;
    }
    return 2;
}

std::uint32_t decode(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character.front());
    if (character.size() == 1) return lead;
    std::uint32_t value = lead & (0xFFU >> (character.size() + 1));
    for (const char c : character.substr(1)) value = value << 6U | (static_cast<unsigned char>(c) & 0x3FU);
    return value;
}

// Marks that stand on the letter before them take no column, East Asian letters and emoji take two.
std::size_t columns_of(std::uint32_t c) {
    const bool combining = (c >= 0x300 && c <= 0x36F) || c == 0x200B || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F);
    if (combining) return 0;
    const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
                      (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                      (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
    return wide ? 2 : 1;
}

// The longest begin of the text that takes at most `width` columns.
std::string_view fitting(std::string_view text, std::size_t width) {
    std::size_t used = 0;
    std::size_t i = 0;
    while (i < text.size()) {
        const auto length = std::max<std::size_t>(1, valid_prefix(text.substr(i)));
        const auto wide = columns_of(decode(text.substr(i, length)));
        if (used + wide > width) break;
        used += wide;
        i += length;
    }
    return text.substr(0, i);
}

}  // namespace

std::string Style::paint(Tone tone, std::string_view text) const {
    if (!colour_ || tone == Tone::plain || text.empty()) return std::string(text);
    return std::string(code(tone)) + std::string(text) + "\x1b[0m";
}

std::string clean(std::string_view text, bool keep_newlines) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        std::size_t taken = 1;
        const auto c = static_cast<unsigned char>(text.front());
        if (const auto escape = escape_length(text); escape > 0) {
            taken = escape;
        } else if (c == '\n' && keep_newlines) {
            result += '\n';
        } else if (c == '\t' || c == '\n') {
            result += ' ';
        } else if (const auto length = valid_prefix(text); length == 0) {
            result += "\xEF\xBF\xBD";
        } else {
            taken = length;
            const auto value = decode(text.substr(0, length));
            if (value == 0xFFFE || value == 0xFFFF) {
                result += "\xEF\xBF\xBD";  // XML allows no such character
            } else if (value >= 0xA0 || (value >= 0x20 && value < 0x7F)) {
                result += text.substr(0, length);  // all but control characters
            }
        }
        text.remove_prefix(taken);
    }
    return result;
}

std::size_t columns(std::string_view text) {
    std::size_t sum = 0;
    while (!text.empty()) {
        const auto length = std::max<std::size_t>(1, valid_prefix(text));
        sum += columns_of(decode(text.substr(0, length)));
        text.remove_prefix(length);
    }
    return sum;
}

std::string elide(std::string_view text, std::size_t width) {
    if (columns(text) <= width) return std::string(text);
    if (width == 0) return {};
    return std::string(fitting(text, width - 1)) + "…";
}

std::string pad(std::string_view text, std::size_t width) {
    const auto used = columns(text);
    return std::string(text) + std::string(width > used ? width - used : 0, ' ');
}

}  // namespace crib::report
