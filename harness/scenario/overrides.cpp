#include "harness/scenario/overrides.h"

#include "harness/base/text.h"
#include "harness/scenario/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

// "nodes[0].memory" to nodes, 0, memory. Nothing where a bracket stands alone.
std::optional<std::vector<std::string>> segments_of(const std::string& path) {
    std::vector<std::string> segments;
    for (const auto& part : split(path, '.')) {
        const auto pieces = split(part, '[');
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const auto close = pieces[i].find(']');
            const bool is_closed = close != std::string::npos && close + 1 == pieces[i].size();
            if (i == 0 ? close != std::string::npos : !is_closed) return std::nullopt;
            segments.push_back(pieces[i].substr(0, close));
        }
    }
    return segments;
}

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

std::optional<std::size_t> find_element(const Json& list, const std::string& segment) {
    if (const auto number = number_in(segment)) {
        return *number < list.size() ? number : std::nullopt;
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].is_object() && list[i].value("name", Json()) == Json(segment)) return i;
    }
    return std::nullopt;
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

// Numbers, true, false and whole JSON texts are what they look like; all else, and all that replaces a
// text, is text: a version 1.36 is no number.
Json value_of(const std::string& text, const Json& replaced) {
    if (replaced.is_string()) return text;
    if (text == "true") return true;
    if (text == "false") return false;
    if (!text.empty() && (text[0] == '[' || text[0] == '{' || text[0] == '"')) return Json::parse(text);
    if (const auto number = number_in(text)) return *number;
    return text;
}

// A parameter is set by its name alone, or as parameters.NAME: what changes is its default.
std::vector<std::string> where_it_leads(const Json& root, std::vector<std::string> segments) {
    const bool is_declared = root.contains("parameters") && root["parameters"].is_object();
    const auto has = [&](const std::string& name) {
        return is_declared && root["parameters"].contains(name) && root["parameters"][name].is_object();
    };
    if (segments.size() == 1 && has(segments[0])) return {"parameters", segments[0], "default"};
    if (segments.size() == 2 && segments[0] == "parameters" && has(segments[1])) segments.emplace_back("default");
    return segments;
}

std::vector<std::string> parameters_of(const Json& root) {
    std::vector<std::string> names;
    if (!root.contains("parameters") || !root["parameters"].is_object()) return names;
    for (const auto& [name, parameter] : root["parameters"].items()) names.push_back(name);
    return names;
}

// A name that is neither a key nor a declared parameter is told here: only a --set can mean either.
bool means_something(Document& document, const std::string& set, const std::vector<std::string>& segments,
                     const std::string& value) {
    const auto& root = document.root();
    const auto parameters = parameters_of(root);
    const auto refuse = [&](const std::string& message, const std::string& name, std::vector<std::string> words,
                            const std::string& all) {
        const auto meant = nearest(name, words);
        document.report_set(set, message, meant ? fmt::format("did you mean \"{}\"?", *meant) : all);
        return false;
    };
    const bool declares = !value.empty() && value.front() == '{';
    if (segments.size() == 2 && segments[0] == "parameters" && !declares &&
        std::ranges::count(parameters, segments[1]) == 0) {
        return refuse(fmt::format("there is no parameter \"{}\"", segments[1]), segments[1], parameters,
                      parameters.empty() ? "this scenario has none" : "there are " + join(parameters, ", "));
    }
    const auto& keys = scenario_keys();
    const bool may_be_a_parameter = segments.size() == 1 && !segments[0].empty() && !parameters.empty();
    if (!may_be_a_parameter || std::ranges::count(parameters, segments[0]) > 0 ||
        std::ranges::count(keys, segments[0]) > 0) {
        return true;
    }
    auto words = parameters;
    words.insert(words.end(), keys.begin(), keys.end());
    return refuse(fmt::format("there is no parameter and no key \"{}\"", segments[0]), segments[0], words,
                  fmt::format("parameters are: {}; keys are: {}", join(parameters, ", "), join(keys, ", ")));
}

}  // namespace

void apply_set(Document& document, const std::string& set) {
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
    Json* at = &document.root();
    std::string path = "$";
    for (const auto& segment : where_it_leads(document.root(), *segments)) {
        if (segment.empty()) return document.report_set(set, "a name in the path is empty");
        if (at->is_array()) {
            const auto index = find_element(*at, segment);
            if (!index)
                return document.report_set(set, fmt::format("{} has no element \"{}\"", path, segment),
                                           elements_on_offer(segment, *at));
            path = child_path(path, *index);
            at = &(*at)[*index];
        } else if (at->is_object() || at->is_null()) {
            path = child_path(path, segment);
            at = &(*at)[segment];
        } else {
            return document.report_set(set,
                                       fmt::format("{} is a single value: there is no \"{}\" in it", path, segment));
        }
    }
    try {
        auto value = value_of(set.substr(equals + 1), *at);
        if (const auto problem = problem_with_value(value); !problem.empty()) {
            return document.report_set(set, problem, {}, Document::At::value);
        }
        *at = std::move(value);
        document.blame(path, set);
    } catch (const Json::exception&) {  // or a number that is too large
        document.report_set(set, "the value looks like JSON but is not valid", "put it in single quotes for the shell",
                            Document::At::value);
    }
}

}  // namespace crib::scenario
