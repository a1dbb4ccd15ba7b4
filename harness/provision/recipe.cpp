#include "harness/provision/recipe.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/json_place.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::provision {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

NodeSelector read_selector(const std::string& text) {
    static const std::map<std::string, NodeSelector> names = {
        {"all", NodeSelector::all},
        {"control-plane", NodeSelector::control_plane},
        {"first-control-plane", NodeSelector::first_control_plane},
        {"workers", NodeSelector::workers}};
    const auto found = names.find(text);
    if (found != names.end()) return found->second;
    throw Error(ErrorKind::usage,
                fmt::format("nodes \"{}\" is none of all, control-plane, first-control-plane, workers", text));
}

unsigned read_mode(const std::string& text) {
    return static_cast<unsigned>(std::stoul(text, nullptr, 8));
}

// {"os.package_manager": "dnf", "versions.kubernetes": [">=1.24 <1.27", "1.36.*"]}
Conditions read_conditions(const Json& json) {
    Conditions conditions;
    for (const auto& [fact, patterns] : json.items()) {
        conditions.push_back({fact, patterns.is_array() ? patterns.get<std::vector<std::string>>()
                                                        : std::vector{patterns.get<std::string>()}});
    }
    return conditions;
}

std::vector<ScriptVariant> read_variants(const Json& json, const RecipeStep& step, const fs::path& folder) {
    std::vector<ScriptVariant> variants;
    for (const auto& entry : json) {
        ScriptVariant variant;
        variant.when = read_conditions(entry.at("when"));
        variant.script = {entry.value("script", step.script_name), step.script, entry.value("inputs", step.inputs),
                          entry.value("files", step.files)};
        if (entry.contains("script")) variant.script.text = read_file(folder / variant.script.name);
        variant.script.name = fs::path(variant.script.name).filename().string();
        variant.title = entry.value("title", "");
        variant.source = entry.value("source", "");
        variants.push_back(std::move(variant));
    }
    return variants;
}

InputInfo read_input(const Json& json) {
    InputInfo info{json.at("value").get<std::string>(), json.value("about", "")};
    for (const auto& entry : json.value("cases", Json::array())) {
        info.cases.push_back(
            {read_conditions(entry.at("when")), entry.at("value").get<std::string>(), entry.value("source", "")});
    }
    return info;
}

// One name or a list of names.
std::vector<std::string> read_names(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) return {};
    return found->is_array() ? found->get<std::vector<std::string>>() : std::vector{found->get<std::string>()};
}

RecipeStep read_step(const Json& json, const fs::path& folder) {
    RecipeStep step;
    step.id = json.at("id").get<std::string>();
    return with_note("step " + step.id, [&] {
        step.title = json.at("title").get<std::string>();
        const auto script = json.at("script").get<std::string>();  // another recipe's may be "../NAME/FILE"
        step.script_name = fs::path(script).filename().string();
        step.script = read_file(folder / script);
        step.nodes = read_selector(json.at("nodes").get<std::string>());
        step.needs = json.value("needs", step.needs);
        step.inputs = json.value("inputs", step.inputs);
        step.files = json.value("files", step.files);
        step.outputs = json.value("outputs", step.outputs);
        step.stage = json.value("stage", "");
        step.before = read_names(json, "before");
        step.timeout_seconds = json.at("timeout_seconds").get<unsigned>();
        step.when = read_conditions(json.value("when", Json::object()));
        step.variants = read_variants(json.value("variants", Json::array()), step, folder);
        return step;
    });
}

std::vector<RecipeStep> read_steps(const Json& json, const fs::path& folder) {
    std::vector<RecipeStep> steps;
    for (const auto& step : json) steps.push_back(read_step(step, folder));
    return steps;
}

using Systems = std::map<std::string, std::map<std::string, std::string>>;

// The catalogue's table of operating systems; recipes elsewhere may have none.
Systems read_systems(const fs::path& fixtures) {
    const auto file = fixtures / "catalogue" / "operating-systems.json";
    if (!fs::exists(file)) return {};
    return with_note(file.string(), [&] {
        Systems systems;
        const auto table = parse_json<Json>(read_file(file));
        for (const auto& row : table.at("systems")) {
            auto& facts = systems[row.at("name").get<std::string>()];
            for (const auto& [name, value] : row.items()) {
                if (value.is_string()) facts[name] = value.get<std::string>();
            }
        }
        return systems;
    });
}

// "images": "store" (the default) or "archives".
bool read_image_archives(const Json& json) {
    const auto form = json.value("images", "store");
    if (form == "store" || form == "archives") return form == "archives";
    throw Error(ErrorKind::usage, fmt::format("images \"{}\" is none of store, archives", form));
}

