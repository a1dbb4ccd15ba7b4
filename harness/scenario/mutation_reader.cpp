// Reads "mutations".

#include "harness/base/text.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/mutation_overlaps.h"
#include "harness/scenario/node_rules.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/recipe_steps.h"
#include "harness/scenario/script_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;
using Kind = Mutation::Kind;

struct Action {
    std::string key;
    Kind kind;
    std::vector<std::string> keys;  // that may stand beside it
};

const std::vector<Action> kActions = {
    {"skip", Kind::skip, {"nodes"}},
    {"replace", Kind::replace, {"script", "run", "title", "nodes"}},
    {"insert-before", Kind::insert_before, {"id", "title", "script", "run", "nodes"}},
    {"insert-after", Kind::insert_after, {"id", "title", "script", "run", "nodes"}},
    {"set", Kind::set, {"nodes"}},
};
const std::vector<std::string> kMutationKeys = {"skip", "replace", "insert-before", "insert-after", "set",
                                                "id",   "title",   "script",        "run",          "nodes"};

class MutationReader {
public:
    explicit MutationReader(Reading& reading) : reading_(reading), fields_(reading.fields), steps_(reading) {}

    void read_all(const Json& mutations) {
        const auto count = fields_.count_of(mutations, "$.mutations", "mutations", kMostMutations);
        for (std::size_t i = 0; i < count; ++i) read(mutations[i], child_path("$.mutations", i));
        if (reading_.document.is_sound()) require_own_effects(reading_, steps_);
    }

private:
    // As "nodes" has them: the name may be that of an entry with a count, then of all its nodes.
    struct NamedNodes {
        std::string name;
        std::string path;
        std::vector<std::string> nodes;
    };

    void report(const std::string& path, const std::string& message, const std::string& hint = {}) {
        reading_.document.report(path, message, hint);
    }

    void read(const Json& json, const std::string& path) {
        if (!fields_.require_type(json, path, Json::value_t::object)) return;
        fields_.check_keys(json, path, kMutationKeys);
        const auto* action = find_action(json, path);
        if (action == nullptr) return;
        check_companions(json, path, *action);
        Mutation mutation;
        mutation.kind = action->kind;
        mutation.path = path;
        const auto named = read_nodes_of(json, path);
        for (const auto& one : named) mutation.nodes.insert(mutation.nodes.end(), one.nodes.begin(), one.nodes.end());
        if (action->kind == Kind::set) {
            read_inputs(json["set"], child_path(path, "set"), mutation);
        } else {
            mutation.step = read_step(json, path, action->key);
        }
        if (action->kind == Kind::skip || action->kind == Kind::replace) require_effect(named, path, mutation);
        if (action->kind == Kind::insert_before || action->kind == Kind::insert_after) read_id(json, path, mutation);
        mutation.title = fields_.line(json, path, "title", kLongestTitle);
        if (action->kind != Kind::skip && action->kind != Kind::set) read_script(reading_, json, path, mutation);
        reading_.scenario.mutations.push_back(mutation);
    }

    const Action* find_action(const Json& json, const std::string& path) {
        std::vector<const Action*> given;
        std::vector<std::string> names;
        std::vector<std::string> known;
        for (const auto& action : kActions) {
            known.push_back(action.key);
            if (!json.contains(action.key)) continue;
            given.push_back(&action);
            names.push_back(action.key);
        }
        if (given.size() == 1) return given.front();
        if (given.empty()) {
            // A misspelt key is told as such.
            if (!has_unknown_key(json)) report(path, "says nothing that is to be done", "one of " + join(known, ", "));
        } else {
            report(path, fmt::format("says {} things to be done: {}", given.size(), join(names, ", ")),
                   "make each a mutation of its own");
        }
        return nullptr;
    }

    static bool has_unknown_key(const Json& json) {
        for (const auto& [key, value] : json.items()) {
            if (std::find(kMutationKeys.begin(), kMutationKeys.end(), key) == kMutationKeys.end()) return true;
        }
        return false;
    }

    void check_companions(const Json& json, const std::string& path, const Action& action) {
        for (const auto& [key, value] : json.items()) {
            const bool known = std::find(kMutationKeys.begin(), kMutationKeys.end(), key) != kMutationKeys.end();
            const bool fits = std::find(action.keys.begin(), action.keys.end(), key) != action.keys.end();
            if (!known || fits || key == action.key) continue;
            reading_.document.report(child_path(path, key), fmt::format("\"{}\" has no \"{}\"", action.key, key),
                                     "beside it may stand " + join(action.keys, ", "), Document::At::key);
        }
    }

