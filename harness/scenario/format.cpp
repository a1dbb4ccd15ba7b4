#include "harness/scenario/format.h"

#include "harness/base/size.h"
#include "harness/base/text.h"
#include "harness/scenario/own_file.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/scenario_file.h"
#include "harness/scenario/source_file.h"
#include "harness/scenario/syntax_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace crib::scenario {
namespace {

using Kind = SyntaxNode::Kind;

constexpr std::size_t kColumns = 120;

std::size_t columns(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

// A list of several objects or lists is read more easily line by line.
bool is_always_long(const SyntaxNode& node) {
    const auto is_full = [](const Member& member) { return member.value.kind != Kind::scalar; };
    if (node.kind == Kind::list && std::count_if(node.members.begin(), node.members.end(), is_full) > 1) return true;
    return std::any_of(node.members.begin(), node.members.end(),
                       [](const Member& member) { return is_always_long(member.value); });
}

std::string prefix_of(const Member& member) {
    return member.key.empty() ? std::string{} : member.key + ": ";
}

std::string on_one_line(const SyntaxNode& node) {
    if (node.kind == Kind::scalar) return node.token;
    std::vector<std::string> parts;
    for (const auto& member : node.members) parts.push_back(prefix_of(member) + on_one_line(member.value));
    return (node.kind == Kind::object ? "{" : "[") + join(parts, ", ") + (node.kind == Kind::object ? "}" : "]");
}

class Writer {
public:
    std::string write(const SyntaxTree& tree) {
        comments(tree.root.comments, "", true);
        if (tree.root.blank_before && !tree.root.comments.empty()) text_ += "\n";
        const auto& root = tree.root.value;
        if (root.kind == Kind::scalar || (root.members.empty() && !root.has_comments())) {
            text_ += on_one_line(root);
        } else {
            on_many_lines(root, "");
        }
        end_line(tree.root.trailing);
        comments(tree.last_comments, "", false);
        return std::move(text_);
    }

private:
    void comments(const std::vector<Comment>& comments, const std::string& indent, bool is_first) {
        for (const auto& comment : comments) {
            if (comment.blank_before && !is_first) text_ += "\n";
            text_ += indent + comment.text + "\n";
            is_first = false;
        }
    }

    void end_line(const std::string& trailing) { text_ += (trailing.empty() ? "" : "  " + trailing) + "\n"; }

    void on_many_lines(const SyntaxNode& node, const std::string& indent) {
        const auto inner = indent + "  ";
        text_ += node.kind == Kind::object ? "{\n" : "[\n";
        for (std::size_t i = 0; i < node.members.size(); ++i) {
            const auto& member = node.members[i];
            comments(member.comments, inner, i == 0);
            const bool is_top = i == 0 && member.comments.empty();
            if (member.blank_before && !is_top) text_ += "\n";
            const std::string comma = i + 1 < node.members.size() ? "," : "";
            text_ += inner + prefix_of(member);
            value(member.value, inner, columns(inner + prefix_of(member) + comma));
            text_ += comma;
            end_line(member.trailing);
        }
        comments(node.last_comments, inner, node.members.empty());
        text_ += indent + (node.kind == Kind::object ? "}" : "]");
    }

    // `taken`: the columns that are not the value's own.
    void value(const SyntaxNode& node, const std::string& indent, std::size_t taken) {
        const bool may_be_short = !node.has_comments() && !is_always_long(node);
        auto line = may_be_short ? on_one_line(node) : std::string{};
        const bool is_leaf = node.kind == Kind::scalar || (node.members.empty() && may_be_short);
        if (is_leaf || (may_be_short && taken + columns(line) <= kColumns)) {
            text_ += line;
        } else {
            on_many_lines(node, indent);
        }
    }

    std::string text_;
};

Diagnostic without_place(const std::filesystem::path& file, const std::string& message, const std::string& hint) {
    return {file.string(), 0, 0, {}, {}, message, hint};
}

bool is_schema_of_scenarios(const nlohmann::json& schema) {
    return schema.is_string() && schema.get_ref<const std::string&>().ends_with("scenario.schema.json");
}

}  // namespace

std::vector<Diagnostic> why_no_scenario(const std::string& text, const std::filesystem::path& file, bool is_extended) {
    static const std::set<std::string> kOfAnyFile{"name", "$schema"};
    if (const auto own = problem_with_own_file(text)) return {without_place(file, own->message, own->hint)};
    const SourceFile source(file, text);
    if (!source.is_sound()) return source.diagnostics();
    std::vector<std::pair<std::size_t, std::string>> unknown;  // keys, by where they stand
    bool is_one = is_extended || source.root().empty();
    const auto& keys = scenario_keys();
    for (const auto& [key, value] : source.root().items()) {
        const bool is_known = std::find(keys.begin(), keys.end(), key) != keys.end();
        is_one =
            is_one || (is_known && !kOfAnyFile.contains(key)) || (key == "$schema" && is_schema_of_scenarios(value));
        if (!is_known) unknown.emplace_back(source.positions().keys.at(child_path("$", key)), key);
    }
    if (unknown.empty() && !is_one) {
        return {
            without_place(file, "is no scenario: it has none of a scenario's keys", "they are: " + join(keys, ", "))};
    }
    std::sort(unknown.begin(), unknown.end());
    std::vector<Diagnostic> found;
    for (const auto& [offset, key] : unknown) {
        const auto place = source.place_of(offset);
        // Of more, nobody reads what each was meant to be.
        const auto meant = found.size() < kMostDiagnosticsShown ? nearest(key, keys) : std::nullopt;
        found.push_back({file.string(),
                         place.line,
                         place.column,
                         {},
                         child_path("$", key),
                         fmt::format("no scenario has the key \"{}\"", key),
                         meant ? fmt::format("did you mean \"{}\"?", *meant) : "is this the right file?"});
    }
    return found;
}

Formatted format_text(const std::string& text, const std::filesystem::path& file) {
    const SourceFile source(file, text);
    if (!source.is_sound()) return {std::nullopt, source.diagnostics()};
    auto formatted = Writer().write(parse_syntax(text));
    if (formatted.size() <= kLargestFile) return {std::move(formatted), {}};
    return {
        std::nullopt,
        {without_place(file,
                       fmt::format("in its canonical form it would have {} bytes, and a scenario file may have {}",
                                   formatted.size(), to_string(ByteSize{kLargestFile})),
                       "move some of it into files that it extends, or scripts of mutations into files of theirs")}};
}

}  // namespace crib::scenario
