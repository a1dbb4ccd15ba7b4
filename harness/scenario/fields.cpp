#include "harness/scenario/fields.h"

#include "harness/base/size_limit.h"
#include "harness/base/text.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace crib::scenario {

using Json = nlohmann::json;

bool has_control_characters(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

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
        if (document_.has_many_mistakes()) {
            document_.report(child_path(path, key), fmt::format("unknown key \"{}\"", key), {}, Document::At::key);
            continue;
        }
        const auto meant = other == others.end() ? nearest(key, keys) : other->second;
        if (meant) misspelt_.insert(child_path(path, *meant));
        document_.report(child_path(path, key), fmt::format("unknown key \"{}\"", key),
                         meant ? fmt::format("did you mean \"{}\"?", *meant) : "known are: " + join(keys, ", "),
                         Document::At::key);
    }
}

std::size_t Fields::count_of(const Json& value, const std::string& path, const std::string& what, std::size_t most) {
    if (value.size() > most)
        document_.report(path, fmt::format("{} {} are more than there may be, {}", value.size(), what, most));
    return std::min(value.size(), most);
}

bool Fields::require_length(const std::string& text, const std::string& path, std::size_t most) {
    if (text.size() <= most) return true;
    document_.report(path, fmt::format("is too long: it has {} bytes, and may have {}", text.size(), most));
    return false;
}

bool Fields::require_type(const Json& value, const std::string& path, Json::value_t type) {
    const bool both_numbers = type == Json::value_t::number_integer && value.is_number_integer();
    if (value.type() == type || both_numbers) return true;
    const Json given = as_typed(value, path);
    const bool both_kinds_of_number = type == Json::value_t::number_integer && given.is_number();
    const std::string wanted = type == Json::value_t::number_integer ? "a whole number" : type_name(Json(type));
    document_.report(
        path, fmt::format("must be {}, but is {}", wanted, both_kinds_of_number ? given.dump() : type_name(given)));
    return false;
}

// A --set keeps as a text what may be meant as one: "1.10" of a version, and all that replaces a text.
Json Fields::as_typed(const Json& value, const std::string& path) const {
    if (!value.is_string()) return value;
    const auto& text = value.get_ref<const std::string&>();
    if (!document_.is_typed(path, text)) return value;
    const auto digits = std::min(text.find_first_not_of('0'), text.size());
    const bool is_padded = digits > 0 && digits < text.size();  // "04", which JSON has no number of
    auto parsed = Json::parse(is_padded ? text.substr(digits) : text, nullptr, false);
    const bool is_rounded = parsed.is_number_float() && text.find_first_not_of("0123456789") == std::string::npos;
    return (parsed.is_number() && !is_rounded) || parsed.is_boolean() ? parsed : value;
}

bool Fields::require_known(const std::string& value, const std::string& path, const std::string& what,
                           const Names& on_offer, Document::At at) {
    if (on_offer.empty() || std::find(on_offer.begin(), on_offer.end(), value) != on_offer.end()) return true;
    document_.report(path, fmt::format("unknown {} \"{}\"", what, value),
                     document_.has_many_mistakes() ? "" : on_offer_hint(value, on_offer), at);
    return false;
}

std::optional<std::string> Fields::expand(const std::string& text, const std::string& path, const Kept& kept) {
    const auto replaced = replace_facts(text, facts_, kept);
    if (replaced.too_long) {
        document_.report(path, "is far too long with its references replaced");
        return std::nullopt;
    }
    if (!replaced.unknown) {
        const auto added = replaced.text.size() - std::min(replaced.text.size(), text.size());
        return require_few_replaced(added, path) ? std::optional(replaced.text) : std::nullopt;
    }
    if (replaced.closed) {
        report_unknown(*replaced.unknown, path);
    } else {
        document_.report_in(path, "${" + *replaced.unknown, "the brace of a ${ is not closed",
                            "a reference is ${NAME}");
    }
    return std::nullopt;
}

// Told once: the rest of the scenario is not read any further then.
bool Fields::require_few_replaced(std::size_t added, const std::string& path) {
    const bool was_few = replaced_ <= kMostReplaced;
    replaced_ += added;
    if (replaced_ <= kMostReplaced) return true;
    if (was_few) document_.report(path, "the references up to here stand for more text than a scenario can have");
    return false;
}

void Fields::report_unknown(const std::string& name, const std::string& path) {
    const auto what = fmt::format("nothing is known by the name ${{{}}}", name);
    const auto part = "${" + name + "}";
    if (facts_.empty()) {
        return document_.report_in(path, part, what,
                                   "nothing can be referred to here: only \"parameters\" are read before it, and there "
                                   "are none");
    }
    if (document_.has_many_mistakes()) return document_.report_in(path, part, what);
    constexpr std::size_t most = 12;
    Names names;
    for (const auto& [known, value] : facts_) names.push_back(known);
    const Names some(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most)));
    const auto meant = nearest(name, names);
    document_.report_in(path, part, what,
                        meant ? fmt::format("did you mean ${{{}}}?", *meant)
                              : "known here are: " + join(some, ", ") + (names.size() > most ? " ..." : ""));
}

