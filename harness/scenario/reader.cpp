#include "harness/scenario/reader.h"

#include "harness/base/text.h"
#include "harness/scenario/node_rules.h"
#include "harness/scenario/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

constexpr ByteSize kDefaultControlPlaneMemory = ByteSize::mib(2300);
constexpr ByteSize kDefaultWorkerMemory = ByteSize::mib(1800);
constexpr long long kDefaultVcpus = 2;
constexpr const char* kDefaultRecipe = "crio-kubeadm-flannel";
constexpr std::string_view kLocal = "local:";
constexpr std::string_view kUpstream = "upstream";

const std::vector<std::string> kScenarioKeys = {"name",  "about",  "os",     "versions", "components",
                                                "nodes", "recipe", "checks", "internet"};
const std::vector<std::string> kNodeKeys = {"name", "role", "memory", "vcpus", "count", "os"};
const std::vector<std::string> kNeededVersions = {"kubernetes", "cri-o", "flannel"};

std::string type_name(const Json& value) {
    switch (value.type()) {
        case Json::value_t::object:
            return "an object";
        case Json::value_t::array:
            return "a list";
        case Json::value_t::string:
            return "a text";
        case Json::value_t::boolean:
            return "true or false";
        case Json::value_t::null:
            return "null";
        default:
            return "a number";
    }
}

std::string on_offer_hint(const std::string& given, const std::vector<std::string>& on_offer) {
    const std::string list = "on offer: " + join(on_offer, ", ");
    const auto meant = nearest(given, on_offer);
    return meant ? fmt::format("did you mean \"{}\"? {}", *meant, list) : list;
}

// "1.36.3": numbers with dots, at least two dots.
bool looks_like_version(const std::string& text) {
    return std::count(text.begin(), text.end(), '.') >= 2 &&
           std::isdigit(static_cast<unsigned char>(text.front())) != 0 &&
           std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '+'; });
}

}  // namespace

Scenario Reader::read() {
    const Json& root = document_.root();
    scenario_.file = file_;
    check_keys(root, "$", kScenarioKeys);
    scenario_.name = text(root, "$", "name", false).value_or(file_.stem().string());
    if (const auto problem = problem_with_host_name(scenario_.name); !problem.empty()) {
        document_.report("$.name", "a scenario is named like a host: " + problem);
    }
    scenario_.about = text(root, "$", "about", false).value_or("");
    if (const auto os = text(root, "$", "os", false)) {
        scenario_.os = *os;
        require_known(*os, "$.os", "node image", known_.images);
    }
    scenario_.recipe = text(root, "$", "recipe", false).value_or(kDefaultRecipe);
    require_known(scenario_.recipe, "$.recipe", "recipe", known_.recipes);
    if (root.contains("internet") && require_type(root["internet"], "$.internet", Json::value_t::boolean)) {
        scenario_.internet = root["internet"].get<bool>();
    }
    read_components();
    read_versions();
    read_nodes();
    read_checks();
    return scenario_;
}

void Reader::check_keys(const Json& object, const std::string& path, const std::vector<std::string>& keys) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        const auto meant = nearest(key, keys);
        document_.report(child_path(path, key), fmt::format("unknown key \"{}\"", key),
                         meant ? fmt::format("did you mean \"{}\"?", *meant) : "known are: " + join(keys, ", "),
                         Document::At::key);
    }
}

bool Reader::require_type(const Json& value, const std::string& path, Json::value_t type) {
    const bool both_numbers = type == Json::value_t::number_integer && value.is_number_integer();
    if (value.type() == type || both_numbers) return true;
    const std::string wanted = type == Json::value_t::number_integer ? "a whole number" : type_name(Json(type));
    document_.report(path, fmt::format("must be {}, but is {}", wanted, type_name(value)));
    return false;
}

bool Reader::require_known(const std::string& value, const std::string& path, const std::string& what,
                           const std::vector<std::string>& on_offer, Document::At at) {
    if (on_offer.empty() || std::find(on_offer.begin(), on_offer.end(), value) != on_offer.end()) return true;
    document_.report(path, fmt::format("unknown {} \"{}\"", what, value), on_offer_hint(value, on_offer), at);
    return false;
}

std::optional<std::string> Reader::text(const Json& object, const std::string& path, const std::string& key,
                                        bool required) {
    if (!object.contains(key)) {
        if (required) document_.report(path, fmt::format("\"{}\" is missing", key));
        return std::nullopt;
    }
    const Json& value = object[key];
    const std::string place = child_path(path, key);
    // On a command line, a text of digits looks like a number.
    if (value.is_number_integer() && document_.comes_from_flag(place)) return value.dump();
    if (!require_type(value, place, Json::value_t::string)) return std::nullopt;
    return value.get<std::string>();
}

std::optional<long long> Reader::integer(const Json& object, const std::string& path, const std::string& key) {
    if (!object.contains(key)) return std::nullopt;
    const Json& value = object[key];
    const std::string place = child_path(path, key);
    if (!require_type(value, place, Json::value_t::number_integer)) return std::nullopt;
    constexpr double largest = 1e9;
    if (std::abs(value.get<double>()) > largest) {
        document_.report(place, fmt::format("{} is out of range", value.dump()));
        return std::nullopt;
    }
    return value.get<long long>();
}

