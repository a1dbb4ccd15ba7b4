#include "harness/scenario/positions.h"

#include "harness/base/text.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace crib::scenario {
namespace {

constexpr unsigned kDeepest = 64;

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

std::size_t length_of_character(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    if (byte >= 0xf0U) return 4;
    if (byte >= 0xe0U) return 3;
    return byte >= 0xc0U ? 2 : 1;
}

bool is_plain_key(const std::string& key) {
    return !key.empty() && std::all_of(key.begin(), key.end(),
                                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

// Walks a text that is known to be valid JSON.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Positions scan() {
        if (text_.substr(0, 3) == "\xef\xbb\xbf") at_ = 3;
        skip_space();
        value("$", 0);
        return std::move(found_);
    }

private:
    void value(const std::string& path, unsigned depth) {
        found_.values.emplace(path, at_);
        if (depth > kDeepest) {
            found_.too_deep = at_;
            return;
        }
        switch (text_[at_]) {
            case '{':
                object(path, depth);
                break;
            case '[':
                array(path, depth);
                break;
            case '"':
                string();
                break;
            default:
                at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        }
    }

    void object(const std::string& path, unsigned depth) {
        step();
        while (!found_.too_deep && text_[at_] != '}') {
            const std::size_t key_at = at_;
            const auto name = nlohmann::json::parse(string()).get<std::string>();
            const std::string member = child_path(path, name);
            if (!found_.keys.emplace(member, key_at).second) found_.duplicates.emplace_back(member, key_at);
            skip_space();
            step();  // the colon
            value(member, depth + 1);
            skip_space();
            if (!found_.too_deep && text_[at_] == ',') step();
        }
        if (!found_.too_deep) ++at_;
    }

    void array(const std::string& path, unsigned depth) {
        step();
        for (std::size_t index = 0; !found_.too_deep && text_[at_] != ']'; ++index) {
            value(child_path(path, index), depth + 1);
            skip_space();
            if (!found_.too_deep && text_[at_] == ',') step();
        }
        if (!found_.too_deep) ++at_;
    }

    // Passes a string and returns it with its quotes.
    std::string_view string() {
        const std::size_t begin = at_++;
        while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        ++at_;
        return text_.substr(begin, at_ - begin);
    }

    // Passes one character and the space behind it.
    void step() {
        ++at_;
        skip_space();
    }

    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    std::string_view text_;
    std::size_t at_ = 0;
    Positions found_;
};

}  // namespace

Place place_of(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, std::min(offset, text.size()));
    const auto line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto line = before.substr(line_begin);
    return {
        static_cast<unsigned>(std::count(before.begin(), before.end(), '\n') + 1),
        static_cast<unsigned>(std::count_if(line.begin(), line.end(), [](char c) { return !is_continuation(c); }) + 1)};
}

std::optional<std::size_t> first_bad_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto character = text.substr(at, length_of_character(text[at]));
        if (!is_valid_utf8(character)) return at;
        at += character.size();
    }
    return std::nullopt;
}

std::string child_path(const std::string& path, const std::string& key) {
    if (is_plain_key(key)) return path + "." + key;
    return path + "[" + nlohmann::json(key).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "]";
}

std::string child_path(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

Positions find_positions(std::string_view text) {
    return Scanner(text).scan();
}

}  // namespace crib::scenario
