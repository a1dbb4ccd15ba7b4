#include "harness/engine/redact.h"

#include "harness/base/pattern.h"
#include "harness/base/text.h"

#include <array>

namespace crib::engine {
namespace {

constexpr std::string_view kHidden = "(secret)";

struct Rule {
    Pattern pattern;
    const char* replacement;
    int times = 1;
};

Pattern of_bytes(const char* expression) {
    return Pattern(expression, Pattern::Text::bytes);
}

const std::array<Rule, 5>& rules() {
    static const std::array<Rule, 5> kRules{{
        {of_bytes(R"((--certificate-key[ =])\S+)"), R"(\1(secret))"},
        {of_bytes(R"((--token[ =])\S+)"), R"(\1(secret))"},
        {of_bytes(R"x(((?:client-key-data|token|certificateKey)"?: *"?)[A-Za-z0-9+/=._-]{6,})x"), R"(\1(secret))"},
        {of_bytes(R"(\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})"), "(secret)"},
        // Twice: what stands between two tokens is of one match only.
        {of_bytes(R"((^|[^A-Za-z0-9.])[a-z0-9]{6}\.[a-z0-9]{16}($|[^A-Za-z0-9.]))"), R"(\1(secret)\2)", 2},
    }};
    return kRules;
}

// Most lines of a journal cannot match any rule: a look costs less than the rules.
bool may_hold_secret(std::string_view line) {
    for (const auto word : {"--certificate-key", "oken", "key-data", "certificateKey", "eyJ"}) {
        if (line.find(word) != std::string_view::npos) return true;
    }
    for (auto dot = line.find('.'); dot != std::string_view::npos; dot = line.find('.', dot + 1)) {
        const auto is_plain = [&](std::size_t at) {
            return (line[at] >= 'a' && line[at] <= 'z') || (line[at] >= '0' && line[at] <= '9');
        };
        if (dot < 6 || line.size() - dot < 17) continue;
        bool all = true;
        for (std::size_t i = dot - 6; all && i < dot; ++i) all = is_plain(i);
        for (std::size_t i = dot + 1; all && i <= dot + 16; ++i) all = is_plain(i);
        if (all) return true;
    }
    return false;
}

void replace_all(std::string& text, const std::string& what) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + kHidden.size())) {
        text.replace(at, what.size(), kHidden);
    }
}

}  // namespace

void Redactor::hide(std::string value) {
    if (value.size() >= 6) values_.insert(std::move(value));
}

std::string Redactor::line(std::string_view text) {
    static constexpr std::string_view kBegin = "-----BEGIN ";
    static constexpr std::string_view kKey = "PRIVATE KEY-----";
    static constexpr std::string_view kEnd = "-----END ";
    const auto key = text.find(kKey);
    if (key != std::string_view::npos && text.find(kBegin) < key) {
        in_private_key_ = text.find(kEnd, key) == std::string_view::npos;  // a JSON string has all of it in one line
        return std::string(kHidden);
    }
    if (in_private_key_) {
        if (text.find(kEnd) != std::string_view::npos) in_private_key_ = false;
        return std::string(kHidden);
    }
    std::string result(text);
    for (const auto& value : values_) replace_all(result, value);
    if (!may_hold_secret(result)) return result;
    for (const auto& rule : rules()) {
        for (int i = 0; i < rule.times; ++i) result = rule.pattern.replace_all(result, rule.replacement);
    }
    return result;
}

std::string Redactor::text(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const auto& one : split_lines(text)) result += line(one) + "\n";
    return result;
}

}  // namespace crib::engine
