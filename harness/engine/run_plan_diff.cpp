// What differs between two plans.

#include "harness/base/printable.h"
#include "harness/base/text.h"
#include "harness/check/checker.h"
#include "harness/engine/run_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace crib::engine {
namespace {

using provision::PlannedStep;

// In the order in which they were added.
class Entries {
public:
    void add(const std::string& name, const std::string& value) {
        if (values_.emplace(name, value).second) names_.push_back(name);
    }
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] std::optional<std::string> find(const std::string& name) const {
        const auto found = values_.find(name);
        return found == values_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::vector<std::string> names_;
    std::map<std::string, std::string> values_;
};

Entries facts_of(const RunPlan& plan) {
    Entries entries;
    entries.add("recipe", plan.scenario.recipe);
    entries.add("internet", plan.scenario.internet ? "yes" : "no");
    entries.add("packages", plan.package_source);
    entries.add("acceleration", hypervisor::to_string(plan.acceleration.kind));
    if (plan.scenario.expect) entries.add("fails at", plan.scenario.expect->fails_at);
    return entries;
}

Entries versions_of(const RunPlan& plan) {
    Entries entries;
    for (const auto& [name, version] : plan.scenario.versions) entries.add(name, version);
    for (const auto& node : plan.scenario.nodes) {
        for (const auto& [name, version] : node.versions) {
            const auto cluster = plan.scenario.versions.find(name);
            if (cluster != plan.scenario.versions.end() && cluster->second == version) continue;
            entries.add(fmt::format("{} on {}", name, node.name), version);
        }
    }
    return entries;
}

std::string words_of(const scenario::Node& node) {
    std::vector<std::string> words{scenario::to_string(node.role), node.os, to_string(node.memory),
                                   fmt::format("{} vcpus", node.vcpus)};
    if (node.disk.bytes != 0) words.push_back("disk " + to_string(node.disk));
    for (const auto& [key, value] : node.labels) words.push_back(fmt::format("label {}={}", key, value));
    for (const auto& taint : node.taints) {
        words.push_back(fmt::format("taint {}={}:{}", taint.key, taint.value, taint.effect));
    }
    if (node.own_taints && node.taints.empty()) words.emplace_back("no taints");
    return join(words, ", ");
}

Entries nodes_of(const RunPlan& plan) {
    Entries entries;
    for (const auto& node : plan.scenario.nodes) entries.add(node.name, words_of(node));
    return entries;
}

Entries components_of(const RunPlan& plan) {
    Entries entries;
    for (const auto& one : plan.components) entries.add(one.name + " " + one.version, one.source);
    return entries;
}

Entries checks_of(const RunPlan& plan) {
    Entries entries;
    for (const auto& check : plan.scenario.checks) {
        std::vector<std::string> words;
        for (const auto& [name, value] : check.params) words.push_back(name + "=" + value);
        entries.add(check::check_id({check.kind, check.params}), words.empty() ? "as it is" : join(words, " "));
    }
    return entries;
}

void compare(const std::string& section, const Entries& before, const Entries& after,
             std::vector<PlanDifference>& found) {
    for (const auto& name : before.names()) {
        const auto now = after.find(name);
        if (before.find(name) != now) found.push_back({section, name, {}, before.find(name), now, {}});
    }
    for (const auto& name : after.names()) {
        if (!before.find(name)) found.push_back({section, name, {}, {}, after.find(name), {}});
    }
}

// What differs between the steps of two plans. What differs likewise on several nodes is one difference.
class StepComparison {
public:
    StepComparison(const provision::Plan& before, const provision::Plan& after) : before_(before), after_(after) {}

    std::vector<PlanDifference> find() {
        for (const auto& step : before_.steps) {
            const auto* other = find_in(after_, step);
            if (other == nullptr) {
                add("steps", step.id, step.node, step.script_name, {}, {});
            } else {
                compare_scripts(step, *other);
            }
        }
        for (const auto& step : after_.steps) {
            if (find_in(before_, step) == nullptr) add("steps", step.id, step.node, {}, step.script_name, {});
        }
        // Of a step that only one of them has, all inputs would differ.
        for (const auto& step : before_.steps) {
            if (const auto* other = find_in(after_, step)) compare_inputs(step, *other);
        }
        for (const auto& step : before_.steps) {
            if (const auto* other = find_in(after_, step)) compare_files(step, *other);
        }
        return std::move(found_);
    }

private:
    static const PlannedStep* find_in(const provision::Plan& plan, const PlannedStep& wanted) {
        const auto found = std::find_if(plan.steps.begin(), plan.steps.end(), [&](const PlannedStep& step) {
            return step.id == wanted.id && step.node == wanted.node;
        });
        return found == plan.steps.end() ? nullptr : &*found;
    }