Json Fields::resolved(const Json& value, const std::string& path, bool& failed) {
    if (!value.is_string() || value.get_ref<const std::string&>().find("${") == std::string::npos) {
        return as_typed(value, path);
    }
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
    auto text = expand(value.get<std::string>(), place);
    return text && require_length(*text, place, kLongestText) ? text : std::nullopt;
}

std::string Fields::line(const Json& object, const std::string& path, const std::string& key, std::size_t most) {
    const auto text = this->text(object, path, key, false);
    if (!text) return {};
    const auto place = child_path(path, key);
    if (!require_length(*text, place, most)) return {};
    if (has_control_characters(*text)) document_.report(place, "is a text of one line, without control characters");
    return *text;
}

std::optional<long long> Fields::integer(const Json& object, const std::string& path, const std::string& key) {
    if (!object.contains(key)) return std::nullopt;
    const std::string place = child_path(path, key);
    bool failed = false;
    const Json value = resolved(object[key], place, failed);
    if (failed || !require_moderate(value, place) || !require_type(value, place, Json::value_t::number_integer)) {
        return std::nullopt;
    }
    return value.get<long long>();
}

// JSON has a number that is too large for a whole one as a fraction, and a flag has it as a text.
bool Fields::require_moderate(const Json& value, const std::string& path) {
    constexpr long long kLargest = 1'000'000'000;
    const auto* text = value.get_ptr<const std::string*>();
    const bool is_long = text != nullptr && document_.comes_from_flag(path) && !text->empty() &&
                         text->find_first_not_of("0123456789") == std::string::npos;
    const bool is_far = value.is_number() && std::abs(value.get<double>()) > static_cast<double>(kLargest);
    if (!is_long && !is_far) return true;
    const bool is_negative = is_far && value.get<double>() < 0;
    document_.report(path, fmt::format("{} is out of range: {} {}", is_long ? *text : value.dump(),
                                       is_negative ? "at least" : "at most", is_negative ? -kLargest : kLargest));
    return false;
}

std::optional<bool> Fields::boolean(const Json& object, const std::string& path, const std::string& key) {
    if (!object.contains(key)) return std::nullopt;
    const std::string place = child_path(path, key);
    bool failed = false;
    const Json value = resolved(object[key], place, failed);
    if (failed || !require_type(value, place, Json::value_t::boolean)) return std::nullopt;
    return value.get<bool>();
}

std::optional<ByteSize> Fields::size(const Json& object, const std::string& path, const std::string& key,
                                     ByteSize most) {
    const auto given = text(object, path, key, false);
    if (!given) return std::nullopt;
    const auto size = ByteSize::parse(*given);
    if (is_too_large_a_size(*given)) {
        document_.report(child_path(path, key),
                         fmt::format("{} is too large: a node may have {}", *given, to_string(most)));
    } else if (!size) {
        document_.report(child_path(path, key), fmt::format("\"{}\" is not an amount of {}", *given, key),
                         "an amount is like 2300MiB or 4GiB");
    }
    return size;
}

std::vector<std::pair<std::string, std::string>> Fields::texts(const Json& object, const std::string& path,
                                                               const std::string& key, std::size_t most) {
    std::vector<std::pair<std::string, std::string>> found;
    const auto place = child_path(path, key);
    if (!object.contains(key) || !require_type(object[key], place, Json::value_t::array)) return found;
    const auto count = count_of(object[key], place, key, most);
    for (std::size_t i = 0; i < count; ++i) {
        const auto element = child_path(place, i);
        if (!require_type(object[key][i], element, Json::value_t::string)) continue;
        auto text = expand(object[key][i].get<std::string>(), element);
        if (text && require_length(*text, element, kLongestText)) found.emplace_back(std::move(*text), element);
    }
    return found;
}

std::optional<std::string> Fields::plain_scalar(const Json& value, const std::string& path) {
    if (!value.is_number_float()) return value.dump();
    document_.report(path, fmt::format("is a number that is not kept as it is written: it would be {}", value.dump()),
                     "write it in quotes, as the text that it is to be");
    return std::nullopt;
}

std::optional<std::string> Fields::scalar(const Json& value, const std::string& path, const Kept& kept) {
    if (value.is_number() || value.is_boolean()) return plain_scalar(value, path);
    if (!require_type(value, path, Json::value_t::string)) return std::nullopt;
    auto text = expand(value.get<std::string>(), path, kept);
    return text && require_length(*text, path, kLongestText) ? text : std::nullopt;
}

}  // namespace crib::scenario
