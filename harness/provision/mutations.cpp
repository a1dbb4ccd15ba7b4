#include "harness/provision/mutations.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/provision/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace crib::provision {
namespace {

using scenario::Mutation;

constexpr unsigned kInsertedTimeout = 300;

// A step runs as `bash -euo pipefail FILE`, and its first line is always the one with "#!".
SharedText as_script(const SharedText& shared) {
    const auto& text = shared.str();
    if (text.starts_with("#!") && text.ends_with('\n')) return shared;
    auto script = text.starts_with("#!") ? text : "#!/usr/bin/env bash\n" + text;
    if (!script.ends_with('\n')) script += '\n';
    return script;
}

bool is_word_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool mentions(const std::string& text, const std::string& name) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
        const auto end = at + name.size();
        const bool begins = at == 0 || !is_word_character(text[at - 1]);
        if (begins && (end == text.size() || !is_word_character(text[end]))) return true;
    }
    return false;
}

void add_once(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

class Applier {
public:
    Applier(Recipe recipe, const std::vector<NodeFacts>& nodes) : recipe_(std::move(recipe)), nodes_(nodes) {}

    void apply(const Mutation& mutation) {
        check_nodes(mutation);
        switch (mutation.kind) {
            case Mutation::Kind::skip:
                for (const auto& node : nodes_of(mutation)) step(mutation).skipped_on.insert(node);
                return;
            case Mutation::Kind::replace:
                replace(mutation);
                return;
            case Mutation::Kind::insert_before:
            case Mutation::Kind::insert_after:
                insert(mutation);
                return;
            case Mutation::Kind::set:
                set(mutation);
                return;
        }
    }

    Recipe take() { return std::move(recipe_); }

private:
    [[noreturn]] static void fail(const Mutation& mutation, const std::string& what, const std::string& word,
                                  const std::vector<std::string>& known, const std::string& known_as) {
        const auto meant = nearest(word, known);
        throw Error(ErrorKind::usage, fmt::format("{}: {}", mutation.path, what),
                    (meant ? fmt::format("did you mean \"{}\"? ", *meant) : "") +
                        fmt::format("{} are: {}", known_as, join(known, ", ")));
    }

    RecipeStep& step(const Mutation& mutation) {
        const auto found = std::find_if(recipe_.steps.begin(), recipe_.steps.end(),
                                        [&](const RecipeStep& s) { return s.id == mutation.step; });
        if (found != recipe_.steps.end()) return *found;
        std::vector<std::string> ids;
        for (const auto& known : recipe_.steps) ids.push_back(known.id);
        fail(mutation, fmt::format("recipe {} has no step \"{}\"", recipe_.name, mutation.step), mutation.step, ids,
             "its steps");
    }

    void check_nodes(const Mutation& mutation) const {
        std::vector<std::string> names;
        for (const auto& node : nodes_) names.push_back(node.name);
        for (const auto& name : mutation.nodes) {
            if (std::find(names.begin(), names.end(), name) != names.end()) continue;
            fail(mutation, fmt::format("there is no node \"{}\"", name), name, names, "the nodes");
        }
    }

    // The nodes that a skip or a replacement is for.
    std::vector<std::string> nodes_of(const Mutation& mutation) {
        const auto& changed = step(mutation);
        std::vector<std::string> names;
        for (const auto& node : nodes_) {
            if (selects(changed, node, nodes_)) names.push_back(node.name);
        }
        for (const auto& name : mutation.nodes) {
            if (std::find(names.begin(), names.end(), name) != names.end()) continue;
            fail(mutation, fmt::format("step {} does not run on {}", mutation.step, name), name, names,
                 "the nodes it runs on");
        }
        return mutation.nodes.empty() ? names : mutation.nodes;
    }

    // What mutations have in common, they share: 200 may name one script, and each step of each node has it.
    [[nodiscard]] StepScript script_of(const Mutation& mutation, const std::string& id) {
        const auto [known, is_new] = scripts_.try_emplace(mutation.script.identity());
        if (is_new) known->second = script_with_inputs(mutation);
        auto script = known->second;
        // `origin` is a file, or a place in the scenario, which is no name for a file.
        const bool is_file = mutation.origin.ends_with(".sh");
        script.name = is_file ? std::filesystem::path(mutation.origin).filename().string() : id + ".sh";
        return script;
    }

    [[nodiscard]] StepScript script_with_inputs(const Mutation& mutation) const {
        StepScript script;
        script.text = as_script(mutation.script);
        for (const auto& [name, info] : recipe_.inputs) {
            if (mentions(mutation.script, name)) script.inputs.push_back(name);
        }
        for (const auto& [name, info] : recipe_.outputs) {
            if (mentions(mutation.script, name)) script.inputs.push_back(name);
        }
        for (const auto& [name, info] : recipe_.files) {
            if (mentions(mutation.script, name)) script.files.push_back(name);
        }
        return script;
    }

    void replace(const Mutation& mutation) {
        const auto names = nodes_of(mutation);
        auto& replaced = step(mutation);
        auto script = script_of(mutation, mutation.step);
        for (const auto& input : replaced.inputs) add_once(script.inputs, input);
        for (const auto& file : replaced.files) add_once(script.files, file);
        // What the new script hands on itself, it need not be given.
        for (const auto& output : replaced.outputs) std::erase(script.inputs, output);
        for (const auto& node : names) replaced.replaced_on[node] = script;
    }

    void insert(const Mutation& mutation) {
        const RecipeStep beside = step(mutation);
        const auto taken = [&](const RecipeStep& s) { return s.id == mutation.id; };
        if (std::any_of(recipe_.steps.begin(), recipe_.steps.end(), taken)) {
            throw Error(
                ErrorKind::usage,
                fmt::format("{}: recipe {} already has a step \"{}\"", mutation.path, recipe_.name, mutation.id),
                "give the new step another id");
        }
        const auto script = script_of(mutation, mutation.id);
        RecipeStep added;
        added.id = mutation.id;
        added.title = mutation.title.empty() ? "added by the scenario" : mutation.title;
        added.script_name = script.name;
        added.script = script.text;
        added.inputs = script.inputs;
        added.files = script.files;
        added.nodes = beside.nodes;
        added.only_on = mutation.nodes.empty() ? beside.only_on
                                               : std::set<std::string>(mutation.nodes.begin(), mutation.nodes.end());
        added.timeout_seconds = kInsertedTimeout;
        if (mutation.kind == Mutation::Kind::insert_before) {
            insert_before(std::move(added), beside);
        } else {
            insert_after(std::move(added), beside);
        }
    }

    [[nodiscard]] std::vector<RecipeStep>::iterator position(const std::string& id) {
        return std::find_if(recipe_.steps.begin(), recipe_.steps.end(), [&](const auto& s) { return s.id == id; });
    }

    void insert_before(RecipeStep added, const RecipeStep& beside) {
        added.needs = beside.needs;
        const auto next = position(beside.id);
        next->needs.push_back(added.id);
        recipe_.steps.insert(next, std::move(added));
    }

    void insert_after(RecipeStep added, const RecipeStep& beside) {
        auto& siblings = after_[beside.id];
        for (auto& other : recipe_.steps) {
            if (std::find(siblings.begin(), siblings.end(), other.id) != siblings.end()) continue;
            const auto needs = other.needs;
            for (const auto& need : needs) {
                if (need == beside.id || need.starts_with(beside.id + "@")) {
                    other.needs.push_back(added.id + need.substr(beside.id.size()));
                }
            }
        }
        added.needs = {beside.id};
        const auto previous = position(siblings.empty() ? beside.id : siblings.back());
        siblings.push_back(added.id);
        recipe_.steps.insert(std::next(previous), std::move(added));
    }

    void set(const Mutation& mutation) {
        std::vector<std::string> known;
        for (const auto& [name, info] : recipe_.inputs) known.push_back(name);
        for (const auto& [name, value] : mutation.inputs) {
            if (recipe_.inputs.count(name) == 0) {
                fail(mutation, fmt::format("recipe {} has no input \"{}\"", recipe_.name, name), name, known,
                     "its inputs");
            }
            for (const auto& node : nodes_) {
                const auto& names = mutation.nodes;
                const bool meant = names.empty() || std::find(names.begin(), names.end(), node.name) != names.end();
                if (meant) recipe_.set_inputs[node.name][name] = value;
            }
        }
    }

    Recipe recipe_;
    const std::vector<NodeFacts>& nodes_;
    std::map<std::string, std::vector<std::string>> after_;  // the steps that were inserted after a step
    std::map<const void*, StepScript> scripts_;              // by the text they are made of, without their names
};

}  // namespace

Recipe with_mutations(Recipe recipe, const std::vector<Mutation>& mutations, const std::vector<NodeFacts>& nodes) {
    Applier applier(std::move(recipe), nodes);
    for (const auto& mutation : mutations) applier.apply(mutation);
    return applier.take();
}

std::string describe(const Mutation& mutation) {
    const std::string where = mutation.nodes.empty() ? "" : " on " + join(mutation.nodes, ", ");
    switch (mutation.kind) {
        case Mutation::Kind::skip:
            return fmt::format("skip {}{}", mutation.step, where);
        case Mutation::Kind::replace:
            return fmt::format("replace {}{} by {}", mutation.step, where, mutation.origin);
        case Mutation::Kind::insert_before:
            return fmt::format("insert {} before {}{}", mutation.id, mutation.step, where);
        case Mutation::Kind::insert_after:
            return fmt::format("insert {} after {}{}", mutation.id, mutation.step, where);
        case Mutation::Kind::set:
            break;
    }
    std::vector<std::string> values;
    for (const auto& [name, value] : mutation.inputs) values.push_back(name + "=" + value);
    return fmt::format("set {}{}", join(values, ", "), where);
}

}  // namespace crib::provision
