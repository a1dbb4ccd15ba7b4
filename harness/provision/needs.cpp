#include "harness/provision/needs.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace crib::provision {
namespace {

constexpr std::string_view kOnEveryNode = "@all";

std::string_view id_of(std::string_view need) {
    if (need.size() > kOnEveryNode.size() && need.ends_with(kOnEveryNode)) need.remove_suffix(kOnEveryNode.size());
    return need;
}

}  // namespace

std::vector<RecipeStep> in_order(std::vector<RecipeStep> steps) {
    std::vector<RecipeStep> ordered;
    std::set<std::string, std::less<>> done;
    std::vector<RecipeStep*> waiting;
    for (auto& step : steps) waiting.push_back(&step);
    while (!waiting.empty()) {
        const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const RecipeStep* step) {
            return std::all_of(step->needs.begin(), step->needs.end(),
                               [&](const std::string& need) { return done.contains(id_of(need)); });
        });
        if (next == waiting.end()) {
            std::vector<std::string> ids;
            for (const auto* step : waiting) ids.push_back(step->id);
            throw Error(ErrorKind::usage, "these steps need each other in a circle: " + join(ids, ", "));
        }
        done.insert((*next)->id);
        ordered.push_back(std::move(**next));
        waiting.erase(next);
    }
    return ordered;
}

// Each step once, in the order in which they are found.
class Needs::Collector {
public:
    explicit Collector(std::size_t steps) : has_(steps) {}

    void add(std::size_t step) {
        if (!has_[step]) found_.push_back(step);
        has_[step] = true;
    }
    void add(const Steps& steps) {
        for (const auto step : steps) add(step);
    }
    [[nodiscard]] Steps take() { return std::move(found_); }

private:
    std::vector<bool> has_;
    Steps found_;
};

Needs::Needs(const std::vector<RecipeStep>& steps, std::vector<StepNodes> nodes)
    : nodes_(std::move(nodes)), needs_of_(steps.size()), everywhere_(steps.size()) {
    std::map<std::string, std::size_t, std::less<>> numbers;
    for (const auto& step : steps) {
        numbers.emplace(step.id, ids_.size());
        ids_.push_back(step.id);
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
        needs_of_[i].resize(nodes_[i].runs.size());
        auto& needs = needs_.emplace_back();
        for (const auto& need : steps[i].needs) {
            const auto id = id_of(need);
            needs.push_back({numbers.find(id)->second, id.size() < need.size()});
        }
    }
}

std::vector<std::string> Needs::of(std::size_t step, std::size_t node) {
    std::vector<std::string> ids;
    for (const auto found : needs_of(step, node)) ids.push_back(ids_[found]);
    return ids;
}

const Needs::Steps& Needs::needs_of(std::size_t step, std::size_t node) {
    auto& known = needs_of_[step][node];
    if (known) return *known;
    Collector collector(ids_.size());
    for (const auto& need : needs_[step]) {
        const bool here = nodes_[need.step].is_for[node] && !need.on_every_node;
        if (!here) {
            collector.add(everywhere(need.step));
        } else if (!nodes_[need.step].runs[node]) {
            collector.add(needs_of(need.step, node));
        }
    }
    return known.emplace(collector.take());
}

const Needs::Steps& Needs::everywhere(std::size_t step) {
    auto& known = everywhere_[step];
    if (known) return *known;
    const auto& [is_for, runs] = nodes_[step];
    Collector collector(ids_.size());
    for (std::size_t node = 0; node < runs.size(); ++node) {
        if (!is_for[node]) continue;
        if (runs[node]) {
            collector.add(step);
        } else {
            for (const auto& need : needs_[step]) collector.add(everywhere(need.step));
        }
    }
    return known.emplace(collector.take());
}

}  // namespace crib::provision
