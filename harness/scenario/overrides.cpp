#include "harness/scenario/overrides.h"

#include "harness/base/text.h"
#include "harness/scenario/path_segments.h"
#include "harness/scenario/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

// What a file's text is asked for, too.
std::string problem_with_value(const Json& value, unsigned depth = 0) {
    constexpr unsigned kDeepest = 64;
    const auto has_zero_byte = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    if (depth > kDeepest) return "the value is nested more than 64 levels deep";
    bool has_one = value.is_string() && has_zero_byte(value.get_ref<const std::string&>());
    for (auto member = value.begin(); !value.is_primitive() && member != value.end(); ++member) {
        if (auto problem = problem_with_value(*member, depth + 1); !problem.empty()) return problem;
        has_one = has_one || (value.is_object() && has_zero_byte(member.key()));
    }
    return has_one ? "no text and no key can hold a zero byte" : "";
}

std::optional<std::size_t> number_in(const std::string& text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// In brackets a number comes first, else a name does. No node may be called "42", but one that is called so is found
// all the same: what is wrong is its name, which is told, and not that there is no such element.
std::optional<std::size_t> find_element(const Json& list, const Segment& segment) {
    auto number = number_in(segment.name);
    if (number && *number >= list.size()) number.reset();
    if (number && segment.in_brackets) return number;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].is_object() && list[i].value("name", Json()) == Json(segment.name)) return i;
    }
    return number;
}

std::string elements_on_offer(const std::string& given, const Json& list) {
    std::vector<std::string> names;
    for (const auto& element : list) {
        if (element.is_object() && element.contains("name") && element["name"].is_string()) {
            names.push_back(element["name"].get<std::string>());
        }
    }
    const auto meant = nearest(given, names);
    if (!names.empty()) return (meant ? "did you mean \"" + *meant + "\"? " : "") + "there are " + join(names, ", ");
    return list.empty() ? "the list is empty" : fmt::format("there are 0 to {}", list.size() - 1);
}

// Numbers, true, false, null and whole JSON texts are what they look like; all else, and all that replaces a
// text, is text: a version 1.36 is no number.
Json value_of(const std::string& text, const Json& replaced) {
    if (replaced.is_string()) return text;
    if (text == "true") return true;
    if (text == "false") return false;
    if (text == "null") return nullptr;
    if (!text.empty() && (text[0] == '[' || text[0] == '{' || text[0] == '"')) return Json::parse(text);
    const bool has_leading_zeros = text.size() > 1 && text.front() == '0';  // as no number of JSON has: a label's 007
    if (const auto number = number_in(text); number && !has_leading_zeros) return *number;
    return text;
}

// Of "mutations[0].run": a text or a list of its lines, whichever of them it replaces.
bool is_script(const Segments& segments) {
    return segments.size() == 3 && segments[0].name == "mutations" && segments[2].name == "run";
}

Json script_of(const std::string& text, const Json& replaced) {
    if (text.starts_with('"')) return value_of(text, replaced);
    const auto lines = Json::parse(text, nullptr, false);
    const bool is_list =
        lines.is_array() && std::ranges::all_of(lines, [](const Json& one) { return one.is_string(); });
    return is_list ? lines : Json(text);
}

// A parameter is set by its name alone, or as parameters.NAME: what changes is its default.
Segments where_it_leads(const Json& root, Segments segments) {
    const bool is_declared = root.contains("parameters") && root["parameters"].is_object();
    const auto has = [&](const std::string& name) {
        return is_declared && root["parameters"].contains(name) && root["parameters"][name].is_object();
    };
    if (segments.size() == 1 && has(segments[0].name)) return {{"parameters"}, segments[0], {"default"}};
    if (segments.size() == 2 && segments[0].name == "parameters" && has(segments[1].name)) {
        segments.push_back({"default"});
    }
    return segments;
}

std::vector<std::string> parameters_of(const Json& root) {
    std::vector<std::string> names;
    if (!root.contains("parameters") || !root["parameters"].is_object()) return names;
    for (const auto& [name, parameter] : root["parameters"].items()) names.push_back(name);
    return names;
}

// A name that is neither a key nor a declared parameter is told here: only a --set can mean either.
bool means_something(Document& document, const std::string& set, const Segments& segments, const std::string& value) {
    const auto& root = document.root();
    const auto parameters = parameters_of(root);
    const auto refuse = [&](const std::string& message, const std::string& name, std::vector<std::string> words,
                            const std::string& all) {
        const auto meant = nearest(name, words);
        document.report_set(set, message, meant ? fmt::format("did you mean \"{}\"?", *meant) : all);
        return false;
    };
    const bool declares = !value.empty() && value.front() == '{';
    if (segments.size() == 2 && segments[0].name == "parameters" && !declares &&
        std::ranges::count(parameters, segments[1].name) == 0) {
        return refuse(fmt::format("there is no parameter \"{}\"", segments[1].name), segments[1].name, parameters,
                      parameters.empty() ? "this scenario has none" : "there are " + join(parameters, ", "));
    }
    const auto& keys = scenario_keys();
    const bool may_be_a_parameter = segments.size() == 1 && !segments[0].name.empty() && !parameters.empty();
    if (!may_be_a_parameter || std::ranges::count(parameters, segments[0].name) > 0 ||
        std::ranges::count(keys, segments[0].name) > 0) {
        return true;
    }
    auto words = parameters;
    words.insert(words.end(), keys.begin(), keys.end());
    return refuse(fmt::format("there is no parameter and no key \"{}\"", segments[0].name), segments[0].name, words,
                  fmt::format("parameters are: {}; keys are: {}", join(parameters, ", "), join(keys, ", ")));
}

