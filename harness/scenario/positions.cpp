#include "harness/scenario/positions.h"

#include "harness/base/text.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::scenario {
namespace {

constexpr unsigned kDeepest = 64;
// Of the paths and of what is kept with each: a text of 1 MiB can have 500,000 values, or a key half as long as itself
// above 100,000.
constexpr std::size_t kMostKept = 16U << 20U;
constexpr std::size_t kKeptWithPath = 64;

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
        kept_ += path.size() + kKeptWithPath;
        if (kept_ > kMostKept) {
            found_.too_much = at_;
            return;
        }
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
                (void)string(path);
                break;
            default:
                at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        }
    }

    void object(const std::string& path, unsigned depth) {
        step();
        while (!has_ended() && text_[at_] != '}') {
            const std::size_t key_at = at_;
            const auto name = nlohmann::json::parse(string(path)).get<std::string>();
            const std::string member = child_path(path, name);
            if (!found_.keys.emplace(member, key_at).second && told_.insert(member).second) {
                found_.duplicates.emplace_back(member, key_at);
            }
            skip_space();
            step();  // the colon
            value(member, depth + 1);
            skip_space();
            if (!has_ended() && text_[at_] == ',') step();
        }
        if (!has_ended()) ++at_;
    }

    void array(const std::string& path, unsigned depth) {
        step();
        for (std::size_t index = 0; !has_ended() && text_[at_] != ']'; ++index) {
            value(child_path(path, index), depth + 1);
            skip_space();
            if (!has_ended() && text_[at_] == ',') step();
        }
        if (!has_ended()) ++at_;
    }

    [[nodiscard]] bool has_ended() const { return found_.too_deep || found_.too_much; }

    // Passes a string, the value at `path` or a key in it, and returns it with its quotes.
    std::string_view string(const std::string& path) {
        const std::size_t begin = at_++;
        while (text_[at_] != '"') {
            if (text_.substr(at_, 6) == "\\u0000") found_.zero_bytes.emplace_back(path, at_);
            at_ += text_[at_] == '\\' ? 2 : 1;
        }
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
    std::size_t kept_ = 0;
    std::set<std::string> told_;  // the duplicates' paths
    Positions found_;
};

}  // namespace

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
