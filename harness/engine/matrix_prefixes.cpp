#include "harness/engine/matrix_prefixes.h"

#include <algorithm>
#include <map>

namespace crib::engine {
namespace {

// What two cells could not make, is not worth holding up the others one after the other: they run side by side.
constexpr unsigned kMostTries = 2;

}  // namespace

Prefixes::Prefixes(const std::vector<std::vector<PlannedStage>>& cells)
    : of_cell_(cells.size()), stages_of_(cells.size()) {
    std::map<std::string, std::size_t> sharers;  // key to how many cells have it
    for (const auto& stages : cells) {
        for (const auto& stage : stages) sharers[stage.key] += stage.worth_saving ? 1 : 0;
    }
    std::map<std::string, std::size_t> numbers;
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
        std::size_t later = 0;  // how many share the next later stage
        for (auto stage = cells[cell].rbegin(); stage != cells[cell].rend(); ++stage) {
            const auto size = sharers[stage->key];
            // Where the same cells share a later stage, the earlier one is of no use.
            if (!stage->worth_saving || size < 2 || size == later) continue;
            later = size;
            const auto [found, is_new] = numbers.try_emplace(stage->key, groups_.size());
            if (is_new) groups_.push_back({stage->stage});
            ++groups_[found->second].to_come;
            of_cell_[cell].push_back(found->second);
        }
        std::ranges::reverse(of_cell_[cell]);
        if (of_cell_[cell].empty()) continue;
        for (const auto& stage : cells[cell]) stages_of_[cell].push_back(stage.stage);
    }
}

bool Prefixes::is_given_up(const Group& group) {
    return group.tries >= kMostTries;
}

std::optional<Prefixes::Awaited> Prefixes::awaited(std::size_t cell) const {
    const auto& mine = of_cell_[cell];
    for (auto number = mine.rbegin(); number != mine.rend(); ++number) {
        const auto& group = groups_[*number];
        if (group.made) return std::nullopt;
        if (group.maker) return Awaited{*group.maker, group.stage};
    }
    return std::nullopt;
}

Prefixes::Course Prefixes::begin(std::size_t cell) {
    drop(cell);
    Course course;
    const auto& mine = of_cell_[cell];
    for (auto number = mine.rbegin(); number != mine.rend(); ++number) {
        auto& group = groups_[*number];
        if (group.made) {
            course.from = group.stage;
            break;
        }
        if (group.maker || group.to_come == 0 || is_given_up(group)) continue;
        group.maker = cell;
        course.save.push_back(group.stage);
    }
    std::ranges::reverse(course.save);
    return course;
}

void Prefixes::drop(std::size_t cell) {
    for (const auto number : of_cell_[cell]) --groups_[number].to_come;
}

void Prefixes::saved(std::size_t cell, const std::string& stage) {
    for (const auto number : of_cell_[cell]) {
        auto& group = groups_[number];
        if (group.stage != stage) continue;
        group.made = true;
        group.maker.reset();
    }
}

// What lies before that stage it does not pass, and so does not save.
void Prefixes::restored(std::size_t cell, const std::string& stage) {
    saved(cell, stage);  // it is there
    const auto& order = stages_of_[cell];
    const auto reached = std::ranges::find(order, stage);
    if (reached == order.end()) return;
    for (const auto number : of_cell_[cell]) {
        auto& group = groups_[number];
        if (std::find(order.begin(), reached, group.stage) != reached) relieve(cell, group);
    }
}

void Prefixes::not_saved(std::size_t cell) {
    for (const auto number : of_cell_[cell]) relieve(cell, groups_[number]);
}

void Prefixes::ended(std::size_t cell) {
    not_saved(cell);
}

void Prefixes::relieve(std::size_t cell, Group& group) {
    if (group.maker != cell) return;
    group.maker.reset();
    ++group.tries;
}

std::optional<std::size_t> Prefixes::family(std::size_t cell) const {
    if (of_cell_[cell].empty()) return std::nullopt;
    return of_cell_[cell].front();
}

}  // namespace crib::engine
