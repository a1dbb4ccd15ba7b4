// load_recipe(), load_profile(): what a file says is judged here, before anything is done by it. Users write such files
// themselves: names become parts of scripts, of records and of lines that people read.

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/base/plain_name.h"
#include "harness/base/printable.h"
#include "harness/base/text.h"
#include "harness/provision/recipe.h"
#include "harness/provision/recipe_rules.h"
#include "harness/provision/recipe_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::provision {
namespace {

using Json = nlohmann::json;
using Place = JsonPlace<Json>;
using Texts = std::vector<std::string>;
namespace fs = std::filesystem;

constexpr InputKind kRecipeFile{"a recipe's or a profile's file", 4U << 20U};
constexpr InputKind kSystemsFile{"the table of systems", 4U << 20U};
constexpr const char* kMend = "mend the file: fixtures/recipes/README.md says what may stand in it";
constexpr unsigned kLongestStep = 86400;  // seconds: a day
constexpr unsigned kMostScale = 100;
constexpr std::size_t kMostTexts = 1000;

void only(const Place& place, const Texts& known) {
    for (const auto& [key, value] : place.members()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const auto near = nearest(key, known);
        place.fail(fmt::format("has the unknown key \"{}\": {}", key,
                               near ? fmt::format("did you mean \"{}\"?", *near) : "known are " + join(known, ", ")));
    }
}

std::string text_by(const Rule& rule, const Place& place) {
    auto text = place.get<std::string>();
    if (!rule.holds(text)) place.fail(fmt::format("\"{}\" is {}", text, rule.otherwise));
    return text;
}

// One that may be left out.
std::string text_by(const Rule& rule, const Place& place, const char* key, const std::string& fallback = {}) {
    return place.contains(key) ? text_by(rule, place.at(key)) : fallback;
}

std::string line(const Place& place) {
    auto text = place.get<std::string>();
    const auto objection = objection_to_line(text);
    if (!objection.empty()) place.fail(objection);
    return text;
}

std::string line(const Place& place, const char* key) {
    return place.contains(key) ? line(place.at(key)) : std::string();
}

// A variable's value: of several lines, perhaps.
std::string value_of(const Place& place) {
    auto text = place.get<std::string>();
    if (printable_lines(text) != text) place.fail("has characters that a terminal must not get");
    return text;
}

Texts texts_by(const Rule& rule, const Place& place) {
    if (place.size() > kMostTexts) place.fail(fmt::format("has {} texts, at most {}", place.size(), kMostTexts));
    Texts texts;
    std::set<std::string> known;
    for (const auto& one : place.values()) {
        texts.push_back(text_by(rule, one));
        if (!known.insert(texts.back()).second) place.fail(fmt::format("has \"{}\" twice", texts.back()));
    }
    return texts;
}

Texts texts_by(const Rule& rule, const Place& place, const char* key, const Texts& fallback = {}) {
    return place.contains(key) ? texts_by(rule, place.at(key)) : fallback;
}

// One name or a list of names.
Texts one_or_more(const Rule& rule, const Place& place) {
    return place.is_array() ? texts_by(rule, place) : Texts{text_by(rule, place)};
}

unsigned number_in(const Place& place, unsigned least, unsigned most) {
    const auto number = place.get<long long>();
    if (number < least || number > most) {
        place.fail(fmt::format("must be from {} to {}, not {}", least, most, number));
    }
    return static_cast<unsigned>(number);
}

unsigned number_in(const Place& place, const char* key, unsigned least, unsigned most, unsigned fallback) {
    return place.contains(key) ? number_in(place.at(key), least, most) : fallback;
}

NodeSelector read_selector(const std::string& text) {
    static const std::map<std::string, NodeSelector> names = {
        {"all", NodeSelector::all},
        {"control-plane", NodeSelector::control_plane},
        {"first-control-plane", NodeSelector::first_control_plane},
        {"workers", NodeSelector::workers}};
    const auto found = names.find(text);
    if (found != names.end()) return found->second;
    throw Error(ErrorKind::usage,
                fmt::format("nodes \"{}\" is none of all, control-plane, first-control-plane, workers", text), kMend);
}

// {"os.package_manager": "dnf", "versions.kubernetes": [">=1.24 <1.27", "1.36.*"]}
Conditions read_conditions(const Place& place) {
    Conditions conditions;
    for (const auto& [fact, patterns] : place.members()) {
        if (!is_plain_name(fact)) place.fail(fmt::format("\"{}\" is no fact", fact));
        auto all = patterns.is_array() ? patterns.get<Texts>() : Texts{patterns.get<std::string>()};
        if (all.empty()) patterns.fail("has no pattern");
        for (const auto& pattern : all) {
            const auto objection = objection_to_pattern(pattern);
            if (!objection.empty()) patterns.fail(fmt::format("\"{}\" {}", pattern, objection));
        }
        conditions.push_back({fact, std::move(all)});
    }
    return conditions;
}

struct ScriptFile {
    std::string name;
    std::string text;
};

// A file in the recipe's folder, or in another recipe's: "FILE", "FOLDER/FILE", "../NAME/FILE".
ScriptFile read_script(const Place& place, const fs::path& folder) {
    const auto path = place.get<std::string>();
    const auto parts = split(path, '/');
    const bool is_anothers = parts.size() > 2 && parts[0] == "..";
    const auto is_plain = [](const std::string& part) { return is_plain_name(part); };
    if (!std::all_of(parts.begin() + (is_anothers ? 1 : 0), parts.end(), is_plain)) {
        place.fail(fmt::format("\"{}\" is neither a file of this folder nor another recipe's, ../NAME/FILE", path));
    }
    auto text = read_input(folder / path, input_kind::step_script);
    if (text.find('\0') != std::string::npos || !is_valid_utf8(text)) {
        place.fail(fmt::format("\"{}\" is no text in UTF-8", path));
    }
    return {parts.back(), std::move(text)};
}

ScriptVariant read_variant(const Place& place, const RecipeStep& step, const fs::path& folder) {
    only(place, {"when", "script", "title", "inputs", "files", "source"});
    ScriptVariant variant;
    variant.when = read_conditions(place.at("when"));
    variant.script = {step.script_name, step.script, texts_by(kVariable, place, "inputs", step.inputs),
                      texts_by(kVariable, place, "files", step.files)};
    if (place.contains("script")) {
        auto script = read_script(place.at("script"), folder);
        variant.script.name = std::move(script.name);
        variant.script.text = std::move(script.text);
    }
    variant.title = line(place, "title");
    variant.source = line(place, "source");
    return variant;
}

InputInfo read_input_info(const Place& place) {
    only(place, {"value", "about", "cases"});
    InputInfo info{value_of(place.at("value")), line(place, "about")};
    if (!place.contains("cases")) return info;
    for (const auto& entry : place.at("cases").values()) {
        only(entry, {"when", "value", "source"});
        info.cases.push_back({read_conditions(entry.at("when")), value_of(entry.at("value")), line(entry, "source")});
    }
    return info;
}

FileInfo read_file_info(const Place& place) {
    only(place, {"path", "mode", "about"});
    const auto mode = text_by(kMode, place, "mode", "0644");
    return {text_by(kPathOnNode, place.at("path")), static_cast<unsigned>(std::stoul(mode, nullptr, 8)),
            line(place, "about")};
}

// What stands under names of variables.
template <typename Read>
auto read_named(const Place& place, const Read& read) {
    std::map<std::string, decltype(read(place))> all;
    for (const auto& [name, info] : place.members()) {
        if (!is_variable_name(name)) place.fail(fmt::format("\"{}\" is {}", name, kVariable.otherwise));
        all.emplace(name, read(info));
    }
    return all;
}

// What is wrong in it is told with the step's id.
template <typename Read>
auto in_step(const std::string& id, const Read& read) {
    return with_note("step " + id, [&] {
        try {
            return read();
        } catch (const JsonFault& fault) {
            throw Error(ErrorKind::usage, fault.what(), kMend);
        }
    });
}

// `more` are the keys that only some steps have.
RecipeStep read_step(const Place& place, const fs::path& folder, const char* more = "id") {
    RecipeStep step;
    step.id = text_by(kName, place.at("id"));
    return in_step(step.id, [&] {
        only(place, {"id", "title", "script", "nodes", "needs", "inputs", "files", "outputs", "stage",
                     "timeout_seconds", "when", "variants", more});
        step.title = line(place.at("title"));
        auto script = read_script(place.at("script"), folder);
        step.script_name = std::move(script.name);
        step.script = std::move(script.text);
        step.nodes = read_selector(place.text("nodes"));
        step.needs = texts_by(kNeed, place, "needs");
        step.inputs = texts_by(kVariable, place, "inputs");
        step.files = texts_by(kVariable, place, "files");
        step.outputs = texts_by(kVariable, place, "outputs");
        step.stage = text_by(kName, place, "stage");
        if (place.contains("before")) step.before = one_or_more(kName, place.at("before"));
        step.timeout_seconds = number_in(place.at("timeout_seconds"), 1, kLongestStep);
        if (place.contains("when")) step.when = read_conditions(place.at("when"));
        if (!place.contains("variants")) return step;
        for (const auto& variant : place.at("variants").values()) {
            step.variants.push_back(read_variant(variant, step, folder));
        }
        return step;
    });
}

using Systems = std::map<std::string, std::map<std::string, std::string>>;

// The catalogue's table of operating systems; recipes elsewhere may have none.
Systems read_systems(const fs::path& fixtures) {
    const auto file = fixtures / "catalogue" / "operating-systems.json";
    std::error_code none;
    if (!fs::exists(file, none)) return {};
    try {
        Systems systems;
        const auto table = parse_json<Json>(read_input(file, kSystemsFile));
        for (const auto& row : Place(table).at("systems").values()) {
            auto& facts = systems[row.text("name")];
            for (const auto& [name, value] : row.members()) {
                if (value.is_string()) facts[name] = value.get<std::string>();
            }
        }
        return systems;
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), fault.what()), "mend that file");
    }
}

