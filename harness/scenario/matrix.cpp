#include "harness/scenario/matrix.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace crib::scenario {
namespace {

constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();

// A product that stops at the largest number.
std::uint64_t times(std::uint64_t a, std::uint64_t b) {
    return b != 0 && a > kMost / b ? kMost : a * b;
}

[[noreturn]] void fail_only(const std::string& path, const std::string& given, const std::string& what,
                            const std::vector<std::string>& there_are) {
    const auto near = nearest(given, there_are);
    throw Error(ErrorKind::usage, fmt::format("--only {}: {}", path, what),
                fmt::format("{}there are {}", near ? "did you mean " + *near + "? " : "", join(there_are, ", ")));
}

std::vector<std::string> all_values(const Matrix& matrix, const std::string& path) {
    std::vector<std::string> values;
    for (const auto& axis : matrix.axes) {
        if (axis.path == path) values = axis.values;
    }
    for (const auto& cell : matrix.include) {
        const auto found = cell.find(path);
        if (found != cell.end() && std::ranges::count(values, found->second) == 0) values.push_back(found->second);
    }
    return values;
}

void check_only(const Matrix& matrix, const CellPattern& only) {
    std::set<std::string> paths;
    for (const auto& axis : matrix.axes) paths.insert(axis.path);
    for (const auto& cell : matrix.include) {
        for (const auto& [path, value] : cell) paths.insert(path);
    }
    for (const auto& [path, patterns] : only) {
        if (!paths.contains(path)) fail_only(path, path, "there is no such axis", {paths.begin(), paths.end()});
        const auto values = all_values(matrix, path);
        for (const auto& pattern : patterns) {
            const auto fits = [&](const auto& value) { return matches_glob(pattern, value); };
            if (std::ranges::none_of(values, fits)) {
                fail_only(path, pattern, fmt::format("nothing matches \"{}\"", pattern), values);
            }
        }
    }
}

Matrix narrowed(Matrix matrix, const CellPattern& only) {
    for (auto& axis : matrix.axes) {
        const auto wanted = only.find(axis.path);
        if (wanted == only.end()) continue;
        std::erase_if(axis.values, [&](const auto& value) {
            return std::ranges::none_of(wanted->second, [&](const auto& p) { return matches_glob(p, value); });
        });
    }
    std::erase_if(matrix.include, [&](const auto& cell) { return !matches(only, cell); });
    return matrix;
}

// Does `only` ask for something that no cell of the axes' product has?
bool leaves_only_included(const Matrix& matrix, const CellPattern& only) {
    return std::ranges::any_of(only, [&](const auto& entry) {
        return std::ranges::none_of(matrix.axes, [&](const auto& axis) { return axis.path == entry.first; });
    });
}

std::uint64_t require_few(const Matrix& matrix) {
    std::uint64_t product = 1;
    std::vector<std::string> factors;
    for (const auto& axis : matrix.axes) {
        product = times(product, axis.values.size());
        factors.push_back(fmt::format("{} {}", axis.path, axis.values.size()));
    }
    const std::uint64_t included = matrix.include.size();
    const auto sum = product > kMost - included ? kMost : product + included;
    if (sum > matrix.limit) {
        const auto more = included > 0 ? fmt::format(" + {} included", included) : "";
        throw Error(ErrorKind::usage,
                    fmt::format("the matrix is too large: {}{} = {}{} cells; the limit is {}", join(factors, " x "),
                                more, sum == kMost ? "more than " : "", grouped(sum), grouped(matrix.limit)),
                    "leave values out, choose some with --only, split the matrix, or raise its \"limit\"");
    }
    return product;
}

std::vector<Column> columns_of(const Matrix& matrix) {
    std::vector<Column> columns;
    for (const auto& axis : matrix.axes) columns.push_back({axis.path, axis.values, axis.values.size(), true});
    for (const auto& cell : matrix.include) {
        for (const auto& [path, value] : cell) {
            auto place = std::ranges::find(columns, path, &Column::path);
            if (place == columns.end()) place = columns.insert(place, Column{path, {}, 0, false});
            if (std::ranges::count(place->values, value) == 0) place->values.push_back(value);
        }
    }
    return columns;
}

class Expander {
public:
    Expander(const Matrix& matrix, const ExpandHooks& hooks, Expansion& result)
        : matrix_(matrix), hooks_(hooks), result_(result) {
        for (const auto& exclusion : matrix.exclude) rules_.emplace_back(exclusion.when, result.cells.columns());
    }

