#include "harness/cli/matrix_plan.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/check/table.h"
#include "harness/engine/matrix_store.h"
#include "harness/scenario/matrix_load.h"
#include "harness/scenario/pairwise.h"
#include "harness/scenario/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

namespace crib::cli {
namespace {

using scenario::Cells;

// "50", "0.04": never 0 of something, nor 100 of less than all.
std::string percent(std::size_t part, std::size_t whole) {
    const auto exact = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    for (const auto& text :
         {fmt::format("{:.0f}", exact), fmt::format("{:.1f}", exact), fmt::format("{:.2f}", exact)}) {
        const bool rounds_away = text.find_first_not_of("0.") == std::string::npos;
        const bool rounds_up = text.starts_with("100") && part < whole;
        if ((exact >= 1 || text.find('.') != std::string::npos) && !rounds_away && !rounds_up) return text;
    }
    return part < whole && exact > 50 ? "more than 99.99" : "less than 0.01";
}

// 0: not known.
Duration expected_of(const std::string& id, const PlanInputs& inputs) {
    return inputs.history.expected(inputs.scenario, id, inputs.host).value_or(Duration::zero());
}

events::CellRecord record_of_cell(const Cells& cells, std::size_t number, const PlanInputs& inputs,
                                  const std::vector<std::string>& sets) {
    events::CellRecord cell;
    cell.id = cells.id(number);
    cell.values = cells.assignment(number);
    cell.sets = sets;
    for (auto& set : scenario::lasting_sets_of(cell.values, inputs.matrix)) cell.sets.push_back(std::move(set));
    cell.expected = expected_of(cell.id, inputs);
    return cell;
}

class Planner {
public:
    Planner(const MatrixCommand& command, const PlanInputs& inputs) : command_(command), inputs_(inputs) {}

    MatrixPlan plan() {
        if (inputs_.resumes && inputs_.resumes->cells.empty()) {
            throw Error(ErrorKind::usage,
                        fmt::format("--resume {}: the record of that matrix has no cells", inputs_.resumes->id),
                        "run the matrix anew, without --resume");
        }
        MatrixPlan plan;
        std::vector<std::string> told;  // by expand() once more
        plan.matrix = scenario::resolved(inputs_.matrix, inputs_.hooks, told);
        auto expansion = scenario::expand(inputs_.matrix, patterns(), inputs_.hooks);
        notes_ = std::move(expansion.notes);
        auto cells = std::move(expansion.cells);
        if (cells.size() == 0) refuse_nothing(expansion.excluded);
        cells = by_id(std::move(cells));
        cells = by_choice(std::move(cells));
        cells = by_shard(std::move(cells));
        plan.record = record_of(cells, expansion.excluded, plan.matrix);
        plan.cells = std::move(cells);
        return plan;
    }

private:
    [[nodiscard]] scenario::CellPattern patterns() const {
        scenario::CellPattern all;
        for (const auto& only : command_.only) {
            for (auto& [path, texts] : scenario::parse_only(only)) {
                all[path].insert(all[path].end(), texts.begin(), texts.end());
            }
        }
        return all;
    }

    [[noreturn]] static void refuse_nothing(const scenario::Excluded& excluded) {
        const auto why =
            excluded.reasons.empty() ? std::string{} : "; the first reason: " + join(excluded.reasons.front(), "; ");
        throw Error(ErrorKind::usage, fmt::format("every cell is excluded{}", why));
    }

    // Of what an earlier matrix had, those of --cell: --pairwise, --sample and --shard then choose among them.
    Cells by_id(Cells cells) {
        auto wanted = command_.cells;
        if (inputs_.resumes) {
            std::set<std::string_view> earlier;
            for (const auto& cell : inputs_.resumes->cells) earlier.insert(cell.id);
            for (const auto& id : wanted) {
                if (!earlier.contains(id)) refuse_other_id(id);
            }
            if (wanted.empty()) {
                for (const auto& cell : inputs_.resumes->cells) wanted.push_back(cell.id);
            }
        }
        if (wanted.empty()) return cells;
        std::unordered_map<std::string, std::size_t> numbers;
        for (std::size_t i = 0; i < cells.size(); ++i) numbers[cells.id(i)] = i;
        std::set<std::size_t> chosen;
        for (const auto& id : wanted) {
            if (const auto found = numbers.find(id); found != numbers.end()) {
                chosen.insert(found->second);
            } else if (!command_.cells.empty()) {
                refuse_id(id, cells);
            } else if (command_.only.empty()) {
                notes_.push_back(id + " is no cell of the matrix any more");
            }
        }
        if (chosen.empty()) {
            throw Error(ErrorKind::usage, command_.only.empty()
                                              ? "none of the earlier matrix's cells is there any more"
                                              : "none of the earlier matrix's cells is among those of --only");
        }
        return cells.select({chosen.begin(), chosen.end()});
    }