// "images": "store" (the default) or "archives".
bool read_image_archives(const Place& place) {
    const auto form = place.value<std::string>("images", "store");
    if (form == "store" || form == "archives") return form == "archives";
    place.fail(fmt::format("has images \"{}\", which is none of store, archives", form));
}

KubeadmApi read_kubeadm_api(const Place& place) {
    only(place, {"kubernetes", "api", "arguments", "patches", "timeouts", "key_algorithm", "source"});
    (void)line(place, "source");  // for people
    const auto arguments = place.text("arguments");
    if (arguments != "list" && arguments != "map") place.at("arguments").fail("must be list or map");
    return {text_by(kMinor, place.at("kubernetes")),
            text_by(kKubeadmApi, place.at("api")),
            arguments == "list",
            place.value("patches", false),
            place.value("timeouts", false),
            place.value("key_algorithm", false)};
}

// A folder's name is what a scenario, a record and every error call it by.
std::string read_name(const Place& place, const fs::path& folder) {
    auto name = text_by(kName, place);
    const auto own = folder.filename().string();
    if (name != own) place.fail(fmt::format("is \"{}\": it must be the folder's, \"{}\"", name, own));
    return name;
}

void read_tables(const Place& top, Recipe& recipe) {
    static const Texts made_by_crib{"FLANNEL_MANIFEST", "KUBEADM_CONFIG", "KUBELET_CONFIG"};
    recipe.inputs = read_named(top.at("inputs"), read_input_info);
    recipe.files = read_named(top.at("files"), read_file_info);
    only(top.at("files"), made_by_crib);
    recipe.outputs = read_named(top.at("outputs"), [](const Place& place) {
        only(place, {"about", "secret"});
        return OutputInfo{line(place, "about"), place.value("secret", false)};
    });
    for (const auto& entry : top.at("kubeadm_api").values()) recipe.kubeadm_apis.push_back(read_kubeadm_api(entry));
}

