#include "harness/report/style.h"

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

}  // namespace

std::string Style::paint(Tone tone, std::string_view text) const {
    if (!colour_ || tone == Tone::plain || text.empty()) return std::string(text);
    return std::string(code(tone)) + std::string(text) + "\x1b[0m";
}

std::string clean(std::string_view text, bool keep_newlines) {
    return keep_newlines ? printable_lines(text) : printable(text);
}

}  // namespace crib::report