    [[noreturn]] void refuse_other_id(const std::string& id) const {
        throw Error(ErrorKind::usage, fmt::format("--cell {}: the matrix {} had no such cell", id, inputs_.resumes->id),
                    "run it without --resume");
    }

    [[noreturn]] static void refuse_id(const std::string& id, const Cells& cells) {
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < std::min<std::size_t>(cells.size(), 1000); ++i) ids.push_back(cells.id(i));
        const auto near = nearest(id, ids);
        throw Error(ErrorKind::usage, fmt::format("--cell {}: there is no such cell", id),
                    near ? fmt::format("did you mean {}?", *near) : "crib matrix FILE --list names them");
    }

    Cells by_choice(Cells cells) {
        const events::PairwiseChoice pairwise{command_.seed};
        if (command_.pairwise && !was_made(pairwise)) {
            auto few = scenario::pairwise(cells, command_.seed);
            add_choice(pairwise,
                       fmt::format("pairwise with seed {}: {} of {} cells ({} %) cover all {} pairs", command_.seed,
                                   few.cells.size(), few.of, percent(few.cells.size(), few.of), few.pairs));
            cells = std::move(few.cells);
        }
        if (command_.sample > 0 && !(inputs_.resumes && command_.sample >= cells.size())) {
            const auto of = cells.size();
            cells = scenario::sample(cells, command_.sample, command_.seed);
            add_choice(events::SampleChoice{command_.seed, cells.size()},
                       fmt::format("a sample with seed {}: {} of {} cells", command_.seed, cells.size(), of));
        }
        return cells;
    }

    Cells by_shard(Cells cells) {
        if (command_.shard.empty()) return cells;
        const auto shard = scenario::parse_shard(command_.shard);
        const events::ShardChoice choice{shard.number, shard.of};
        if (was_made(choice)) return cells;
        refuse_other_shard();
        std::vector<scenario::TimedCell> timed;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const auto id = cells.id(i);
            timed.push_back({id, std::chrono::duration<double>(expected(id)).count()});
        }
        const auto shard_of = scenario::split_by_time(timed, shard.of);
        std::vector<std::size_t> mine;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (shard_of[i] == shard.number) mine.push_back(i);
        }
        add_choice(
            choice,
            fmt::format("shard {} of {}: {} of {} cells; the split is {}: the same word on all machines, or "
                        "they do not belong together",
                        shard.number, shard.of, mine.size(), cells.size(), scenario::split_name(timed, shard.of)));
        return cells.select(mine);
    }

    // The matrix that is resumed was begun with the same flag: half of its half is not meant.
    [[nodiscard]] bool was_made(const events::CellChoice& choice) const {
        return inputs_.resumes && std::ranges::count(inputs_.resumes->choices, choice) > 0;
    }

    void refuse_other_shard() const {
        if (!inputs_.resumes) return;
        for (const auto& choice : inputs_.resumes->choices) {
            const auto* shard = std::get_if<events::ShardChoice>(&choice);
            if (shard == nullptr) continue;
            throw Error(ErrorKind::usage,
                        fmt::format("--resume {} --shard {}: that matrix is shard {} of {}", inputs_.resumes->id,
                                    command_.shard, shard->number, shard->of),
                        "leave --shard out");
        }
    }

    void add_choice(const events::CellChoice& choice, const std::string& text) {
        choices_.push_back(choice);
        chosen_ += (chosen_.empty() ? "" : "; ") + text;
    }

    [[nodiscard]] Duration expected(const std::string& id) const { return expected_of(id, inputs_); }

    events::MatrixRecord record_of(const Cells& cells, const scenario::Excluded& excluded,
                                   const scenario::Matrix& matrix) {
        events::MatrixRecord record;
        record.scenario = inputs_.scenario;
        record.scenario_file = command_.file;
        record.chosen = chosen_;
        if (inputs_.resumes && !inputs_.resumes->chosen.empty()) {  // how those came about that were chosen among
            record.chosen = inputs_.resumes->chosen + (chosen_.empty() ? "" : "; ") + chosen_;
        }
        if (inputs_.resumes) record.choices = inputs_.resumes->choices;
        record.choices.insert(record.choices.end(), choices_.begin(), choices_.end());
        record.notes = notes_;
        for (const auto& axis : matrix.axes) record.axes.push_back({axis.path, axis.values});
        const bool has_values = !command_.list || command_.json;
        if (!command_.list) engine::require_storable(cells.size());
        if (!command_.list || inputs_.resumes) add_cells(record, cells);
        for (std::size_t i = 0; i < excluded.cells.size(); ++i) {
            auto& cell = record.excluded.emplace_back();
            cell.id = excluded.cells.id(i);
            cell.reasons = excluded.of(i);
            if (has_values) cell.values = excluded.cells.assignment(i);
        }
        return record;
    }

    void add_cells(events::MatrixRecord& record, const Cells& cells) const {
        record.cells.reserve(cells.size());
        for (std::size_t i = 0; i < cells.size(); ++i) {
            record.cells.push_back(record_of_cell(cells, i, inputs_, command_.sets));
        }
    }

    const MatrixCommand& command_;
    const PlanInputs& inputs_;
    std::vector<std::string> notes_;
    std::string chosen_;
    std::vector<events::CellChoice> choices_;
};

}  // namespace

