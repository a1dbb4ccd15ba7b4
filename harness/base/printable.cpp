#include "harness/base/printable.h"

#include <fmt/format.h>

#include <unictype.h>
#include <unistr.h>
#include <uniwidth.h>
#include <algorithm>

namespace crib {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr ucs4_t kLineSeparator = 0x2028;
constexpr ucs4_t kParagraphSeparator = 0x2029;

struct Character {
    ucs4_t code = 0;
    std::size_t length = 1;  // in bytes
    bool valid = false;      // else a byte that is no UTF-8
};

Character first_of(std::string_view text) {
    Character found;
    const auto length = u8_mbtoucr(&found.code, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    if (length <= 0) return found;
    found.length = static_cast<std::size_t>(length);
    found.valid = true;
    return found;
}

bool is_joiner(ucs4_t code) {
    return code == 0x200C || code == 0x200D || (code >= 0xFE00 && code <= 0xFE0F);
}

bool is_shown(ucs4_t code) {
    if (code >= 0x20 && code < 0x7F) return true;
    if ((code & 0xFFFEU) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF)) return false;  // no characters, also to XML
    if (uc_is_general_category_withtable(code, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cs)) return false;
    if (code == kLineSeparator || code == kParagraphSeparator) return false;
    if (uc_is_property_bidi_control(code)) return false;
    return is_joiner(code) || !uc_is_property_default_ignorable_code_point(code);
}

bool in_range(char c, char first, char last) {
    return c >= first && c <= last;
}

// Of a terminal sequence at the text's begin: ESC [ parameters final, ESC ] ... BEL or ESC \, ESC ( B, ESC x. One that
// is broken off ends before what cannot belong to it; a string that never ends, with its line. 0 when there is none.
std::size_t sequence_length(std::string_view text) {
    if (text.front() != '\x1b') return 0;
    std::size_t at = 1;
    const auto skip = [&](char first, char last) {
        while (at < text.size() && in_range(text[at], first, last)) ++at;
    };
    if (at == text.size()) return at;
    if (text[at] == '[') {
        ++at;
        skip('\x20', '\x3f');
        return at < text.size() && in_range(text[at], '\x40', '\x7e') ? at + 1 : at;
    }
    if (std::string_view("]PX^_").find(text[at]) != std::string_view::npos) {
        const auto end = text.find_first_of("\a\x1b\n\r", at);
        if (end == std::string_view::npos) return text.size();
        if (text[end] == '\a') return end + 1;
        return text.substr(end, 2) == "\x1b\\" ? end + 2 : end;
    }
    skip('\x20', '\x2f');
    return at < text.size() && in_range(text[at], '\x30', '\x7e') ? at + 1 : at;
}

std::string made_printable(std::string_view text, bool lines) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const char c = text.front();
        std::size_t taken = 1;
        if (in_range(c, '\x20', '\x7e')) {
            result += c;
        } else if (c == '\n' || c == '\t') {
            result += lines ? c : ' ';
        } else if (c == '\r') {
            taken = std::min(text.size(), text.find_first_not_of('\r'));
            if (lines && (taken == text.size() || text[taken] != '\n')) result += '\n';
        } else if (const auto sequence = sequence_length(text); sequence > 0) {
            taken = sequence;
        } else {
            const auto character = first_of(text);
            taken = character.length;
            if (character.valid && is_shown(character.code)) {
                result += text.substr(0, taken);
            } else if (character.code == kLineSeparator || character.code == kParagraphSeparator) {
                result += lines ? '\n' : ' ';
            } else {
                result += kReplacement;
            }
        }
        text.remove_prefix(taken);
    }
    return result;
}

std::string escaped(ucs4_t code) {
    if (code < 0x10000) return fmt::format("\\u{:04x}", code);
    const auto rest = code - 0x10000;
    return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10U), 0xDC00 + (rest & 0x3FFU));
}

std::size_t columns_of(const Character& character) {
    const auto width = character.valid ? uc_width(character.code, "UTF-8") : 1;
    return width < 0 ? 0 : static_cast<std::size_t>(width);
}

// The longest begin of the text that takes at most `width` columns.
std::string_view fitting(std::string_view text, std::size_t width) {
    std::size_t used = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto character = first_of(text.substr(at));
        used += columns_of(character);
        if (used > width) break;
        at += character.length;
    }
    return text.substr(0, at);
}

}  // namespace

std::string printable(std::string_view text) {
    return made_printable(text, false);
}

std::string printable_lines(std::string_view text) {
    return made_printable(text, true);
}

std::string printable_json(std::string_view json) {
    std::string result;
    result.reserve(json.size());
    while (!json.empty()) {
        const auto character = first_of(json);
        const auto piece = json.substr(0, character.length);
        if (!character.valid) {
            result += kReplacement;
        } else if (is_shown(character.code) || piece == "\n" || piece == "\t" || piece == "\r") {
            result += piece;
        } else {
            result += escaped(character.code);
        }
        json.remove_prefix(character.length);
    }
    return result;
}

std::size_t columns(std::string_view text) {
    std::size_t sum = 0;
    while (!text.empty()) {
        const auto character = first_of(text);
        sum += columns_of(character);
        text.remove_prefix(character.length);
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

}  // namespace crib
