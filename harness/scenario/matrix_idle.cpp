// Rules of a matrix that match nothing.

#include "harness/base/glob.h"
#include "harness/scenario/matrix.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace crib::scenario {
namespace {

// The values of the axes, by their paths: a look-up for a pattern without a star.
class AxisValues {
public:
    explicit AxisValues(const Matrix& matrix) {
        for (const auto& axis : matrix.axes) values_[axis.path].insert(axis.values.begin(), axis.values.end());
    }

    // Every combination is a cell: each path need only have a value that fits.
    [[nodiscard]] bool fit(const CellPattern& when) const {
        return std::ranges::all_of(when, [&](const auto& entry) {
            const auto axis = values_.find(entry.first);
            return axis != values_.end() && std::ranges::any_of(entry.second, [&](const std::string& pattern) {
                       return has_one(axis->second, pattern);
                   });
        });
    }

private:
    using Values = std::unordered_set<std::string>;

    static bool has_one(const Values& values, const std::string& pattern) {
        if (pattern.find('*') == std::string::npos) return values.contains(pattern);
        return std::ranges::any_of(values, [&](const auto& value) { return matches_glob(pattern, value); });
    }

    std::unordered_map<std::string, Values> values_;
};

}  // namespace

std::vector<std::size_t> idle_exclusions(const Matrix& resolved) {
    const AxisValues values(resolved);
    std::vector<std::size_t> idle;
    for (std::size_t i = 0; i < resolved.exclude.size(); ++i) {
        if (!values.fit(resolved.exclude[i].when)) idle.push_back(i);
    }
    return idle;
}

std::vector<std::size_t> idle_expectations(const Matrix& resolved) {
    const AxisValues values(resolved);
    std::vector<std::size_t> idle;
    for (std::size_t i = 0; i < resolved.expect.size(); ++i) {
        const auto& when = resolved.expect[i].when;
        const auto is_of = [&](const Assignment& cell) { return matches(when, cell); };
        if (!values.fit(when) && std::ranges::none_of(resolved.include, is_of)) idle.push_back(i);
    }
    return idle;
}

}  // namespace crib::scenario
