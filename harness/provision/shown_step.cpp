#include "harness/provision/shown_step.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace crib::provision {
namespace {

bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// A variable's use at the beginning of `text`: "$NAME" or "${NAME}". Empty: none, or a more complicated one.
std::string_view name_at(std::string_view text, std::size_t& length) {
    if (text.size() < 2 || text.front() != '$') return {};
    const bool braced = text[1] == '{';
    const std::size_t begin = braced ? 2 : 1;
    std::size_t end = begin;
    while (end < text.size() && is_name_character(text[end])) ++end;
    if (braced && (end >= text.size() || text[end] != '}')) return {};
    length = braced ? end + 1 : end;
    return text.substr(begin, end - begin);
}

// "${NAME:+...}" of a variable that is empty is nothing. Its length at the beginning of `text`, or 0.
std::size_t length_of_nothing(std::string_view text, const std::map<std::string, std::string>& values) {
    const auto end = text.find(":+");
    if (!text.starts_with("${") || end == std::string_view::npos) return 0;
    const auto value = values.find(std::string(text.substr(2, end - 2)));
    const auto brace = text.find('}');
    const bool empty = value != values.end() && value->second.empty();
    return empty && brace != std::string_view::npos ? brace + 1 : 0;
}

bool is_plain(const std::string& value) {
    static constexpr std::string_view kPlain = "_./:@=+,%- ";
    return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.find(c) != std::string_view::npos;
    });
}

std::string line_with_values(std::string_view line, const std::map<std::string, std::string>& values) {
    std::string filled;
    for (std::size_t at = 0; at < line.size();) {
        std::size_t length = 0;
        const auto value = values.find(std::string(name_at(line.substr(at), length)));
        // Words that are assigned without quotes would be a command.
        const bool assigned = at > 0 && line[at - 1] == '=';
        const auto nothing = length_of_nothing(line.substr(at), values);
        if (nothing > 0) {
            at += nothing;
        } else if (value != values.end() && is_plain(value->second) &&
                   !(assigned && value->second.find(' ') != std::string::npos)) {
            filled += value->second;
            at += length;
        } else {
            filled += line[at++];
        }
    }
    return filled;
}

}  // namespace

std::vector<ShownStep> shown_steps(const Plan& plan) {
    std::vector<ShownStep> shown;
    for (const auto& step : plan.steps) {
        if (shown.empty() || shown.back().first().id != step.id) shown.emplace_back();
        shown.back().on.push_back(&step);
    }
    return shown;
}

std::string who_runs(const ShownStep& step, const RunFacts& facts) {
    if (step.on.size() == facts.nodes.size()) return "on every node";
    const auto& name = step.first().node;
    const auto node =
        std::find_if(facts.nodes.begin(), facts.nodes.end(), [&](const auto& n) { return n.name == name; });
    return node != facts.nodes.end() && node->control_plane ? "on the control plane" : "on each worker";
}

ScriptParts parts_of(const std::string& script) {
    ScriptParts parts;
    std::vector<std::string> code;
    bool in_comment = true;
    for (const auto& line : split_lines(script)) {
        if (line.starts_with("#!")) continue;
        in_comment = in_comment && line.starts_with('#');
        if (in_comment) {
            parts.why += (parts.why.empty() ? "" : " ") + std::string(trim(std::string_view(line).substr(1)));
        } else {
            code.push_back(line);
        }
    }
    while (!code.empty() && code.front().empty()) code.erase(code.begin());
    parts.commands = join(code, "\n");
    return parts;
}

std::string with_values(const std::string& text, const std::map<std::string, std::string>& values) {
    std::vector<std::string> lines;
    for (const auto& line : split_lines(text)) {
        const bool comment = trim(line).starts_with('#');
        lines.push_back(comment ? line : line_with_values(line, values));
    }
    return join(lines, "\n");
}

bool uses_variable(const std::string& text, const std::string& name) {
    for (auto at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
        const auto rest = std::string_view(text).substr(at + (text.substr(at, 2) == "${" ? 2 : 1));
        if (rest.starts_with(name) && (rest.size() == name.size() || !is_name_character(rest[name.size()])))
            return true;
    }
    return false;
}

std::string describe_facts(const Recipe& recipe, const RunFacts& facts) {
    const auto& os = facts.nodes.front().os;
    const auto system = recipe.systems.find(os);
    const bool titled = system != recipe.systems.end() && system->second.count("title") != 0;
    std::vector<std::string> versions;
    for (const auto& [name, version] : facts.versions) {
        const auto& used = recipe.components;
        if (std::find(used.begin(), used.end(), name) != used.end()) versions.push_back(name + " " + version);
    }
    return fmt::format("{}: {}; packages from {}", titled ? system->second.at("title") : os, join(versions, ", "),
                       facts.source);
}

}  // namespace crib::provision