Recipe read_recipe(const Place& top, const fs::path& folder) {
    only(top, {"name", "title", "about", "components", "stages", "checkpoints", "pods-run-after", "images", "programs",
               "inputs", "files", "outputs", "kubeadm_api", "steps", "swaps"});
    Recipe recipe;
    recipe.name = read_name(top.at("name"), folder);
    recipe.title = line(top.at("title"));
    (void)line(top, "about");  // for people
    recipe.components = texts_by(kName, top.at("components"));
    recipe.stages = texts_by(kName, top.at("stages"));
    if (recipe.stages.empty()) top.at("stages").fail("has no stage");
    recipe.checkpoints = texts_by(kName, top, "checkpoints");
    recipe.pods_run_after = text_by(kName, top, "pods-run-after");
    recipe.image_archives = read_image_archives(top);
    const auto programs = texts_by(kName, top, "programs");
    recipe.programs = {programs.begin(), programs.end()};
    read_tables(top, recipe);
    for (const auto& step : top.at("steps").values()) recipe.steps.push_back(read_step(step, folder));
    if (top.contains("swaps")) {
        for (const auto& swap : top.at("swaps").values()) {
            const auto component = text_by(kName, swap.at("component"));
            const bool is_new = recipe.swaps.emplace(component, read_step(swap, folder, "component")).second;
            if (!is_new) swap.fail(fmt::format("swaps {} a second time", component));
        }
    }
    recipe.systems = read_systems(folder.parent_path().parent_path());
    return recipe;
}