Recipe read_recipe(const Json& json, const fs::path& folder) {
    Recipe recipe;
    recipe.name = json.at("name").get<std::string>();
    recipe.title = json.at("title").get<std::string>();
    recipe.components = json.at("components").get<std::vector<std::string>>();
    recipe.stages = json.at("stages").get<std::vector<std::string>>();
    recipe.checkpoints = json.value("checkpoints", recipe.checkpoints);
    recipe.pods_run_after = json.value("pods-run-after", std::string{});
    recipe.image_archives = read_image_archives(json);
    recipe.programs = json.value("programs", recipe.programs);
    for (const auto& [name, info] : json.at("inputs").items()) {
        recipe.inputs[name] = with_note("input " + name, [&] { return read_input(info); });
    }
    for (const auto& [name, info] : json.at("files").items()) {
        recipe.files[name] = {info.at("path").get<std::string>(), read_mode(info.value("mode", "0644")),
                              info.value("about", "")};
    }
    for (const auto& [name, info] : json.at("outputs").items()) {
        recipe.outputs[name] = {info.value("about", ""), info.value("secret", false)};
    }
    for (const auto& entry : json.at("kubeadm_api")) {
        recipe.kubeadm_apis.push_back({entry.at("kubernetes").get<std::string>(), entry.at("api").get<std::string>(),
                                       entry.at("arguments").get<std::string>() == "list",
                                       entry.value("patches", false), entry.value("timeouts", false),
                                       entry.value("key_algorithm", false)});
    }
    recipe.steps = read_steps(json.at("steps"), folder);
    for (const auto& swap : json.value("swaps", Json::array())) {
        recipe.swaps[swap.at("component").get<std::string>()] = read_step(swap, folder);
    }
    recipe.systems = read_systems(folder.parent_path().parent_path());
    return recipe;
}

Profile read_profile(const Json& json, const fs::path& folder) {
    Profile profile;
    profile.name = json.at("name").get<std::string>();
    profile.title = json.at("title").get<std::string>();
    profile.departures = json.at("departures").get<std::vector<std::string>>();
    profile.cpu_model = json.value("cpu_model", "");
    profile.kernel_arguments = json.value("kernel_arguments", profile.kernel_arguments);
    profile.timeout_scale = json.value("timeout_scale", 1U);
    const Json kubeadm = json.value("kubeadm", Json::object());
    profile.leader_lease_seconds = kubeadm.value("leader_lease_seconds", 0U);
    profile.kubeadm_timeout_scale = kubeadm.value("timeout_scale", 1U);
    profile.kubeadm_key_algorithm = kubeadm.value("key_algorithm", "");
    profile.kubeadm_ignored = kubeadm.value("ignore_preflight_errors", std::vector<std::string>{});
    profile.etcd_arguments = kubeadm.value("etcd_arguments", profile.etcd_arguments);
    profile.api_server_arguments = kubeadm.value("api_server_arguments", profile.api_server_arguments);
    profile.kubeadm_patches = kubeadm.value("patches", "");
    profile.inputs = json.value("inputs", profile.inputs);
    profile.needs = json.value("needs", profile.needs);
    profile.steps = read_steps(json.value("steps", Json::array()), folder);
    return profile;
}

// Reads FOLDER/`name` by `read`; whatever goes wrong becomes an Error(usage) that begins with the file.
template <typename Read>
auto read_json_file(const fs::path& folder, const char* name, const Read& read) {
    const fs::path file = folder / name;
    try {
        return read(parse_json<Json>(read_file(file)), folder);
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), fault.what()));
    } catch (const Json::exception& error) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: {}", file.string(), words_of_json_error(error.id, error.what())));
    } catch (const Error& error) {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), error.what()), error.hint());
    } catch (const std::logic_error& error) {  // a mode that is no octal number
        throw Error(ErrorKind::usage, fmt::format("{}: not a number: {}", file.string(), error.what()));
    }
}

std::string need_id(const std::string& need) {
    return need.substr(0, need.find('@'));
}

bool has_step(const Recipe& recipe, const std::string& id) {
    return std::any_of(recipe.steps.begin(), recipe.steps.end(), [&](const auto& step) { return step.id == id; });
}

// What a script is given must be there to be given.
template <typename Report>
void require_given(const Recipe& recipe, const std::vector<std::string>& inputs, const std::vector<std::string>& files,
                   const Report& report) {
    for (const auto& input : inputs) {
        if (recipe.inputs.count(input) + recipe.outputs.count(input) == 0) report("nothing gives its input " + input);
    }
    for (const auto& file : files) {
        if (recipe.files.count(file) == 0) report("its file " + file + " is not declared");
    }
}

std::vector<std::string> problems_with_step(const Recipe& recipe, const RecipeStep& step) {
    std::vector<std::string> problems;
    const auto report = [&](const std::string& what) { problems.push_back(fmt::format("step {}: {}", step.id, what)); };
    for (const auto& need : step.needs) {
        if (!has_step(recipe, need_id(need))) report(fmt::format("needs the unknown step \"{}\"", need));
    }
    require_given(recipe, step.inputs, step.files, report);
    for (const auto& variant : step.variants) {
        require_given(recipe, variant.script.inputs, variant.script.files, report);
    }
    for (const auto& output : step.outputs) {
        if (recipe.outputs.count(output) == 0) report("its output " + output + " is not declared");
    }
    const auto& stages = recipe.stages;
    if (!step.stage.empty() && std::find(stages.begin(), stages.end(), step.stage) == stages.end()) {
        report(fmt::format("ends the unknown stage \"{}\"", step.stage));
    }
    if (step.timeout_seconds == 0) report("its timeout is zero");
    return problems;
}

