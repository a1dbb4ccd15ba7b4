// What differs between two plans.

#include "harness/base/differing_stretch.h"
#include "harness/base/printable.h"
#include "harness/base/text.h"
#include "harness/check/checker.h"
#include "harness/engine/cell_lock.h"
#include "harness/engine/changed_lines.h"
#include "harness/engine/run_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace crib::engine {
namespace {

using provision::PlannedStep;

// In the order in which they were added.
class Entries {
public:
    void add(const std::string& name, const std::string& value) {
        if (values_.emplace(name, value).second) names_.push_back(name);
    }
    [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] std::optional<std::string> find(const std::string& name) const {
        const auto found = values_.find(name);
        return found == values_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::vector<std::string> names_;
    std::map<std::string, std::string> values_;
};

void add_expectation(Entries& entries, const scenario::Expect& expect) {
    entries.add("fails at", expect.fails_at);
    if (!expect.node.empty()) entries.add("fails on", expect.node);
    if (!expect.message.empty()) entries.add("fails with", expect.message);
    if (!expect.why.empty()) entries.add("fails because", expect.why);
}

Entries facts_of(const RunPlan& plan) {
    Entries entries;
    entries.add("recipe", plan.scenario.recipe);
    entries.add("internet", plan.scenario.internet ? "yes" : "no");
    entries.add("packages", plan.package_source);
    entries.add("acceleration", hypervisor::to_string(plan.acceleration.kind));
    for (const auto& [name, source] : plan.scenario.swaps) entries.add("swap of " + name, source);
    if (plan.scenario.expect) add_expectation(entries, *plan.scenario.expect);
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

Entries nodes_of(const RunPlan& plan) {
    Entries entries;
    for (const auto& node : plan.scenario.nodes) entries.add(node.name, text_of(node));
    return entries;
}

Entries components_of(const RunPlan& plan) {
    Entries entries;
    for (const auto& one : plan.components) entries.add(one.name + " " + one.version, one.source);
    return entries;
}

Entries checks_of(const RunPlan& plan) {
    Entries entries;
    std::map<std::string, std::size_t> count;
    for (const auto& check : plan.scenario.checks) {
        const auto params = params_of(check);
        const auto id = check::check_id({check.kind, check.params});
        const auto number = ++count[id];
        entries.add(number == 1 ? id : fmt::format("{} ({})", id, number), params.empty() ? "as it is" : params);
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
        if (!before.has(name)) found.push_back({section, name, {}, {}, after.find(name), {}});
    }
}

// Of what both have, in another order: that part of each.
struct Reordered {
    std::string before;
    std::string after;
};

std::optional<Reordered> find_reordered(std::vector<std::string> before, std::vector<std::string> after) {
    const std::set<std::string> of_before(before.begin(), before.end());
    const std::set<std::string> of_after(after.begin(), after.end());
    std::erase_if(before, [&](const auto& name) { return !of_after.contains(name); });
    std::erase_if(after, [&](const auto& name) { return !of_before.contains(name); });
    if (before == after) return std::nullopt;
    const auto stretch = differing_stretch(before, after);
    const auto differing = [&](const auto& list, std::size_t count) {
        const auto begin = list.begin() + std::ptrdiff_t(stretch.skipped);
        return join({begin, begin + std::ptrdiff_t(count)}, ", ");
    };
    return Reordered{differing(before, stretch.before), differing(after, stretch.after)};
}

// The differences of one kind of thing on several nodes. What differs likewise on several is one difference.
class OnNodes {
public:
    void add(const std::string& node, PlanDifference one) {
        auto& alike = by_name_[{one.section, one.name}];
        const auto same = std::ranges::find_if(alike, [&](std::size_t number) {
            const auto& other = found_[number];
            return other.before == one.before && other.after == one.after && other.lines == one.lines;
        });
        if (same != alike.end()) {
            found_[*same].nodes.push_back(node);
            return;
        }
        alike.push_back(found_.size());
        one.nodes = {node};
        found_.push_back(std::move(one));
    }
    std::vector<PlanDifference> take() { return std::move(found_); }

private:
    std::vector<PlanDifference> found_;
    std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> by_name_;
};

// The steps of a plan, to be found.
class Steps {
public:
    explicit Steps(const provision::Plan& plan) : all_(plan.steps) {
        for (const auto& step : plan.steps) {
            by_id_.emplace(std::pair(step.id, step.node), &step);
            if (!order_.contains(step.node)) nodes_.push_back(step.node);
            order_[step.node].push_back(step.id);
            for (const auto& file : step.files) files_[step.node].emplace(file.path, File{&step, &file});
        }
    }

    struct File {
        const PlannedStep* step = nullptr;
        const provision::PlannedFile* file = nullptr;
    };
    using Files = std::map<std::string, File>;  // by their paths

    [[nodiscard]] const std::vector<PlannedStep>& all() const { return all_; }
    [[nodiscard]] const std::vector<std::string>& nodes() const { return nodes_; }
    [[nodiscard]] bool has(const std::string& node) const { return order_.contains(node); }
    [[nodiscard]] const PlannedStep* find(const PlannedStep& wanted) const {
        const auto found = by_id_.find(std::pair(wanted.id, wanted.node));
        return found == by_id_.end() ? nullptr : found->second;
    }
    [[nodiscard]] std::vector<std::string> order_on(const std::string& node) const {
        const auto found = order_.find(node);
        return found == order_.end() ? std::vector<std::string>{} : found->second;
    }
    [[nodiscard]] Files files_on(const std::string& node) const {
        const auto found = files_.find(node);
        return found == files_.end() ? Files{} : found->second;
    }

private:
    const std::vector<PlannedStep>& all_;
    std::map<std::pair<std::string, std::string>, const PlannedStep*> by_id_;
    std::vector<std::string> nodes_;
    std::map<std::string, std::vector<std::string>> order_;
    std::map<std::string, Files> files_;
};

// What differs between the steps of two plans.
class StepComparison {
public:
    StepComparison(const provision::Plan& before, const provision::Plan& after) : before_(before), after_(after) {}

    std::vector<PlanDifference> find() {
        for (const auto& step : before_.all()) {
            const auto* other = after_.find(step);
            if (other == nullptr) {
                found_.add(step.node, {"steps", step.id, {}, step.script_name, {}, {}});
            } else {
                compare_scripts(step, *other);
            }
        }
        for (const auto& step : after_.all()) {
            if (before_.find(step) != nullptr) continue;
            found_.add(step.node, {"steps", step.id, {}, {}, step.script_name, {}});
        }
        for (const auto& node : before_.nodes()) {
            if (after_.has(node)) compare_order(node);
        }
        // Of a step that only one of them has, all inputs would differ.
        for (const auto& step : before_.all()) {
            if (const auto* other = after_.find(step)) compare_entries(step, *other);
        }
        for (const auto& node : before_.nodes()) {
            if (after_.has(node)) compare_files(node);
        }
        return found_.take();
    }

private:
    void compare_scripts(const PlannedStep& step, const PlannedStep& other) {
        const auto& [is_same, lines] = compared(step.script, other.script);
        if (is_same && step.script_name == other.script_name) return;
        found_.add(step.node, {"steps", step.id, {}, step.script_name, other.script_name, lines});
    }

    void compare_order(const std::string& node) {
        auto reordered = find_reordered(before_.order_on(node), after_.order_on(node));
        if (!reordered) return;
        found_.add(node, {"order", "steps", {}, std::move(reordered->before), std::move(reordered->after), {}});
    }

    void compare_entries(const PlannedStep& step, const PlannedStep& other) {
        std::vector<PlanDifference> differing;
        compare("steps", settings_of(step), settings_of(other), differing);
        compare("inputs", inputs_of(step), inputs_of(other), differing);
        for (auto& one : differing) found_.add(step.node, std::move(one));
    }

    static Entries settings_of(const PlannedStep& step) {
        Entries entries;
        const auto add = [&](const char* name, const std::string& value) {
            if (!value.empty()) entries.add(fmt::format("{}: {}", step.id, name), value);
        };
        std::vector<std::string> outputs;
        for (const auto& output : step.outputs) outputs.push_back(output.name + (output.secret ? " (secret)" : ""));
        add("title", step.title);
        add("stage", step.stage);
        add("at most", to_short_string(step.timeout));
        add("waits for", join(step.needs, ", "));
        add("takes", join(step.from_outputs, ", "));
        add("hands on", join(outputs, ", "));
        return entries;
    }

    static Entries inputs_of(const PlannedStep& step) {
        Entries entries;
        for (const auto& [name, value] : step.inputs) entries.add(fmt::format("{}: {}", step.id, name), value);
        return entries;
    }

    // With whichever step: one that is inserted may bring a file that another one brought.
    void compare_files(const std::string& node) {
        const auto before = before_.files_on(node);
        const auto after = after_.files_on(node);
        for (const auto& [path, old_one] : before) {
            const auto now = after.find(path);
            if (now == after.end()) {
                found_.add(node, {"files", path, {}, words_of(old_one), {}, {}});
                continue;
            }
            const auto& new_one = now->second;
            const bool is_same = old_one.file->content == new_one.file->content;
            if (is_same && words_of(old_one) == words_of(new_one)) continue;
            found_.add(node,
                       {"files",
                        path,
                        {},
                        words_of(old_one),
                        words_of(new_one),
                        is_same ? std::vector<std::string>{} : changed(old_one.file->content, new_one.file->content)});
        }
        for (const auto& [path, new_one] : after) {
            if (!before.contains(path)) found_.add(node, {"files", path, {}, {}, words_of(new_one), {}});
        }
    }

    static std::string words_of(const Steps::File& file) {
        return fmt::format("{:04o}, for {}", file.file->mode, file.step->id);
    }

    struct Compared {
        bool is_same = false;
        std::vector<std::string> lines;
    };

    // Most steps run on many nodes: one pair of texts is compared once.
    const Compared& compared(const SharedText& before, const SharedText& after) {
        const auto [known, is_new] = scripts_.try_emplace({before.identity(), after.identity()});
        if (is_new) {
            known->second.is_same = before == after;
            if (!known->second.is_same) known->second.lines = lines_.changed(before, after);
        }
        return known->second;
    }

    const std::vector<std::string>& changed(std::string_view before, std::string_view after) {
        const auto [known, is_new] = contents_.try_emplace({before, after});
        if (is_new) known->second = lines_.changed(before, after);
        return known->second;
    }

    Steps before_;
    Steps after_;
    OnNodes found_;
    LineComparison lines_;
    std::map<std::pair<const void*, const void*>, Compared> scripts_;
    std::map<std::pair<std::string_view, std::string_view>, std::vector<std::string>> contents_;
};

void compare_checks(const RunPlan& before, const RunPlan& after, std::vector<PlanDifference>& found) {
    const auto old_checks = checks_of(before);
    const auto new_checks = checks_of(after);
    compare("checks", old_checks, new_checks, found);
    auto reordered = find_reordered(old_checks.names(), new_checks.names());
    if (!reordered) return;
    found.push_back({"order", "checks", {}, std::move(reordered->before), std::move(reordered->after), {}});
}

std::string quoted(const std::string& value) {
    return value.empty() ? "(empty)" : value;
}

}  // namespace

std::vector<PlanDifference> differences(const RunPlan& before, const RunPlan& after) {
    std::vector<PlanDifference> found;
    compare("scenario", facts_of(before), facts_of(after), found);
    compare("versions", versions_of(before), versions_of(after), found);
    compare("nodes", nodes_of(before), nodes_of(after), found);
    compare("components", components_of(before), components_of(after), found);
    auto steps = StepComparison(before.set_up, after.set_up).find();
    found.insert(found.end(), std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end()));
    compare_checks(before, after, found);
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