    std::string read_step(const Json& json, const std::string& path, const std::string& key) {
        const auto step = fields_.text(json, path, key, true);
        if (!step) return {};
        steps_.require(*step, child_path(path, key));
        return *step;
    }

    // A step is neither left out nor replaced where it does not run.
    void require_effect(const std::vector<NamedNodes>& named, const std::string& path, const Mutation& mutation) {
        const auto runs_on = steps_.nodes_of(mutation.step);
        if (named.empty()) {
            if (runs_on.empty()) {
                reading_.document.note(path, fmt::format("does nothing: no node here runs {}", mutation.step));
            }
            return;
        }
        const auto runs = [&](const std::string& node) {
            return std::find(runs_on.begin(), runs_on.end(), node) != runs_on.end();
        };
        for (const auto& [name, at, nodes] : named) {
            if (nodes.empty() || std::any_of(nodes.begin(), nodes.end(), runs)) continue;
            report(at, fmt::format("the step {} does not run on {}", mutation.step, name),
                   runs_on.empty() ? "no node here runs it" : "it runs on " + join(runs_on, ", "));
        }
    }

    void read_id(const Json& json, const std::string& path, Mutation& mutation) {
        const auto id = fields_.text(json, path, "id", true);
        if (!id) return;
        mutation.id = *id;
        const auto place = child_path(path, "id");
        if (!problem_with_host_name(*id).empty()) {
            report(place, fmt::format("\"{}\" cannot be the id of a step", *id), "a to z, 0 to 9 and - within");
        } else if (steps_.has_own(*id)) {
            report(place, fmt::format("there is a step \"{}\" already", *id));
        } else if (const auto what = other_thing_called(*id); !what.empty()) {
            report(place, fmt::format("a step cannot be called \"{}\": that is {}", *id, what), "give it another id");
        }
        steps_.add(*id, mutation.nodes.empty() ? steps_.nodes_of(mutation.step) : mutation.nodes);
    }

    [[nodiscard]] std::string other_thing_called(const std::string& id) const {
        const auto recipe = reading_.known.recipe_names.find(reading_.scenario.recipe);
        if (recipe == reading_.known.recipe_names.end()) return {};
        const auto found = recipe->second.taken.find(id);
        return found == recipe->second.taken.end() ? std::string{} : found->second;
    }

    void read_inputs(const Json& json, const std::string& path, Mutation& mutation) {
        if (!fields_.require_type(json, path, Json::value_t::object)) return;
        const auto names = reading_.known.recipe_names.find(reading_.scenario.recipe);
        // The recipe replaces these itself, for each node.
        const auto kept = [](const std::string& name) {
            static const std::vector<std::string> prefixes = {"os.",   "versions.",      "minor.",  "images.",
                                                              "node.", "control-plane.", "cluster."};
            return name == "os" || std::any_of(prefixes.begin(), prefixes.end(),
                                               [&](const std::string& prefix) { return name.starts_with(prefix); });
        };
        auto left = fields_.count_of(json, path, "inputs", kMostInputs);
        for (const auto& [name, value] : json.items()) {
            if (left-- == 0) break;
            const auto place = child_path(path, name);
            if (names != reading_.known.recipe_names.end()) {
                fields_.require_known(name, place, "input of " + reading_.scenario.recipe, names->second.inputs,
                                      Document::At::key);
            }
            if (const auto text = fields_.scalar(value, place, kept)) mutation.inputs[name] = *text;
        }
        if (json.empty()) report(path, "sets nothing", R"(for example {"set": {"RUNTIME": "runc"}})");
    }

    std::vector<NamedNodes> read_nodes_of(const Json& json, const std::string& path) {
        std::vector<NamedNodes> named;
        const auto place = child_path(path, "nodes");
        for (const auto& [name, at] : fields_.texts(json, path, "nodes", kMostNodes)) {
            const auto found = reading_.nodes_called(name);
            if (found.empty()) {
                fields_.require_known(name, at, "node", reading_.node_names());
            }
            const auto has_it = [&](const NamedNodes& other) { return other.name == name; };
            if (std::ranges::any_of(named, has_it)) {
                report(at, fmt::format("{} is named twice", name));
                continue;
            }
            named.push_back({name, at, found});
        }
        if (json.contains("nodes") && json["nodes"].is_array() && json["nodes"].empty()) {
            report(place, "the list is empty", "leave \"nodes\" out for all nodes");
        }
        return named;
    }

    Reading& reading_;
    Fields& fields_;
    RecipeSteps steps_;
};

}  // namespace

void read_mutations(Reading& reading) {
    const auto* mutations = reading.top("mutations", Json::value_t::array);
    if (mutations != nullptr) MutationReader(reading).read_all(*mutations);
}

}  // namespace crib::scenario
