#include "harness/report/matrix_grid.h"

#include "harness/base/text.h"
#include "harness/report/style.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace crib::report {
namespace {

using events::AxisRecord;
using events::CellRecord;
using events::MatrixRecord;
using events::Outcome;

constexpr std::size_t kWidth = 110;  // of the columns together
constexpr std::size_t kCellWidth = 15;
constexpr std::size_t kIdsToName = 6;
constexpr std::size_t kReasonsToName = 10;

using Values = std::map<std::string, std::string>;

std::string text_of(const CellRecord& cell) {
    if (!cell.outcome) return cell.expected > Duration::zero() ? "~" + to_short_string(cell.expected) : "to run";
    const bool bad = cell.outcome == Outcome::failed || cell.outcome == Outcome::error;
    std::string text = to_string(*cell.outcome);
    if (bad) std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
    if (cell.took > Duration::zero()) text += " " + to_short_string(cell.took);
    return text;
}

class Grid {
public:
    explicit Grid(const MatrixRecord& record) : record_(record) {
        for (const auto& axis : record.axes) (axis.values.size() > 1 ? wide_ : single_).push_back(&axis);
        choose_columns();
        for (const auto& cell : record.cells) add(cell.values, text_of(cell), cell.id);
        for (const auto& cell : record.excluded) add(cell.values, "excluded", {});
    }

    [[nodiscard]] std::string draw() const {
        std::string text;
        for (const auto* axis : single_) {
            if (!axis->values.empty()) text += fmt::format("{} = {}\n", clean(axis->path), clean(axis->values.front()));
        }
        if (!rows_.empty()) text += draw_table();
        if (!others_.empty()) text += rows_.empty() ? "" : "\nother cells\n";
        for (const auto& [id, what] : others_) text += fmt::format("{}  {}\n", clean(id), what);
        return text;
    }

private:
    using Key = std::vector<std::size_t>;  // numbers of values, of the axes that make the rows

    // The axis with the most values that fits side by side; of equals the last, which changes fastest.
    void choose_columns() {
        if (wide_.size() < 2) return;
        for (const auto* axis : wide_) {
            const bool fits = axis->values.size() * kCellWidth <= kWidth;
            if (fits && (across_ == nullptr || axis->values.size() >= across_->values.size())) across_ = axis;
        }
    }

    void add(const Values& values, const std::string& text, const std::string& id) {
        Key row;
        std::size_t column = 0;
        bool fits = values.size() == record_.axes.size() && !record_.axes.empty();
        for (const auto& axis : record_.axes) {
            const auto value = values.find(axis.path);
            const auto place =
                value == values.end() ? axis.values.end() : std::ranges::find(axis.values, value->second);
            fits = fits && place != axis.values.end();
            if (!fits) break;
            const auto number = static_cast<std::size_t>(place - axis.values.begin());
            if (&axis == across_) {
                column = number;
            } else if (axis.values.size() > 1) {
                row.push_back(number);
            }
        }
        if (fits) {
            rows_[row][column] = text;
        } else if (!id.empty()) {
            others_.emplace_back(id, text);
        }
    }

    [[nodiscard]] std::string draw_table() const {
        std::vector<std::vector<std::string>> table;
        std::vector<std::string> head;
        for (const auto* axis : wide_) {
            if (axis != across_) head.push_back(clean(axis->path));
        }
        if (across_ == nullptr) head.emplace_back("outcome");
        if (across_ != nullptr) {
            for (const auto& value : across_->values) head.push_back(clean(value));
        }
        table.push_back(head);
        for (const auto& [key, cells] : rows_) table.push_back(row_of(key, cells));
        blank_repeats(table);
        return (across_ == nullptr ? "" : clean(across_->path) + " across\n") + aligned(table);
    }

    [[nodiscard]] std::vector<std::string> row_of(const Key& key,
                                                  const std::map<std::size_t, std::string>& cells) const {
        std::vector<std::string> row;
        for (const auto* axis : wide_) {
            if (axis != across_) row.push_back(clean(axis->values[key[row.size()]]));
        }
        const auto columns = across_ == nullptr ? 1 : across_->values.size();
        for (std::size_t i = 0; i < columns; ++i) {
            const auto found = cells.find(i);
            row.push_back(found == cells.end() ? "-" : found->second);
        }
        return row;
    }

