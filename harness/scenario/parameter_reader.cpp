#include "harness/base/text.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

const std::vector<std::string> kParameterKeys = {"default", "about", "values"};

bool is_parameter_name(const std::string& name) {
    return !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
           std::all_of(name.begin(), name.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

void check_name(Reading& reading, const std::string& name, const std::string& path) {
    if (!is_parameter_name(name)) {
        reading.document.report(path, fmt::format("\"{}\" cannot be the name of a parameter", name),
                                "a letter, then letters, digits, - and _", Document::At::key);
    }
    reading.fields.require_length(name, path, kLongestName);
    const auto& keys = scenario_keys();
    if (std::find(keys.begin(), keys.end(), name) != keys.end()) {
        reading.document.report(path, fmt::format("a parameter cannot be called \"{}\"", name),
                                fmt::format("--set {}=... is of the scenario's own key", name), Document::At::key);
    }
}

// No references: a parameter is what others refer to.
std::optional<std::string> plain_value(Reading& reading, const Json& value, const std::string& path) {
    if (value.is_number() || value.is_boolean()) return reading.fields.plain_scalar(value, path);
    if (!reading.fields.require_type(value, path, Json::value_t::string) ||
        !reading.fields.require_length(value.get_ref<const std::string&>(), path, kLongestText)) {
        return std::nullopt;
    }
    if (value.get_ref<const std::string&>().find("${") == std::string::npos) return value.get<std::string>();
    reading.document.report_in(path, "${", "a parameter's value cannot refer to something else");
    return std::nullopt;
}

std::vector<std::string> read_values(Reading& reading, const Json& json, const std::string& path) {
    std::vector<std::string> values;
    const auto place = child_path(path, "values");
    if (!json.contains("values") || !reading.fields.require_type(json["values"], place, Json::value_t::array))
        return {};
    const auto count = reading.fields.count_of(json["values"], place, "values", kMostValues);
    for (std::size_t i = 0; i < count; ++i) {
        if (const auto value = plain_value(reading, json["values"][i], child_path(place, i))) values.push_back(*value);
    }
    if (json["values"].empty()) reading.document.report(place, "the list is empty: no value could be chosen");
    return values;
}

void read_parameter(Reading& reading, const std::string& name, const Json& json, const std::string& path) {
    check_name(reading, name, path);
    reading.fields.define("parameters." + name, "");  // known, whatever is wrong with it
    if (!reading.fields.require_type(json, path, Json::value_t::object)) return;
    reading.fields.check_keys(json, path, kParameterKeys);
    if (json.contains("about") &&
        reading.fields.require_type(json["about"], child_path(path, "about"), Json::value_t::string)) {
        const auto& about = json["about"].get_ref<const std::string&>();
        reading.fields.require_length(about, child_path(path, "about"), kLongestLine);
    }
    const auto values = read_values(reading, json, path);
    if (!json.contains("default")) {
        reading.document.report(path, fmt::format("the parameter \"{}\" has no value", name),
                                fmt::format("give it a \"default\", or --set {}=VALUE", name));
        return;
    }
    const auto place = child_path(path, "default");
    const auto value = plain_value(reading, json["default"], place);
    if (!value) return;
    reading.fields.require_known(*value, place, "value of " + name, values);
    reading.scenario.parameters[name] = *value;
    reading.fields.define("parameters." + name, *value);
}

}  // namespace

void read_parameters(Reading& reading) {
    const auto* parameters = reading.top("parameters", Json::value_t::object);
    if (parameters == nullptr) return;
    auto left = reading.fields.count_of(*parameters, "$.parameters", "parameters", kMostParameters);
    for (const auto& [name, json] : parameters->items()) {
        if (left-- == 0) break;
        read_parameter(reading, name, json, child_path("$.parameters", name));
    }
}

}  // namespace crib::scenario