std::string list_of(const events::MatrixRecord& record) {
    std::vector<std::vector<std::string>> rows{{"CELL", "EXPECTED"}};
    std::size_t carried = 0;
    for (const auto& cell : record.cells) {
        const auto expected = cell.expected > Duration::zero() ? to_short_string(cell.expected) : "-";
        rows.push_back({cell.id, cell.carried ? "has passed" : expected});
        carried += cell.carried ? 1 : 0;
    }
    const auto count = record.cells.size();
    const auto rest =
        carried == 0 ? "" : fmt::format(", of which {} passed in {} and would not run again", carried, record.resumes);
    return check::format_table(rows) + fmt::format("\n{} cell{}{}\n", count, count == 1 ? "" : "s", rest);
}

void list_cells(const MatrixPlan& plan, const PlanInputs& inputs,
                const std::function<void(const std::string&)>& print) {
    constexpr std::size_t kPiece = 64U << 10U;
    constexpr std::string_view kHead = "CELL";
    constexpr std::size_t kGap = 3;  // as format_table()
    const auto count = plan.cells.size();
    std::size_t width = kHead.size();
    for (std::size_t i = 0; i < count; ++i) width = std::max(width, plan.cells.id(i).size());
    width += kGap;
    auto piece = fmt::format("{:<{}}EXPECTED\n", kHead, width);
    for (std::size_t i = 0; i < count; ++i) {
        const auto id = plan.cells.id(i);
        const auto expected = expected_of(id, inputs);
        piece += fmt::format("{:<{}}{}\n", id, width, expected > Duration::zero() ? to_short_string(expected) : "-");
        if (piece.size() >= kPiece) print(std::exchange(piece, {}));
    }
    print(piece + fmt::format("\n{} cell{}\n", count, count == 1 ? "" : "s"));
}

void list_cells_as_json(const MatrixPlan& plan, const PlanInputs& inputs, const std::vector<std::string>& sets,
                        const std::function<void(const std::string&)>& print) {
    const auto cell = [&](std::size_t number) { return record_of_cell(plan.cells, number, inputs, sets); };
    events::write_json(plan.record, plan.cells.size(), cell, print);
}

MatrixPlan plan_matrix(const MatrixCommand& command, const PlanInputs& inputs) {
    return Planner(command, inputs).plan();
}

}  // namespace crib::cli