// Where a profile's step goes: before the first step that it names and the recipe has, else at the end.
std::vector<RecipeStep>::iterator place_of(Recipe& recipe, const RecipeStep& added) {
    for (const auto& id : added.before) {
        const auto found =
            std::find_if(recipe.steps.begin(), recipe.steps.end(), [&](const auto& step) { return step.id == id; });
        if (found != recipe.steps.end()) return found;
    }
    return recipe.steps.end();
}

void require_sound(const Recipe& recipe, const fs::path& file) {
    std::vector<std::string> problems;
    std::set<std::string> ids;
    for (const auto& step : recipe.steps) {
        if (!ids.insert(step.id).second) problems.push_back(fmt::format("two steps are called {}", step.id));
        const auto found = problems_with_step(recipe, step);
        problems.insert(problems.end(), found.begin(), found.end());
    }
    for (const auto& [component, step] : recipe.swaps) {
        const auto& components = recipe.components;
        if (std::find(components.begin(), components.end(), component) == components.end()) {
            problems.push_back(fmt::format("swaps {}, which is none of its components", component));
        }
        const auto found = problems_with_step(recipe, step);
        problems.insert(problems.end(), found.begin(), found.end());
    }
    for (const auto& stage : recipe.checkpoints) {
        if (std::find(recipe.stages.begin(), recipe.stages.end(), stage) == recipe.stages.end()) {
            problems.push_back(fmt::format("saves a checkpoint at the unknown stage \"{}\"", stage));
        }
    }
    if (!recipe.pods_run_after.empty() &&
        std::find(recipe.stages.begin(), recipe.stages.end(), recipe.pods_run_after) == recipe.stages.end()) {
        problems.push_back(fmt::format("pods run after the unknown stage \"{}\"", recipe.pods_run_after));
    }
    if (!problems.empty()) {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), join(problems, "; ")));
    }
}

}  // namespace

Recipe load_recipe(const fs::path& folder) {
    auto recipe = read_json_file(folder, "recipe.json", read_recipe);
    require_sound(recipe, folder / "recipe.json");
    return recipe;
}

Profile load_profile(const fs::path& folder) {
    return read_json_file(folder, "profile.json", read_profile);
}

Recipe with_profile(Recipe recipe, const Profile& profile) {
    for (const auto& [name, value] : profile.inputs) {
        if (recipe.inputs.count(name) == 0) {
            throw Error(ErrorKind::usage,
                        fmt::format("profile {}: recipe {} has no input {}", profile.name, recipe.name, name));
        }
        recipe.inputs[name].value = value;
        recipe.inputs[name].cases.clear();
    }
    for (const auto& added : profile.steps) {
        const auto next = place_of(recipe, added);
        if (next == recipe.steps.end() && !added.before.empty()) continue;  // this recipe has nothing to wait for it
        if (next != recipe.steps.end()) next->needs.push_back(added.id);
        recipe.steps.insert(next, added);
    }
    for (const auto& [id, needs] : profile.needs) {
        const auto waits = std::find_if(recipe.steps.begin(), recipe.steps.end(),
                                        [&id = id](const auto& step) { return step.id == id; });
        if (waits == recipe.steps.end()) {
            throw Error(ErrorKind::usage,
                        fmt::format("profile {}: recipe {} has no step {}", profile.name, recipe.name, id));
        }
        waits->needs.insert(waits->needs.end(), needs.begin(), needs.end());
    }
    require_sound(recipe, fmt::format("profile {} of recipe {}", profile.name, recipe.name));
    return recipe;
}

Recipe with_swaps(Recipe recipe, const std::vector<std::string>& components) {
    if (components.empty()) return recipe;
    std::vector<std::string> after;  // what ends the recipe
    for (const auto& step : recipe.steps) {
        if (step.stage == recipe.stages.back()) after.push_back(step.id + "@all");
    }
    for (const auto& component : components) {
        const auto found = recipe.swaps.find(component);
        if (found == recipe.swaps.end()) {
            std::vector<std::string> known;
            for (const auto& [name, step] : recipe.swaps) known.push_back(name);
            throw Error(
                ErrorKind::usage,
                fmt::format("recipe {} does not say how to put another {} in its place", recipe.name, component),
                known.empty() ? "set the cluster up with it: --component" : "it can swap " + join(known, ", "));
        }
        auto step = found->second;
        step.needs.insert(step.needs.end(), after.begin(), after.end());
        after.push_back(step.id + "@all");
        recipe.steps.push_back(std::move(step));
    }
    recipe.steps.back().stage = kSwapStage;
    recipe.stages.emplace_back(kSwapStage);
    return recipe;
}

std::vector<std::string> recipes_on_offer(const fs::path& fixtures) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(fixtures / "recipes", ignored)) {
        if (fs::exists(entry.path() / "recipe.json")) names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace crib::provision