    // Of the outer axes only the first row of a group names the value.
    void blank_repeats(std::vector<std::vector<std::string>>& table) const {
        const auto outer = wide_.size() - (across_ == nullptr ? 0 : 1);
        for (auto row = table.size() - 1; row > 1; --row) {
            for (std::size_t i = 0; i + 1 < outer && table[row][i] == table[row - 1][i]; ++i) table[row][i].clear();
        }
    }

    [[nodiscard]] static std::string aligned(const std::vector<std::vector<std::string>>& table) {
        std::vector<std::size_t> widths(table.front().size());
        for (const auto& row : table) {
            for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
        }
        std::string text;
        for (const auto& row : table) {
            std::string line;
            for (std::size_t i = 0; i < row.size(); ++i) line += pad(row[i], widths[i]) + "  ";
            text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        }
        return text;
    }

    const MatrixRecord& record_;
    std::vector<const AxisRecord*> single_;
    std::vector<const AxisRecord*> wide_;
    const AxisRecord* across_ = nullptr;
    std::map<Key, std::map<std::size_t, std::string>> rows_;
    std::vector<std::pair<std::string, std::string>> others_;
};

std::string some_of(const std::vector<std::string>& ids) {
    const std::vector<std::string> first(ids.begin(),
                                         ids.begin() + std::min<std::ptrdiff_t>(std::ssize(ids), kIdsToName));
    const auto more = ids.size() - first.size();
    return join(first, "  ") + (more == 0 ? "" : fmt::format("  and {} more", more));
}

std::string draw_checkpoints(const MatrixRecord& record) {
    std::map<std::string, std::vector<std::string>> by_stage;
    for (const auto& cell : record.cells) {
        if (!cell.went_on_from.empty()) by_stage[cell.went_on_from].push_back(clean(cell.id));
    }
    std::string text;
    for (const auto& [stage, ids] : by_stage) {
        text += fmt::format("went on from {}: {} of {} cells\n    {}\n", clean(stage), ids.size(), record.cells.size(),
                            some_of(ids));
    }
    return text;
}

// By each reason, those of most cells first: a cell of several is counted under each.
std::string draw_excluded(const MatrixRecord& record) {
    std::map<std::string, std::vector<std::string>> by_reason;
    std::size_t counted = 0;
    for (const auto& cell : record.excluded) {
        for (const auto& reason : cell.reasons) by_reason[reason].push_back(clean(cell.id));
        counted += cell.reasons.size();
    }
    std::vector<std::pair<std::string, std::vector<std::string>>> groups(by_reason.begin(), by_reason.end());
    std::ranges::stable_sort(groups, std::ranges::greater{}, [](const auto& group) { return group.second.size(); });
    std::string text;
    if (counted > record.excluded.size()) {
        text = fmt::format("excluded {} cells, some for several reasons\n", record.excluded.size());
    }
    for (std::size_t i = 0; i < std::min(groups.size(), kReasonsToName); ++i) {
        const auto& [reason, ids] = groups[i];
        text += fmt::format("excluded {}: {}\n    {}\n", ids.size(), clean(reason), some_of(ids));
    }
    if (groups.size() > kReasonsToName) {
        text += fmt::format("and for {} more reasons: --list --json has all\n", groups.size() - kReasonsToName);
    }
    return text;
}

}  // namespace

std::string matrix_grid(const MatrixRecord& record) {
    return Grid(record).draw();
}

std::string matrix_details(const MatrixRecord& record, const std::function<bool(const CellRecord&)>& has_journal,
                           const NextCommand& next_command) {
    std::string text;
    for (const auto& cell : record.cells) {
        if (!cell.outcome || cell.outcome == Outcome::passed) continue;
        text += fmt::format("{} {}: {}\n", to_string(*cell.outcome), clean(cell.id), clean(cell.reason));
        if (!cell.run.empty()) {
            const bool is_logged = has_journal && has_journal(cell);
            text += fmt::format("    run {}: {}\n", clean(cell.run),
                                is_logged ? next_command("logs", {clean(cell.run)}) : "record " + clean(cell.folder));
        }
    }
    text += draw_checkpoints(record);
    text += draw_excluded(record);
    for (const auto& note : record.notes) text += "note: " + clean(note) + "\n";
    for (const auto& [what, how_long] : record.waits) {
        const auto share = record.took > Duration::zero() ? 100 * how_long / record.took : 0;
        text += fmt::format("waited for {}: {} ({} % of the time a cell could not begin for it)\n", what,
                            to_short_string(how_long), share);
    }
    if (!record.chosen.empty()) text += clean(record.chosen) + "\n";
    return text;
}

}  // namespace crib::report