// Where a path leads in what there is; nothing is made on the way.
struct Way {
    std::string path;                // "$.nodes[1].count"
    std::vector<std::size_t> index;  // of each segment: which element of a list, if it is one
    const Json* value = nullptr;     // what is there; nothing: nothing yet
    std::string problem;             // why it leads nowhere; empty: it does not
    std::string hint;
};

Way dead_end(std::string problem, std::string hint = {}) {
    return {{}, {}, nullptr, std::move(problem), std::move(hint)};
}

Way way_along(const Json& root, const Segments& segments) {
    Way way{"$", {}, nullptr, {}, {}};
    const Json* at = &root;
    for (const auto& segment : segments) {
        const auto& [name, in_brackets] = segment;
        way.index.push_back(0);
        if (name.empty()) return dead_end("a name in the path is empty");
        if (at != nullptr && at->is_array()) {
            const auto index = find_element(*at, segment);
            if (!index) {
                return dead_end(fmt::format("{} has no element \"{}\"", way.path, name), elements_on_offer(name, *at));
            }
            way.index.back() = *index;
            way.path = child_path(way.path, *index);
            at = &(*at)[*index];
        } else if (at == nullptr || at->is_null()) {
            if (in_brackets && number_in(name)) {
                return dead_end(fmt::format("there is no list {} to have an element {}", way.path, name),
                                fmt::format("give the whole list: --set '{}=[...]'", way.path.substr(2)));
            }
            way.path = child_path(way.path, name);
            at = nullptr;
        } else if (at->is_object()) {
            way.path = child_path(way.path, name);
            const auto member = at->find(name);
            at = member == at->end() ? nullptr : &*member;
        } else {
            return dead_end(fmt::format("{} is a single value: there is no \"{}\" in it", way.path, name));
        }
    }
    way.value = at;
    return way;
}

// Where a set of this path leads; nothing where it leads nowhere.
std::string place_of(const Json& root, const std::string& path) {
    const auto segments = segments_of(path);
    return segments ? way_along(root, where_it_leads(root, *segments)).path : "";
}

void put(Json& root, const Segments& segments, const Way& way, Json value) {
    Json* at = &root;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        at = at->is_array() ? &(*at)[way.index[i]] : &(*at)[segments[i].name];
    }
    *at = std::move(value);
}

}  // namespace

void apply_set(Document& document, const std::string& set, const std::filesystem::path& folder) {
    if (!is_valid_utf8(set)) return document.report_set(set, "is not UTF-8");
    const auto equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
        document.report_set(set, "is not PATH=VALUE", "for example --set versions.kubernetes=1.36.3");
        return;
    }
    const auto segments = segments_of(set.substr(0, equals));
    if (!segments) {
        return document.report_set(set, fmt::format("a bracket of {} stands alone", set.substr(0, equals)),
                                   "for example --set 'nodes[0].memory=4GiB'");
    }
    if (!means_something(document, set, *segments, set.substr(equals + 1))) return;
    const auto leads = where_it_leads(document.root(), *segments);
    const auto way = way_along(document.root(), leads);
    if (!way.problem.empty()) return document.report_set(set, way.problem, way.hint);
    try {
        const Json replaced = way.value == nullptr ? Json() : *way.value;
        const auto text = set.substr(equals + 1);
        auto value = is_script(leads) ? script_of(text, replaced) : value_of(text, replaced);
        if (const auto problem = problem_with_value(value); !problem.empty()) {
            return document.report_set(set, problem, {}, Document::At::value);
        }
        put(document.root(), leads, way, std::move(value));
        document.blame(way.path, set, folder);
    } catch (const Json::exception&) {  // or a number that is too large
        document.report_set(set, "the value looks like JSON but is not valid", "put it in single quotes for the shell",
                            Document::At::value);
    }
}

bool is_taken_away(const Json& root, const std::string& path, const std::string& later) {
    const auto place = place_of(root, path);
    const auto other = place_of(root, later);
    return !place.empty() && !other.empty() && is_at_or_below(place, other);
}

std::vector<Overlap> overlaps_in(const nlohmann::json& root, const std::vector<std::string>& paths) {
    std::vector<Overlap> found;
    std::vector<std::string> places;
    std::map<std::string, std::string> by_place;  // "$.nodes[1].count" to the first path that leads there
    for (const auto& path : paths) {
        places.push_back(place_of(root, path));
        if (places.back().empty()) continue;  // it leads nowhere, which is told
        const auto [first, is_new] = by_place.emplace(places.back(), path);
        if (!is_new) found.push_back({path, first->second, true});
    }
    for (std::size_t i = 0; i < paths.size(); ++i) {
        auto around = places[i];
        while (around.size() > 1) {
            around.erase(around.find_last_of(".["));
            const auto other = by_place.find(around);
            if (other != by_place.end() && other->second > paths[i]) found.push_back({paths[i], other->second, false});
        }
    }
    return found;
}

}  // namespace crib::scenario