    void add(const std::string& section, const std::string& name, const std::string& node,
             std::optional<std::string> before, std::optional<std::string> after, std::vector<std::string> lines) {
        const auto same = std::find_if(found_.begin(), found_.end(), [&](const PlanDifference& one) {
            return one.section == section && one.name == name && one.before == before && one.after == after &&
                   one.lines == lines;
        });
        if (same != found_.end()) {
            same->nodes.push_back(node);
        } else {
            found_.push_back({section, name, {node}, std::move(before), std::move(after), std::move(lines)});
        }
    }

    void compare_scripts(const PlannedStep& step, const PlannedStep& other) {
        if (step.script == other.script && step.script_name == other.script_name) return;
        add("steps", step.id, step.node, step.script_name, other.script_name, changed_lines(step.script, other.script));
    }

    void compare_inputs(const PlannedStep& step, const PlannedStep& other) {
        std::vector<PlanDifference> inputs;
        compare("inputs", entries_of(step), entries_of(other), inputs);
        for (auto& one : inputs) add(one.section, one.name, step.node, one.before, one.after, {});
    }

    static Entries entries_of(const PlannedStep& step) {
        Entries entries;
        for (const auto& [name, value] : step.inputs) entries.add(fmt::format("{}: {}", step.id, name), value);
        return entries;
    }

    void compare_files(const PlannedStep& step, const PlannedStep& other) {
        for (const auto& file : step.files) {
            const auto same = std::find_if(other.files.begin(), other.files.end(),
                                           [&](const auto& one) { return one.path == file.path; });
            if (same == other.files.end() || same->content == file.content) continue;
            add("files", file.path, step.node, "", "", changed_lines(file.content, same->content));
        }
    }

    const provision::Plan& before_;
    const provision::Plan& after_;
    std::vector<PlanDifference> found_;
};

std::string quoted(const std::string& value) {
    return value.empty() ? "(empty)" : value;
}

// How long the longest common part of each two tails is.
std::vector<std::vector<std::size_t>> common_tails(const std::vector<std::string>& a,
                                                   const std::vector<std::string>& b) {
    std::vector<std::vector<std::size_t>> length(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = a.size(); i-- > 0;) {
        for (std::size_t j = b.size(); j-- > 0;) {
            length[i][j] = a[i] == b[j] ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
        }
    }
    return length;
}

}  // namespace

std::vector<std::string> changed_lines(std::string_view before, std::string_view after) {
    const auto a = split_lines(before);
    const auto b = split_lines(after);
    const auto length = common_tails(a, b);
    std::vector<std::string> lines;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            ++i;
            ++j;
        } else if (j == b.size() || (i < a.size() && length[i + 1][j] >= length[i][j + 1])) {
            lines.push_back("-" + a[i++]);
        } else {
            lines.push_back("+" + b[j++]);
        }
    }
    return lines;
}

std::vector<PlanDifference> differences(const RunPlan& before, const RunPlan& after) {
    std::vector<PlanDifference> found;
    compare("scenario", facts_of(before), facts_of(after), found);
    compare("versions", versions_of(before), versions_of(after), found);
    compare("nodes", nodes_of(before), nodes_of(after), found);
    compare("components", components_of(before), components_of(after), found);
    auto steps = StepComparison(before.set_up, after.set_up).find();
    found.insert(found.end(), std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end()));
    compare("checks", checks_of(before), checks_of(after), found);
    return found;
}

std::string to_string(const PlanDifference& difference) {
    std::string text = fmt::format("{}: {}", difference.section, difference.name);
    if (!difference.nodes.empty()) text += " on " + join(difference.nodes, ", ");
    if (!difference.before) {
        text += fmt::format(" is new: {}", *difference.after);
    } else if (!difference.after) {
        text += fmt::format(" is gone; it was {}", *difference.before);
    } else if (difference.before == difference.after) {
        text += " has changed";
    } else {
        text += fmt::format(": {} -> {}", quoted(*difference.before), quoted(*difference.after));
    }
    text = printable(text);
    for (const auto& line : difference.lines) text += "\n    " + printable(line);
    return text;
}

}  // namespace crib::engine
