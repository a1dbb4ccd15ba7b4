#include "harness/scenario/fields.h"

#include "harness/base/text.h"
#include "harness/scenario/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace crib::scenario {

using Json = nlohmann::json;

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

void Fields::check_keys(const Json& object, const std::string& path, const Names& keys, const OtherWords& others) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        const auto other = others.find(key);
        const auto meant = other == others.end() ? nearest(key, keys) : other->second;
        if (meant) misspelt_.insert(child_path(path, *meant));
        document_.report(child_path(path, key), fmt::format("unknown key \"{}\"", key),
                         meant ? fmt::format("did you mean \"{}\"?", *meant) : "known are: " + join(keys, ", "),
                         Document::At::key);
    }
}

bool Fields::require_type(const Json& value, const std::string& path, Json::value_t type) {
    const bool both_numbers = type == Json::value_t::number_integer && value.is_number_integer();
    if (value.type() == type || both_numbers) return true;
    const bool both_kinds_of_number = type == Json::value_t::number_integer && value.is_number();
    const std::string wanted = type == Json::value_t::number_integer ? "a whole number" : type_name(Json(type));
    document_.report(
        path, fmt::format("must be {}, but is {}", wanted, both_kinds_of_number ? value.dump() : type_name(value)));
    return false;
}

bool Fields::require_known(const std::string& value, const std::string& path, const std::string& what,
                           const Names& on_offer, Document::At at) {
    if (on_offer.empty() || std::find(on_offer.begin(), on_offer.end(), value) != on_offer.end()) return true;
    document_.report(path, fmt::format("unknown {} \"{}\"", what, value), on_offer_hint(value, on_offer), at);
    return false;
}

std::optional<std::string> Fields::expand(const std::string& text, const std::string& path, const Kept& kept) {
    const auto replaced = replace_facts(text, facts_, kept);
    if (!replaced.unknown) return replaced.text;
    if (!replaced.closed) {
        document_.report_in(path, "${" + *replaced.unknown, "the brace of a ${ is not closed",
                            "a reference is ${NAME}");
        return std::nullopt;
    }
    Names names;
    for (const auto& [name, value] : facts_) names.push_back(name);
    constexpr std::size_t most = 12;
    const Names some(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most)));
    const auto meant = nearest(*replaced.unknown, names);
    document_.report_in(path, "${" + *replaced.unknown + "}",
                        fmt::format("nothing is known by the name ${{{}}}", *replaced.unknown),
                        meant ? fmt::format("did you mean ${{{}}}?", *meant)
                              : "known here are: " + join(some, ", ") + (names.size() > most ? " ..." : ""));
    return std::nullopt;
}

Json Fields::resolved(const Json& value, const std::string& path, bool& failed) {
    if (!value.is_string() || value.get_ref<const std::string&>().find("${") == std::string::npos) return value;
    const auto text = expand(value.get<std::string>(), path);
    failed = !text;
    if (!text) return {};
    auto parsed = Json::parse(*text, nullptr, false);
    return parsed.is_number() || parsed.is_boolean() ? parsed : Json(*text);
}

std::optional<std::string> Fields::text(const Json& object, const std::string& path, const std::string& key,
                                        bool required) {
    if (!object.contains(key)) {
        if (required && !is_misspelt(child_path(path, key)))
            document_.report(path, fmt::format("\"{}\" is missing", key));
        return std::nullopt;
    }
    const Json& value = object[key];
    const std::string place = child_path(path, key);
    // On a command line, a text of digits looks like a number.
    if (value.is_number_integer() && document_.comes_from_flag(place)) return value.dump();
    if (!require_type(value, place, Json::value_t::string)) return std::nullopt;
    return expand(value.get<std::string>(), place);
}

std::optional<long long> Fields::integer(const Json& object, const std::string& path, const std::string& key) {
    if (!object.contains(key)) return std::nullopt;
    const std::string place = child_path(path, key);
    bool failed = false;
    const Json value = resolved(object[key], place, failed);
    if (failed || !require_type(value, place, Json::value_t::number_integer)) return std::nullopt;
    constexpr double largest = 1e9;
    if (std::abs(value.get<double>()) > largest) {
        document_.report(place, fmt::format("{} is out of range", value.dump()));
        return std::nullopt;
    }
    return value.get<long long>();
}

std::optional<bool> Fields::boolean(const Json& object, const std::string& path, const std::string& key) {
    if (!object.contains(key)) return std::nullopt;
    const std::string place = child_path(path, key);
    bool failed = false;
    const Json value = resolved(object[key], place, failed);
    if (failed || !require_type(value, place, Json::value_t::boolean)) return std::nullopt;
    return value.get<bool>();
}

std::optional<ByteSize> Fields::size(const Json& object, const std::string& path, const std::string& key) {
    const auto given = text(object, path, key, false);
    if (!given) return std::nullopt;
    const auto size = ByteSize::parse(*given);
    if (!size) {
        document_.report(child_path(path, key), fmt::format("\"{}\" is not an amount of {}", *given, key),
                         "an amount is like 2300MiB or 4GiB");
    }
    return size;
}

std::vector<std::pair<std::string, std::string>> Fields::texts(const Json& object, const std::string& path,
                                                               const std::string& key) {
    std::vector<std::pair<std::string, std::string>> found;
    const auto place = child_path(path, key);
    if (!object.contains(key) || !require_type(object[key], place, Json::value_t::array)) return found;
    for (std::size_t i = 0; i < object[key].size(); ++i) {
        const auto element = child_path(place, i);
        if (!require_type(object[key][i], element, Json::value_t::string)) continue;
        if (auto text = expand(object[key][i].get<std::string>(), element)) found.emplace_back(*text, element);
    }
    return found;
}

std::optional<std::string> Fields::scalar(const Json& value, const std::string& path, const Kept& kept) {
    if (value.is_number() || value.is_boolean()) return value.dump();
    if (!require_type(value, path, Json::value_t::string)) return std::nullopt;
    return expand(value.get<std::string>(), path, kept);
}

}  // namespace crib::scenario