    void add_product(std::uint64_t product) {
        if (product == 0) return;
        const auto& columns = result_.cells.columns();
        std::vector<std::uint32_t> numbers(columns.size(), Cells::kUnset);
        const auto axes = matrix_.axes.size();
        for (std::size_t i = 0; i < axes; ++i) set(numbers, i, 0);
        for (std::uint64_t n = 0; n < product; ++n) {
            const auto rule = rule_for(numbers);
            if (rule < rules_.size()) {
                exclude(numbers, {reason_of_rule(rule)});
            } else {
                add_if_legal(numbers);
            }
            // The next one: as an odometer goes.
            for (auto i = axes; i-- > 0;) {
                const auto next = numbers[i] + 1;
                set(numbers, i, next == columns[i].axis_values ? 0 : next);
                if (numbers[i] != 0) break;
            }
        }
    }

    void add_included() {
        std::set<std::vector<std::uint32_t>> seen;
        const auto& columns = result_.cells.columns();
        for (const auto& cell : matrix_.include) {
            assignment_ = cell;
            std::vector<std::uint32_t> numbers(columns.size(), Cells::kUnset);
            for (std::size_t i = 0; i < columns.size(); ++i) {
                const auto found = cell.find(columns[i].path);
                if (found == cell.end()) continue;
                const auto place = std::ranges::find(columns[i].values, found->second);
                numbers[i] = static_cast<std::uint32_t>(place - columns[i].values.begin());
            }
            if (!seen.insert(numbers).second || in_product(numbers)) {
                result_.notes.push_back("included " + to_string(cell) + ": there already");
            } else {
                add_if_legal(numbers);
            }
        }
    }

private:
    void set(std::vector<std::uint32_t>& numbers, std::size_t column, std::uint32_t number) {
        numbers[column] = number;
        const auto& from = result_.cells.columns()[column];
        assignment_[from.path] = from.values[number];
    }

    [[nodiscard]] std::size_t rule_for(const std::vector<std::uint32_t>& numbers) const {
        const auto fits = [&](const PreparedPattern& rule) { return rule.matches(numbers); };
        return static_cast<std::size_t>(std::ranges::find_if(rules_, fits) - rules_.begin());
    }

    [[nodiscard]] std::string reason_of_rule(std::size_t rule) const {
        const auto& why = matrix_.exclude[rule].why;
        return why.empty() ? fmt::format("matrix.exclude[{}]", rule) : why;
    }

    [[nodiscard]] bool in_product(const std::vector<std::uint32_t>& numbers) const {
        const auto& columns = result_.cells.columns();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool is_set = numbers[i] != Cells::kUnset;
            if (is_set != columns[i].is_axis || (is_set && numbers[i] >= columns[i].axis_values)) return false;
        }
        return std::ranges::none_of(rules_, [&](const auto& rule) { return rule.matches(numbers); });
    }

    void add_if_legal(const std::vector<std::uint32_t>& numbers) {
        const auto reasons = hooks_.illegal ? hooks_.illegal(assignment_) : std::vector<std::string>{};
        if (reasons.empty()) {
            result_.cells.add(numbers);
        } else {
            exclude(numbers, reasons);
        }
    }

    void exclude(const std::vector<std::uint32_t>& numbers, const std::vector<std::string>& reasons) {
        auto& excluded = result_.excluded;
        const auto number = static_cast<std::uint32_t>(excluded.reasons.size());
        const auto [place, is_new] = reason_numbers_.try_emplace(reasons, number);
        if (is_new) excluded.reasons.push_back(reasons);
        excluded.reasons_of.push_back(place->second);
        excluded.cells.add(numbers);
    }

    const Matrix& matrix_;
    const ExpandHooks& hooks_;
    Expansion& result_;
    std::vector<PreparedPattern> rules_;
    Assignment assignment_;  // of the cell at hand, for the hook
    std::map<std::vector<std::string>, std::uint32_t> reason_numbers_;
};

