#include "harness/scenario/diagnostic.h"

#include "harness/base/printable.h"
#include "harness/base/short_words.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <ranges>

namespace crib::scenario {
namespace {

constexpr std::size_t kLongest = 600;  // of a message, of a hint or of a path: what is quoted may be a whole file

// Printable, and without its middle where it is too long to be read.
std::string readable(const std::string& given) {
    const auto text = with_short_words(given);
    if (text.size() <= kLongest) return printable(text);
    const auto is_within = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U; };
    auto begin = kLongest / 2;
    auto end = text.size() - kLongest / 4;
    while (begin > 0 && is_within(begin)) --begin;
    while (end < text.size() && is_within(end)) ++end;
    return printable(text.substr(0, begin)) + " ... " + printable(text.substr(end));
}

std::string where(const Diagnostic& diagnostic) {
    if (!diagnostic.flag.empty()) return readable(diagnostic.flag);
    const auto file = readable(diagnostic.file);
    return diagnostic.line == 0 ? file : fmt::format("{}:{}:{}", file, diagnostic.line, diagnostic.column);
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
    std::string text = where(diagnostic) + ": ";
    if (!diagnostic.path.empty() && diagnostic.path != "$") text += readable(diagnostic.path) + ": ";
    text += readable(diagnostic.message);
    if (!diagnostic.hint.empty()) text += "\n    " + readable(diagnostic.hint);
    return text;
}

std::string to_string(const std::vector<Diagnostic>& diagnostics, std::size_t most) {
    std::vector<std::string> texts;
    for (const auto& diagnostic : diagnostics | std::views::take(most)) texts.push_back(to_string(diagnostic));
    if (diagnostics.size() > most) texts.push_back(fmt::format("and {} more", diagnostics.size() - most));
    return join(texts, "\n");
}

}  // namespace crib::scenario