std::map<std::string, std::string> read_arguments(const Place& place, const char* key) {
    std::map<std::string, std::string> arguments;
    if (!place.contains(key)) return arguments;
    for (const auto& [name, value] : place.at(key).members()) {
        if (!is_plain_name(name)) place.at(key).fail(fmt::format("\"{}\" is {}", name, kName.otherwise));
        arguments.emplace(name, line(value));
    }
    return arguments;
}

void read_kubeadm(const Place& place, Profile& profile) {
    constexpr unsigned kLongestLease = 3600;
    only(place, {"leader_lease_seconds", "timeout_scale", "key_algorithm", "ignore_preflight_errors", "etcd_arguments",
                 "api_server_arguments", "patches"});
    profile.leader_lease_seconds = number_in(place, "leader_lease_seconds", 0, kLongestLease, 0);
    profile.kubeadm_timeout_scale = number_in(place, "timeout_scale", 1, kMostScale, 1);
    profile.kubeadm_key_algorithm = text_by(kName, place, "key_algorithm");
    profile.kubeadm_ignored = texts_by(kName, place, "ignore_preflight_errors");
    profile.etcd_arguments = read_arguments(place, "etcd_arguments");
    profile.api_server_arguments = read_arguments(place, "api_server_arguments");
    profile.kubeadm_patches = text_by(kVariable, place, "patches");
}

Profile read_profile(const Place& top, const fs::path& folder) {
    only(top, {"name", "title", "about", "departures", "cpu_model", "kernel_arguments", "timeout_scale", "kubeadm",
               "inputs", "needs", "steps"});
    Profile profile;
    profile.name = read_name(top.at("name"), folder);
    profile.title = line(top.at("title"));
    (void)line(top, "about");  // for people
    profile.departures = texts_by(kLine, top.at("departures"));
    profile.cpu_model = text_by(kName, top, "cpu_model");
    profile.kernel_arguments = texts_by(kKernelArgument, top, "kernel_arguments");
    profile.timeout_scale = number_in(top, "timeout_scale", 1, kMostScale, 1);
    if (top.contains("kubeadm")) read_kubeadm(top.at("kubeadm"), profile);
    if (top.contains("inputs")) profile.inputs = read_named(top.at("inputs"), value_of);
    if (top.contains("needs")) {
        for (const auto& [step, needs] : top.at("needs").members()) profile.needs[step] = texts_by(kNeed, needs);
    }
    if (!top.contains("steps")) return profile;
    for (const auto& step : top.at("steps").values()) profile.steps.push_back(read_step(step, folder, "before"));
    return profile;
}

// Whatever is wrong is told with the file.
template <typename Read>
auto read_json_file(const fs::path& file, const Read& read) {
    try {
        const auto json = parse_json<Json>(read_input(file, kRecipeFile));
        return read(Place(json), file.parent_path());
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), fault.what()), kMend);
    } catch (const Error& error) {
        const std::string what = error.what();
        const auto whole = what.starts_with(file.string()) ? what : fmt::format("{}: {}", file.string(), what);
        throw Error(error.kind(), whole, error.hint().empty() ? kMend : error.hint());
    }
}

}  // namespace

Recipe load_recipe(const fs::path& folder) {
    auto recipe = read_json_file(folder / "recipe.json", read_recipe);
    require_sound(recipe, folder / "recipe.json");
    return recipe;
}

Profile load_profile(const fs::path& folder) {
    return read_json_file(folder / "profile.json", read_profile);
}

}  // namespace crib::provision