void Reader::read_components() {
    const Json& root = document_.root();
    if (!root.contains("components") || !require_type(root["components"], "$.components", Json::value_t::object))
        return;
    for (const auto& [name, value] : root["components"].items()) {
        read_component(name, value, child_path("$.components", name));
    }
}

void Reader::read_component(const std::string& name, const Json& value, const std::string& path) {
    std::vector<std::string> names;
    for (const auto& [known, versions] : known_.versions) names.push_back(known);
    require_known(name, path, "component", names, Document::At::key);
    if (!require_type(value, path, Json::value_t::string)) return;
    auto source = value.get<std::string>();
    if (source.starts_with(kLocal)) {
        // A path in a file is meant from the file, one in a flag from where the user is.
        const std::filesystem::path given = source.substr(kLocal.size());
        const auto base = document_.comes_from_flag(path) ? std::filesystem::path() : file_.parent_path();
        const auto folder = std::filesystem::absolute(base / given).lexically_normal();
        std::error_code ignored;
        if (!std::filesystem::is_directory(folder, ignored)) {
            document_.report(path, fmt::format("there is no folder {}", folder.string()),
                             "local:PATH is the path of a checkout");
        }
        source = std::string(kLocal) + folder.string();
    } else if (source != "modules" && source != kUpstream) {
        document_.report(path, fmt::format("unknown source \"{}\"", source),
                         "modules (built from pinned Go modules), upstream (its publisher's packages and images) or "
                         "local:PATH (a checkout)");
    }
    scenario_.components[name] = source;
}

void Reader::read_versions() {
    const Json& root = document_.root();
    if (!root.contains("versions")) {
        document_.report(
            "$", "\"versions\" is missing",
            R"(for example "versions": {"kubernetes": "1.36.3", "cri-o": "1.36.3", "flannel": "0.28.10"})");
        return;
    }
    if (!require_type(root["versions"], "$.versions", Json::value_t::object)) return;
    for (const auto& [component, value] : root["versions"].items()) {
        read_version(component, child_path("$.versions", component));
    }
    for (const auto& component : kNeededVersions) {
        if (root["versions"].contains(component)) continue;
        const auto known = known_.versions.find(component);
        document_.report("$.versions", fmt::format("the version of \"{}\" is missing", component),
                         known == known_.versions.end() ? "" : "on offer: " + join(known->second, ", "));
    }
}

void Reader::read_version(const std::string& component, const std::string& path) {
    std::vector<std::string> names;
    for (const auto& [known, versions] : known_.versions) names.push_back(known);
    const bool is_known = require_known(component, path, "component", names, Document::At::key);
    const auto version = text(document_.root()["versions"], "$.versions", component, true);
    if (!version || !is_known) return;
    scenario_.versions[component] = *version;
    const auto source = scenario_.components.find(component);
    if (source != scenario_.components.end() && source->second.starts_with(kLocal)) return;
    const bool published = source != scenario_.components.end() && source->second == kUpstream;
    const auto on_offer = known_.versions.find(component);
    if (on_offer != known_.versions.end() && !published) {
        require_known(*version, path, "version of " + component, on_offer->second);
    } else if (version->empty() || !looks_like_version(*version)) {
        document_.report(path, fmt::format("\"{}\" is not a version", *version), "a version is like 1.36.3");
    }
}

void Reader::read_nodes() {
    const Json& root = document_.root();
    if (!root.contains("nodes")) {
        document_.report(
            "$", "\"nodes\" is missing",
            R"(for example "nodes": [{"name": "master", "role": "control-plane"}, {"name": "worker", "role": "worker"}])");
        return;
    }
    if (!require_type(root["nodes"], "$.nodes", Json::value_t::array)) return;
    for (std::size_t i = 0; i < root["nodes"].size(); ++i) read_node(root["nodes"][i], child_path("$.nodes", i));
    require_one_control_plane();
    if (scenario_.nodes.size() > kMostNodes) {
        document_.report("$.nodes", fmt::format("{} nodes are more than one cluster can have, {}",
                                                scenario_.nodes.size(), kMostNodes));
    }
}

void Reader::read_node(const Json& json, const std::string& path) {
    if (!require_type(json, path, Json::value_t::object)) return;
    check_keys(json, path, kNodeKeys);
    Node node = read_machine(json, path);
    const long long count = read_count(json, path, node.role);
    const auto name = text(json, path, "name", true);
    if (!name) {
        scenario_.nodes.push_back(node);  // so that its role counts
        return;
    }
    for (long long i = 1; i <= count; ++i) {
        node.name = count == 1 ? *name : *name + std::to_string(i);
        const auto problem = problem_with_host_name(node.name);
        if (!problem.empty()) {
            document_.report(path + ".name", problem);
            scenario_.nodes.push_back(node);
            return;
        }
        add_node(node, path + ".name");
    }
}

