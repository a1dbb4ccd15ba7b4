#include "harness/catalogue/detail/row.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/json_place.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::catalogue {

void Row::allow(const std::vector<std::string>& keys) const {
    if (!value_->is_object()) fail("must be an object");
    for (const auto& [key, unused] : value_->items()) {
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        const auto near = nearest(key, keys);
        fail(fmt::format("unknown key \"{}\"{}", key, near ? fmt::format(", did you mean \"{}\"?", *near) : ""));
    }
}

Row Row::at(const char* key) const {
    if (!value_->is_object() || !has(key)) fail(fmt::format("key \"{}\" is missing", key));
    return {value_->at(key), place_ + "/" + key};
}

std::vector<Row> Row::rows(const char* key) const {
    std::vector<Row> found;
    if (!has(key)) return found;
    const auto& items = value_->at(key);
    if (!items.is_array()) at(key).fail("must be an array");
    for (std::size_t i = 0; i < items.size(); ++i)
        found.emplace_back(items[i], fmt::format("{}/{}/{}", place_, key, i));
    return found;
}

std::string Row::text() const {
    if (!value_->is_string()) fail("must be a string");
    return value_->get<std::string>();
}

std::string Row::text_or(const char* key, std::string fallback) const {
    return has(key) ? text(key) : std::move(fallback);
}

bool Row::flag(const char* key) const {
    const auto row = at(key);
    if (!row.value_->is_boolean()) row.fail("must be true or false");
    return row.value_->get<bool>();
}

unsigned Row::number() const {
    if (!value_->is_number_unsigned()) fail("must be a whole number");
    return value_->get<unsigned>();
}

std::vector<std::string> Row::texts(const char* key) const {
    std::vector<std::string> found;
    for (const auto& row : rows(key)) found.push_back(row.text());
    return found;
}

std::map<std::string, Row> Row::members() const {
    if (!value_->is_object()) fail("must be an object");
    std::map<std::string, Row> found;
    for (const auto& [key, value] : value_->items()) found.emplace(key, Row(value, place_ + "/" + key));
    return found;
}

void Row::fail(const std::string& what) const {
    throw Error(ErrorKind::component, fmt::format("{}: {}", place_, what),
                "fixtures/catalogue/README.md describes the keys");
}

nlohmann::json read_json(const std::filesystem::path& file) {
    constexpr std::uint64_t kLargest = 4U << 20U;
    try {
        return parse_json<nlohmann::json>(read_file(file, kLargest));
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::component, fmt::format("{}: {}", file.string(), fault.what()));
    }
}

}  // namespace crib::catalogue