void resolve_values(Axis& axis, const ExpandHooks& hooks, std::vector<std::string>& notes) {
    std::vector<std::string> values;
    std::set<std::string> seen;
    for (const auto& value : axis.values) {
        const auto exact = hooks.resolve ? hooks.resolve(axis.path, value) : value;
        if (seen.insert(exact).second) {
            values.push_back(exact);
        } else if (exact == value) {
            notes.push_back(fmt::format("{}: {} is listed twice", axis.path, value));
        } else {
            notes.push_back(fmt::format("{}: {} is {}, which is listed already", axis.path, value, exact));
        }
    }
    axis.values = std::move(values);
}

void resolve_pattern(CellPattern& pattern, const ExpandHooks& hooks) {
    if (!hooks.resolve) return;
    for (auto& [path, texts] : pattern) {
        for (auto& text : texts) {
            if (text.find('*') == std::string::npos) text = hooks.resolve(path, text);
        }
    }
}

}  // namespace

Matrix resolved(const Matrix& matrix, const ExpandHooks& hooks, std::vector<std::string>& notes) {
    auto result = matrix;
    for (auto& axis : result.axes) resolve_values(axis, hooks, notes);
    for (auto& exclusion : result.exclude) resolve_pattern(exclusion.when, hooks);
    for (auto& expected : result.expect) resolve_pattern(expected.when, hooks);
    for (auto& cell : result.include) {
        for (auto& [path, value] : cell) {
            if (hooks.resolve) value = hooks.resolve(path, value);
        }
    }
    return result;
}

Expansion expand(const Matrix& matrix, const CellPattern& only, const ExpandHooks& hooks) {
    Expansion result;
    auto whole = resolved(matrix, hooks, result.notes);
    auto wanted = only;
    resolve_pattern(wanted, hooks);
    check_only(whole, wanted);
    const bool no_product = leaves_only_included(whole, wanted);
    const auto idle = only.empty() ? idle_exclusions(whole) : std::vector<std::size_t>{};
    const auto chosen = narrowed(std::move(whole), wanted);
    const auto product = no_product ? 0 : require_few(chosen);
    result.cells = Cells(columns_of(chosen));
    result.excluded.cells = result.cells.none();
    Expander expander(chosen, hooks, result);
    expander.add_product(product);
    expander.add_included();
    for (const auto number : idle) result.notes.push_back(fmt::format("matrix.exclude[{}] matches no cell", number));
    return result;
}

std::vector<std::size_t> idle_exclusions(const Matrix& resolved) {
    std::vector<std::size_t> idle;
    // Every combination is a cell: each path need only have a value that fits.
    const auto fits_some = [&](const auto& entry) {
        const auto axis = std::ranges::find(resolved.axes, entry.first, &Axis::path);
        return axis != resolved.axes.end() && std::ranges::any_of(axis->values, [&](const auto& value) {
                   return matches({{entry.first, entry.second}}, {{entry.first, value}});
               });
    };
    for (std::size_t i = 0; i < resolved.exclude.size(); ++i) {
        if (!std::ranges::all_of(resolved.exclude[i].when, fits_some)) idle.push_back(i);
    }
    return idle;
}

Cells sample(const Cells& cells, std::size_t count, std::uint64_t seed) {
    std::vector<std::pair<std::uint64_t, std::size_t>> ranks;
    ranks.reserve(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) ranks.emplace_back(stable_hash(seed, cells.id(i)), i);
    std::ranges::sort(ranks);
    ranks.resize(std::min(count, ranks.size()));
    std::vector<std::size_t> chosen;
    for (const auto& [hash, cell] : ranks) chosen.push_back(cell);
    std::ranges::sort(chosen);
    return cells.select(chosen);
}

const Expect* expected_of(const Matrix& resolved, const Assignment& cell) {
    const auto found = std::ranges::find_if(resolved.expect, [&](const auto& e) { return matches(e.when, cell); });
    return found == resolved.expect.end() ? nullptr : &found->expect;
}

std::string grouped(std::uint64_t number) {
    auto digits = std::to_string(number);
    for (auto at = digits.size(); at > 3;) digits.insert(at -= 3, " ");
    return digits;
}

}  // namespace crib::scenario
