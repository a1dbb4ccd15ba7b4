#include "harness/component/go_mod.h"

#include "harness/base/text.h"

#include <algorithm>

namespace crib::component {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view blanks = " \t\r";
constexpr std::string_view punctuation = "()[]{},";  // each a word of its own, with or without blanks around it

// Takes the string that the line begins with, whose quote is taken already.
std::string take_quoted(std::string_view& line, char quote) {
    std::string text;
    while (!line.empty() && line.front() != quote) {
        if (quote == '"' && line.front() == '\\' && line.size() > 1) line.remove_prefix(1);
        text += line.front();
        line.remove_prefix(1);
    }
    line.remove_prefix(std::min<std::size_t>(1, line.size()));
    return text;
}

std::size_t size_of_word(std::string_view line) {
    if (punctuation.find(line.front()) != std::string_view::npos) return 1;
    const auto end = std::min(line.find_first_of(blanks), line.find_first_of(punctuation));
    return std::min({end, line.find("//"), line.size()});
}

// Of one line: words without the quotes that they may stand in, up to a comment. As golang.org/x/mod/modfile/read.go.
Words words_of(std::string_view line) {
    Words words;
    while (true) {
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (line.empty() || line.starts_with("//")) return words;
        if (const char quote = line.front(); quote == '"' || quote == '`') {
            line.remove_prefix(1);
            words.push_back(take_quoted(line, quote));
            continue;
        }
        const auto size = size_of_word(line);
        words.emplace_back(line.substr(0, size));
        line.remove_prefix(size);
    }
}

// The words behind `directive`, of each of its lines, whether these stand in one block or alone.
std::vector<Words> lines_of(const std::string& text, const std::string& directive) {
    std::vector<Words> found;
    std::string block;
    for (const std::string& line : split_lines(text)) {
        Words words = words_of(line);
        if (words.empty()) continue;
        if (words.front() == ")") {
            block.clear();
        } else if (!block.empty()) {
            if (block == directive) found.push_back(std::move(words));
        } else if (words.back() == "(") {
            block = words.front();
        } else if (words.front() == directive) {
            words.erase(words.begin());
            if (words == Words{"(", ")"}) continue;
            found.push_back(std::move(words));
        }
    }
    return found;
}

std::string first_word_of(const std::string& text, const std::string& directive) {
    for (const Words& words : lines_of(text, directive)) {
        if (!words.empty()) return words.front();
    }
    return {};
}

bool is_folder(const std::string& path) {
    return path == "." || path == ".." || path.starts_with("./") || path.starts_with("../") || path.starts_with('/');
}

}  // namespace

std::string module_of(const std::string& go_mod_text) {
    return first_word_of(go_mod_text, "module");
}

std::string go_line_of(const std::string& go_mod_text) {
    const auto version = first_word_of(go_mod_text, "go");
    return version.empty() ? "0" : version;
}

std::vector<std::string> folders_used_in(const std::string& go_work_text) {
    std::vector<std::string> folders;
    for (const Words& words : lines_of(go_work_text, "use")) {
        if (!words.empty()) folders.push_back(words.front());
    }
    return folders;
}

std::vector<std::string> folders_replaced_with_in(const std::string& text) {
    std::vector<std::string> folders;
    for (const Words& words : lines_of(text, "replace")) {
        const auto arrow = std::ranges::find(words, "=>");
        if (arrow == words.end() || arrow + 1 == words.end() || !is_folder(*(arrow + 1))) continue;
        folders.push_back(*(arrow + 1));
    }
    return folders;
}

}  // namespace crib::component
