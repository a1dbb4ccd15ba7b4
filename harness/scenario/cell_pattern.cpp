#include "harness/scenario/cell_pattern.h"

#include "harness/base/error.h"
#include "harness/base/glob.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::scenario {
namespace {

bool matches_any(const std::vector<std::string>& patterns, std::string_view text) {
    return std::ranges::any_of(patterns, [&](const auto& pattern) { return matches_glob(pattern, text); });
}

}  // namespace

CellPattern parse_only(const std::string& text) {
    CellPattern pattern;
    for (const auto& part : split(text, ',')) {
        const auto equals = part.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == part.size()) {
            throw Error(ErrorKind::usage, fmt::format("--only {}: \"{}\" is not PATH=PATTERN", text, part),
                        "for example --only 'os=debian-13,versions.kubernetes=1.36.*'");
        }
        pattern[std::string(trim(part.substr(0, equals)))].push_back(part.substr(equals + 1));
    }
    return pattern;
}

bool matches(const CellPattern& pattern, const Assignment& cell) {
    return std::ranges::all_of(pattern, [&](const auto& entry) {
        const auto found = cell.find(entry.first);
        return found != cell.end() && matches_any(entry.second, found->second);
    });
}

PreparedPattern::PreparedPattern(const CellPattern& pattern, const std::vector<Column>& columns) {
    for (const auto& [path, texts] : pattern) {
        const auto column = std::ranges::find(columns, path, &Column::path);
        if (column == columns.end()) {
            hopeless_ = true;
            continue;
        }
        auto& wanted = wanted_.emplace_back();
        wanted.column = static_cast<std::size_t>(column - columns.begin());
        for (const auto& value : column->values) wanted.values.push_back(matches_any(texts, value));
    }
}

bool PreparedPattern::matches(const std::vector<std::uint32_t>& numbers) const {
    return !hopeless_ && std::ranges::all_of(wanted_, [&](const Wanted& wanted) {
        const auto number = numbers[wanted.column];
        return number != Cells::kUnset && wanted.values[number];
    });
}

}  // namespace crib::scenario
