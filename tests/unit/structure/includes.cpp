#include "tests/unit/structure/includes.h"

#include "harness/base/file.h"
#include "harness/base/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace crib::structure {
namespace {

// "harness/ssh/session.h" -> "ssh"
std::string module_of(const std::string& path) {
    return split(path, '/').at(1);
}

std::string against_levels(const Rules& rules, const std::string& module, const std::string& header) {
    const auto other = module_of(header);
    if (other == module) return {};
    const auto level = rules.level_of.find(other);
    if (level == rules.level_of.end()) return "module " + other + " is not in tests/data/modules.json";
    if (level->second < rules.level_of.at(module)) return {};
    return module + " includes " + header + ", which is not of a lower level";
}

std::string against_third_party(const Rules& rules, bool is_public, const std::string& module,
                                const std::string& header) {
    for (const auto& [beginning, modules] : rules.allowed) {
        if (!header.starts_with(beginning)) continue;
        if (is_public) return "a public header includes the third-party header " + header;
        const bool allowed = std::ranges::any_of(modules, [&](const auto& m) { return m == "*" || m == module; });
        if (!allowed) return header + " is private to other modules";
    }
    return {};
}

}  // namespace

std::vector<Include> includes_of(std::string_view text) {
    std::vector<Include> found;
    std::size_t number = 0;
    for (const auto& line : split_lines(text)) {
        ++number;
        auto rest = trim(line);
        if (!rest.starts_with('#')) continue;
        rest = trim(rest.substr(1));
        if (!rest.starts_with("include")) continue;
        rest = trim(rest.substr(7));
        if (rest.size() < 2) continue;
        const auto end = rest.find(rest.front() == '<' ? '>' : '"', 1);
        if (end != std::string_view::npos) found.push_back({std::string(rest.substr(1, end - 1)), number});
    }
    return found;
}

Rules Rules::load(const std::filesystem::path& modules_json) {
    const auto json = nlohmann::json::parse(read_file(modules_json));
    Rules rules;
    std::size_t level = 0;
    for (const auto& modules : json.at("levels")) {
        for (const auto& module : modules) rules.level_of[module.get<std::string>()] = level;
        ++level;
    }
    rules.allowed = json.at("third-party").get<decltype(rules.allowed)>();
    return rules;
}

std::set<std::string> public_headers(const Sources& sources) {
    std::vector<std::string> open;
    for (const auto& [path, text] : sources) {
        for (const auto& include : includes_of(text)) {
            if (include.header.starts_with("harness/") && module_of(include.header) != module_of(path)) {
                open.push_back(include.header);
            }
        }
    }
    std::set<std::string> found;
    while (!open.empty()) {
        const auto header = open.back();
        open.pop_back();
        if (!found.insert(header).second || !sources.contains(header)) continue;
        for (const auto& include : includes_of(sources.at(header))) {
            if (include.header.starts_with("harness/")) open.push_back(include.header);
        }
    }
    return found;
}

std::vector<std::string> violations(const Rules& rules, const Sources& sources) {
    const auto shared = public_headers(sources);
    std::vector<std::string> found;
    for (const auto& [path, text] : sources) {
        const auto module = module_of(path);
        if (!rules.level_of.contains(module)) {
            found.push_back(path + ": module " + module + " is not in tests/data/modules.json");
            continue;
        }
        for (const auto& include : includes_of(text)) {
            const auto why = include.header.starts_with("harness/")
                                 ? against_levels(rules, module, include.header)
                                 : against_third_party(rules, shared.contains(path), module, include.header);
            if (!why.empty()) found.push_back(path + ":" + std::to_string(include.line) + ": " + why);
        }
    }
    return found;
}

}  // namespace crib::structure
