#include "harness/scenario/matrix.h"

#include "harness/base/error.h"
#include "harness/base/glob.h"
#include "harness/base/text.h"
#include "harness/scenario/limits.h"

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
    std::set<std::string> seen(values.begin(), values.end());
    for (const auto& cell : matrix.include) {
        const auto found = cell.find(path);
        if (found != cell.end() && seen.insert(found->second).second) values.push_back(found->second);
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

std::uint64_t product_of(const Matrix& matrix) {
    std::uint64_t product = 1;
    for (const auto& axis : matrix.axes) product = times(product, axis.values.size());
    return product;
}

std::uint64_t require_few(const Matrix& matrix) {
    if (auto problem = problem_with_size(matrix)) {
        throw Error(ErrorKind::usage, problem->message, problem->hint);
    }
    return product_of(matrix);
}

// The number of each value in its column.
using Numbers = std::map<std::string, std::map<std::string, std::uint32_t>>;

std::vector<Column> columns_of(const Matrix& matrix, Numbers& numbers) {
    std::vector<Column> columns;
    std::map<std::string, std::size_t> places;
    const auto add = [&](const std::string& path, const std::string& value) {
        auto& values = columns[places.at(path)].values;
        if (numbers[path].emplace(value, static_cast<std::uint32_t>(values.size())).second) values.push_back(value);
    };
    for (const auto& axis : matrix.axes) {
        places.emplace(axis.path, columns.size());
        columns.push_back({axis.path, {}, 0, true});
        for (const auto& value : axis.values) add(axis.path, value);
        columns.back().axis_values = columns.back().values.size();
    }
    for (const auto& cell : matrix.include) {
        for (const auto& [path, value] : cell) {
            if (places.emplace(path, columns.size()).second) columns.push_back({path, {}, 0, false});
            add(path, value);
        }
    }
    return columns;
}

// One combination of the axes' values after the other, as an odometer goes.
class Odometer {
public:
    explicit Odometer(const std::vector<Column>& columns) : columns_(columns), numbers_(columns.size(), Cells::kUnset) {
        for (; axes_ < columns.size() && columns[axes_].is_axis; ++axes_) set(axes_, 0);
    }

    [[nodiscard]] const std::vector<std::uint32_t>& numbers() const { return numbers_; }
    [[nodiscard]] const Assignment& assignment() const { return assignment_; }

    void go_on() {
        for (auto i = axes_; i-- > 0;) {
            const auto next = numbers_[i] + 1;
            set(i, next == columns_[i].axis_values ? 0 : next);
            if (numbers_[i] != 0) break;
        }
    }

private:
    void set(std::size_t column, std::uint32_t number) {
        numbers_[column] = number;
        assignment_[columns_[column].path] = columns_[column].values[number];
    }

    const std::vector<Column>& columns_;
    std::size_t axes_ = 0;
    std::vector<std::uint32_t> numbers_;
    Assignment assignment_;
};

class Expander {
public:
    Expander(const Matrix& matrix, const Numbers& numbers, const ExpandHooks& hooks, Expansion& result)
        : matrix_(matrix), numbers_(numbers), hooks_(hooks), result_(result) {
        for (const auto& exclusion : matrix.exclude) rules_.emplace_back(exclusion.when, result.cells.columns());
    }

    void add_product(std::uint64_t product) {
        if (product == 0) return;
        Odometer odometer(result_.cells.columns());
        for (std::uint64_t n = 0; n < product; ++n, odometer.go_on()) {
            const auto rule = rule_for(odometer.numbers());
            if (rule < rules_.size()) {
                exclude(odometer.numbers(), {reason_of_rule(rule)});
            } else {
                add_if_legal(odometer.numbers(), odometer.assignment());
            }
        }
    }

    // Of a product that is too large to be gone through: the same ones each time.
    void add_some_of_product(std::size_t count) {
        const auto& columns = result_.cells.columns();
        std::set<std::vector<std::uint32_t>> seen;
        for (std::size_t n = 0; n < count; ++n) {
            std::vector<std::uint32_t> numbers(columns.size(), Cells::kUnset);
            Assignment assignment;
            for (std::size_t i = 0; i < columns.size() && columns[i].is_axis; ++i) {
                numbers[i] = static_cast<std::uint32_t>(stable_hash(n, columns[i].path) % columns[i].axis_values);
                assignment[columns[i].path] = columns[i].values[numbers[i]];
            }
            if (seen.insert(numbers).second && rule_for(numbers) == rules_.size()) add_if_legal(numbers, assignment);
        }
    }

    void add_included() {
        std::set<std::vector<std::uint32_t>> seen;
        const auto& columns = result_.cells.columns();
        for (const auto& cell : matrix_.include) {
            std::vector<std::uint32_t> numbers(columns.size(), Cells::kUnset);
            for (std::size_t i = 0; i < columns.size(); ++i) {
                const auto found = cell.find(columns[i].path);
                if (found == cell.end()) continue;
                numbers[i] = numbers_.at(columns[i].path).at(found->second);
            }
            if (!seen.insert(numbers).second || in_product(numbers)) {
                result_.notes.push_back("included " + to_string(cell) + ": there already");
            } else {
                add_if_legal(numbers, cell);
            }
        }
    }

private:
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

    void add_if_legal(const std::vector<std::uint32_t>& numbers, const Assignment& assignment) {
        const auto reasons = hooks_.illegal ? hooks_.illegal(assignment) : std::vector<std::string>{};
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
    const Numbers& numbers_;
    const ExpandHooks& hooks_;
    Expansion& result_;
    std::vector<PreparedPattern> rules_;
    std::map<std::vector<std::string>, std::uint32_t> reason_numbers_;
};

void resolve_values(Axis& axis, const ExpandHooks& hooks, std::vector<std::string>& notes) {
    std::vector<std::string> values;
    std::map<std::string, std::string> seen;  // what a value means, to the first that does
    for (const auto& value : axis.values) {
        const auto exact = hooks.resolve ? hooks.resolve(axis.path, value) : value;
        const auto [first, is_new] = seen.emplace(hooks.meaning ? hooks.meaning(axis.path, exact) : exact, exact);
        if (is_new) {
            values.push_back(exact);
        } else if (first->second == value) {
            notes.push_back(fmt::format("{}: {} is listed twice", axis.path, value));
        } else {
            notes.push_back(fmt::format("{}: {} is {}, which is listed already", axis.path, value, first->second));
        }
    }
    axis.values = std::move(values);
}

// The value as its axis has it: exact, and of several texts that mean the same the one that was kept.
std::string as_listed(const std::vector<Axis>& axes, const ExpandHooks& hooks, const std::string& path,
                      const std::string& value) {
    auto exact = hooks.resolve ? hooks.resolve(path, value) : value;
    const auto meaning = hooks.meaning ? hooks.meaning(path, exact) : exact;
    if (meaning == exact) return exact;
    for (const auto& axis : axes) {
        if (axis.path != path) continue;
        const auto same =
            std::ranges::find(axis.values, meaning, [&](const auto& one) { return hooks.meaning(path, one); });
        if (same != axis.values.end()) return *same;
    }
    return exact;
}

void resolve_pattern(CellPattern& pattern, const std::vector<Axis>& axes, const ExpandHooks& hooks) {
    for (auto& [path, texts] : pattern) {
        for (auto& text : texts) {
            if (text.find('*') == std::string::npos) text = as_listed(axes, hooks, path, text);
        }
    }
}

// Looks for one cell that is left, without making any.
class Search {
public:
    Search(const Matrix& matrix, const ExpandHooks& hooks) : matrix_(matrix), hooks_(hooks) {
        Numbers numbers;
        columns_ = columns_of(matrix, numbers);
        for (const auto& exclusion : matrix.exclude) rules_.emplace_back(exclusion.when, columns_);
    }

    std::optional<bool> run() {
        constexpr std::uint64_t kMostLookedAt = 200'000;
        const auto product = product_of(matrix_);
        Odometer odometer(columns_);
        for (std::uint64_t n = 0; n < product; ++n, odometer.go_on()) {
            if (n == kMostLookedAt) return std::nullopt;
            const auto fits = [&](const PreparedPattern& rule) { return rule.matches(odometer.numbers()); };
            if (std::ranges::none_of(rules_, fits) && is_legal(odometer.assignment())) return true;
            if (asked_ > kMostAsked) return std::nullopt;
        }
        for (const auto& cell : matrix_.include) {
            if (is_legal(cell)) return true;
            if (asked_ > kMostAsked) return std::nullopt;
        }
        return false;
    }

private:
    static constexpr std::size_t kMostAsked = 2000;

    bool is_legal(const Assignment& cell) {
        ++asked_;
        return !hooks_.illegal || hooks_.illegal(cell).empty();
    }

    const Matrix& matrix_;
    const ExpandHooks& hooks_;
    std::vector<Column> columns_;
    std::vector<PreparedPattern> rules_;
    std::size_t asked_ = 0;
};

}  // namespace

std::optional<bool> has_cell(const Matrix& resolved, const ExpandHooks& hooks) {
    return Search(resolved, hooks).run();
}

Cells some_cells(const Matrix& resolved, const ExpandHooks& hooks, std::size_t most) {
    auto few = resolved;
    few.include.resize(std::min(few.include.size(), most));
    Expansion result;
    Numbers numbers;
    result.cells = Cells(columns_of(few, numbers));
    result.excluded.cells = result.cells.none();
    Expander expander(few, numbers, hooks, result);
    if (const auto product = product_of(few); product <= most) {
        expander.add_product(product);
    } else {
        expander.add_some_of_product(most);
    }
    expander.add_included();
    return std::move(result.cells);
}

Matrix resolved(const Matrix& matrix, const ExpandHooks& hooks, std::vector<std::string>& notes) {
    auto result = matrix;
    for (auto& axis : result.axes) resolve_values(axis, hooks, notes);
    for (auto& exclusion : result.exclude) resolve_pattern(exclusion.when, result.axes, hooks);
    for (auto& expected : result.expect) resolve_pattern(expected.when, result.axes, hooks);
    for (auto& cell : result.include) {
        for (auto& [path, value] : cell) value = as_listed(result.axes, hooks, path, value);
    }
    return result;
}

std::optional<SizeProblem> problem_with_size(const Matrix& matrix) {
    std::vector<std::string> factors;
    for (const auto& axis : matrix.axes) factors.push_back(fmt::format("{} {}", axis.path, axis.values.size()));
    const auto product = product_of(matrix);
    const std::uint64_t included = matrix.include.size();
    const auto sum = product > kMost - included ? kMost : product + included;
    const auto what = fmt::format("the matrix is too large: {}{} = {}{} cells", join(factors, " x "),
                                  included > 0 ? fmt::format(" + {} included", included) : "",
                                  sum == kMost ? "more than " : "", grouped(sum));
    if (sum > matrix.limit) {
        return SizeProblem{fmt::format("{}; the limit is {}", what, grouped(matrix.limit)),
                           "leave values out, choose some with --only, split the matrix, or raise its \"limit\""};
    }
    const auto values = times(sum, matrix.axes.size());
    if (values <= kMostCellValues) return std::nullopt;
    return SizeProblem{
        fmt::format("{} of {} values each; crib holds {} values", what, matrix.axes.size(), grouped(kMostCellValues)),
        "leave values or axes out, choose some with --only, or split the matrix"};
}

Expansion expand(const Matrix& matrix, const CellPattern& only, const ExpandHooks& hooks) {
    Expansion result;
    auto whole = resolved(matrix, hooks, result.notes);
    auto wanted = only;
    resolve_pattern(wanted, whole.axes, hooks);
    check_only(whole, wanted);
    const bool no_product = leaves_only_included(whole, wanted);
    const auto idle = only.empty() ? idle_exclusions(whole) : std::vector<std::size_t>{};
    const auto chosen = narrowed(std::move(whole), wanted);
    const auto product = no_product ? 0 : require_few(chosen);
    Numbers numbers;
    result.cells = Cells(columns_of(chosen, numbers));
    result.excluded.cells = result.cells.none();
    Expander expander(chosen, numbers, hooks, result);
    expander.add_product(product);
    expander.add_included();
    for (const auto number : idle) result.notes.push_back(fmt::format("matrix.exclude[{}] matches no cell", number));
    return result;
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
