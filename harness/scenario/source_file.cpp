#include "harness/scenario/source_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::scenario {
namespace {

// nlohmann's "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error while
// parsing value - unexpected '}'; expected ..." without what is said elsewhere.
std::string short_reason(const std::string& what) {
    std::string reason = what;
    for (const std::string_view prefix : {std::string_view("] "), std::string_view(": "), std::string_view(" - ")}) {
        const auto found = reason.find(prefix);
        if (found != std::string::npos) reason.erase(0, found + prefix.size());
    }
    constexpr std::size_t longest = 160;
    if (reason.size() > longest) reason = reason.substr(0, longest) + "...";
    return reason;
}

std::string hint_for(const std::string& text, std::size_t offset) {
    if (text.compare(offset, 2, "/*") == 0 || text.compare(offset, 1, "#") == 0) {
        return "a comment begins with // and goes to the end of its line";
    }
    const auto before = text.find_last_not_of(" \t\r\n", offset == 0 ? 0 : offset - 1);
    const bool closes = text.compare(offset, 1, "}") == 0 || text.compare(offset, 1, "]") == 0;
    if (closes && before != std::string::npos && text[before] == ',') return "remove the comma before it";
    return {};
}

struct Number {
    std::size_t offset = 0;
    std::string text;
};

// The parser's exception has no place; what it tells a reader of events has one.
class NumberFinder : public nlohmann::json_sax<nlohmann::json> {
public:
    Number found;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception&) override {
        found = {position - std::min(position, token.size()), token};
        return false;
    }
};

Number first_unreadable_number(const std::string& text) {
    NumberFinder finder;
    (void)nlohmann::json::sax_parse(text, &finder);
    return finder.found;
}

}  // namespace

std::string without_comments(std::string text) {
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (in_string) {
            if (text[at] == '\\')
                ++at;
            else if (text[at] == '"' || text[at] == '\n')
                in_string = false;  // a line's end: the string is broken
        } else if (text[at] == '"') {
            in_string = true;
        } else if (text.compare(at, 2, "//") == 0) {
            const auto end = std::min(text.find('\n', at), text.size());
            std::fill(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end),
                      ' ');
            at = end - 1;
        }
    }
    return text;
}

SourceFile::SourceFile(std::filesystem::path file, std::string text)
    : file_(std::move(file)), text_(std::move(text)), lines_(text_) {
    if (!parse()) return;
    positions_ = find_positions(without_comments(text_));
    if (positions_.too_deep) {
        report_at(*positions_.too_deep, "nested more than 64 levels deep", "a scenario needs no more than four");
        return;
    }
    if (positions_.too_much) {
        report_at(*positions_.too_much, "too many values, or too long keys above too many: nothing more is read",
                  "a scenario needs a few hundred values, with keys of a few letters");
        return;
    }
    for (const auto& [path, offset] : positions_.zero_bytes) {
        diagnose(offset, path, "no text and no key can hold a zero byte", "take the \\u0000 out");
    }
    for (const auto& [path, offset] : positions_.duplicates) {
        report_at(offset, fmt::format("{} is given twice", path), "remove one of them");
    }
    if (!root_.is_object()) {
        report_at(positions_.values.at("$"), "a scenario is an object: { \"name\": ..., \"nodes\": [...] }");
    }
}

bool SourceFile::parse() {
    if (const auto bad = first_bad_utf8(text_)) {
        report_at(*bad, fmt::format("byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(text_[*bad])),
                  "save the file as UTF-8");
        return false;
    }
    const auto bare = without_comments(text_);
    if (bare.find_first_not_of(" \t\r\n") == std::string::npos) {  // the parser's words for it differ by its version
        report_at(0, "not valid JSON: there is nothing in it");
        return false;
    }
    try {
        root_ = nlohmann::json::parse(bare);
        return true;
    } catch (const nlohmann::json::parse_error& error) {
        const auto offset = std::min(error.byte == 0 ? 0 : error.byte - 1, bare.size());
        report_at(offset, "not valid JSON: " + short_reason(error.what()), hint_for(bare, offset));
    } catch (const nlohmann::json::exception&) {
        const auto number = first_unreadable_number(bare);
        report_at(number.offset, fmt::format("the number {} is out of range", number.text.substr(0, 40)));
    }
    return false;
}

void SourceFile::report_at(std::size_t offset, const std::string& message, const std::string& hint) {
    diagnose(offset, {}, message, hint);
}

void SourceFile::diagnose(std::size_t offset, const std::string& path, const std::string& message,
                          const std::string& hint) {
    const auto place = place_of(offset);
    diagnostics_.push_back({file_.string(), place.line, place.column, {}, path, message, hint});
}

}  // namespace crib::scenario