Node Reader::read_machine(const Json& json, const std::string& path) {
    Node node;
    node.role = read_role(json, path);
    node.memory = node.role == Role::control_plane ? kDefaultControlPlaneMemory : kDefaultWorkerMemory;
    if (const auto memory = text(json, path, "memory", false)) {
        const auto size = ByteSize::parse(*memory);
        const auto problem =
            size ? problem_with_memory(node.role, *size) : fmt::format("\"{}\" is not an amount of memory", *memory);
        if (!problem.empty())
            document_.report(path + ".memory", problem, size ? "" : "an amount is like 2300MiB or 4GiB");
        node.memory = size.value_or(node.memory);
    }
    const long long vcpus = integer(json, path, "vcpus").value_or(kDefaultVcpus);
    const auto problem = problem_with_vcpus(node.role, vcpus);
    if (!problem.empty()) document_.report(path + ".vcpus", problem);
    node.vcpus = problem.empty() ? static_cast<unsigned>(vcpus) : 1;
    node.os = scenario_.os;
    if (const auto os = text(json, path, "os", false)) {
        node.os = *os;
        require_known(*os, path + ".os", "node image", known_.images);
    } else if (!document_.root().contains("os")) {
        document_.report(path, "no \"os\" is given, here or for the whole scenario",
                         known_.images.empty() ? "" : "on offer: " + join(known_.images, ", "));
    }
    return node;
}

Role Reader::read_role(const Json& json, const std::string& path) {
    const std::vector<std::string> roles = {to_string(Role::control_plane), to_string(Role::worker)};
    const auto role = text(json, path, "role", true);
    if (!role || !require_known(*role, path + ".role", "role", roles)) return Role::worker;
    return *role == roles[0] ? Role::control_plane : Role::worker;
}

long long Reader::read_count(const Json& json, const std::string& path, Role role) {
    const auto count = integer(json, path, "count");
    if (!count) return 1;
    if (*count < 1 || *count > kMostNodes) {
        document_.report(path + ".count", fmt::format("{} is not between 1 and {}", *count, kMostNodes));
        return 1;
    }
    if (role == Role::control_plane && *count > 1) {
        document_.report(path + ".count", "the recipes set up one control plane");
        return 1;
    }
    return *count;
}

void Reader::add_node(const Node& node, const std::string& path) {
    const auto [other, is_new] = node_paths_.emplace(node.name, path);
    if (!is_new) {
        document_.report(path, fmt::format("two nodes are called \"{}\"", node.name),
                         fmt::format("the other one is {}", other->second));
    }
    scenario_.nodes.push_back(node);
}

void Reader::require_one_control_plane() {
    const auto count = std::count_if(scenario_.nodes.begin(), scenario_.nodes.end(),
                                     [](const Node& node) { return node.role == Role::control_plane; });
    if (count == 0) {
        document_.report("$.nodes", "no node is a control plane", R"(give one of them "role": "control-plane")");
    } else if (count > 1) {
        document_.report("$.nodes", fmt::format("{} control planes are given; the recipes set up one", count));
    }
}

void Reader::read_checks() {
    const Json& root = document_.root();
    if (!root.contains("checks") || !require_type(root["checks"], "$.checks", Json::value_t::array)) return;
    for (std::size_t i = 0; i < root["checks"].size(); ++i) read_check(root["checks"][i], child_path("$.checks", i));
}

void Reader::read_check(const Json& json, const std::string& path) {
    if (!require_type(json, path, Json::value_t::object)) return;
    if (json.size() != 1) {
        document_.report(path, fmt::format("a check is one kind with its parameters, but here are {}", json.size()),
                         R"(for example {"nodes-ready": {}})");
        return;
    }
    const std::string& kind = json.items().begin().key();
    const std::string kind_path = child_path(path, kind);
    if (!require_type(json[kind], kind_path, Json::value_t::object)) return;
    Check check{kind, {}, {}};
    read_params(json[kind], kind_path, check);
    scenario_.checks.push_back(check);
    if (!known_.check_problems) return;
    for (const auto& problem : known_.check_problems(kind, check.params)) {
        const bool is_given = json[kind].contains(problem.param);
        document_.report(is_given ? child_path(kind_path, problem.param) : kind_path, problem.message, problem.hint,
                         Document::At::key);
    }
}

void Reader::read_params(const Json& json, const std::string& path, Check& check) {
    for (const auto& [name, value] : json.items()) {
        check.params[name] = parameter(value, child_path(path, name));
        check.written[name] = value.is_string() ? value.get<std::string>() : check.params[name];
    }
}

std::string Reader::parameter(const Json& value, const std::string& path) {
    if (value.is_number() || value.is_boolean()) return value.dump();
    if (!require_type(value, path, Json::value_t::string)) return {};
    const auto replaced = replace_references(value.get<std::string>(), scenario_.versions);
    if (replaced.unknown) {
        document_.report(path, fmt::format("nothing is known by the name ${{{}}}", *replaced.unknown),
                         "known is ${versions.NAME} for each component in \"versions\"");
    }
    return replaced.text;
}

}  // namespace crib::scenario
