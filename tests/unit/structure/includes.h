#pragma once
// Includes: what a source file includes, and the rules of tests/data/modules.json about it.

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace crib::structure {

struct Include {
    std::string header;  // "harness/base/file.h", "fmt/format.h"
    std::size_t line = 0;
};

[[nodiscard]] std::vector<Include> includes_of(std::string_view text);

struct Rules {
    std::map<std::string, std::size_t> level_of;              // module -> level
    std::map<std::string, std::vector<std::string>> allowed;  // beginning of a header -> modules, "*" for all

    static Rules load(const std::filesystem::path& modules_json);
};

using Sources = std::map<std::string, std::string>;  // "harness/ssh/session.h" -> its text

// The headers that files of other modules include, themselves or through others.
[[nodiscard]] std::set<std::string> public_headers(const Sources& sources);

// What the files of harness/ do against the rules: "path:line: why".
[[nodiscard]] std::vector<std::string> violations(const Rules& rules, const Sources& sources);

}  // namespace crib::structure
