#include "harness/base/glob.h"

#include <cstring>

namespace crib {
namespace {

constexpr auto kNowhere = std::string_view::npos;

bool fits(std::string_view part, std::string_view text) {
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] != '?' && part[i] != text[i]) return false;
    }
    return true;
}

// Patterns between two stars.
class Matcher {
public:
    explicit Matcher(QuestionMark question) : any_character_(question == QuestionMark::any_character) {}

    [[nodiscard]] bool is_at(std::string_view part, std::string_view text, std::size_t at) const {
        const auto there = text.substr(at, part.size());
        return there.size() == part.size() && (any_character_ ? fits(part, there) : part == there);
    }

    [[nodiscard]] std::size_t find(std::string_view part, std::string_view text, std::size_t from) const {
        if (any_character_ && part.find('?') != kNowhere) {
            while (from + part.size() <= text.size() && !is_at(part, text, from)) ++from;
            return from + part.size() <= text.size() ? from : kNowhere;
        }
        if (part.empty()) return from;
        // Linear in both, which std::string_view::find() is not.
        const auto* found = ::memmem(text.data() + from, text.size() - from, part.data(), part.size());
        return found == nullptr ? kNowhere : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    }

private:
    bool any_character_;
};

}  // namespace

// What stands before the first star and behind the last one has its place; each part between them is taken where it
// comes first, as no other place leaves more for those behind it.
bool matches_glob(std::string_view pattern, std::string_view text, QuestionMark question) {
    const Matcher matcher(question);
    auto star = pattern.find('*');
    if (star == kNowhere) return pattern.size() == text.size() && matcher.is_at(pattern, text, 0);
    if (!matcher.is_at(pattern.substr(0, star), text, 0)) return false;
    std::size_t at = star;
    for (auto next = pattern.find('*', star + 1); next != kNowhere; next = pattern.find('*', star + 1)) {
        const auto part = pattern.substr(star + 1, next - star - 1);
        const auto found = matcher.find(part, text, at);
        if (found == kNowhere) return false;
        at = found + part.size();
        star = next;
    }
    const auto last = pattern.substr(star + 1);
    return text.size() - at >= last.size() && matcher.is_at(last, text, text.size() - last.size());
}

}  // namespace crib
