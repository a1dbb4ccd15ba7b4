#pragma once
// Reads the JSON of the component table. Every complaint names the file and the place in it.

#include "harness/base/error.h"
#include "harness/base/json_place.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace crib::component::detail {

// A JSON object with the place where it stands, so that each complaint names it.
class Node {
public:
    Node(const nlohmann::json& value, std::string place) : value_(value), place_(std::move(place)) {}

    void allow(const std::vector<std::string>& keys) const {
        if (!value_.is_object()) fail("must be an object");
        for (const auto& [key, unused] : value_.items()) {
            if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
            const auto near = nearest(key, keys);
            fail(fmt::format("unknown key \"{}\"{}", key, near ? fmt::format(", did you mean \"{}\"?", *near) : ""));
        }
    }
    [[nodiscard]] bool has(const char* key) const { return value_.contains(key); }

    [[nodiscard]] Node at(const char* key) const {
        if (!has(key)) fail(fmt::format("key \"{}\" is missing", key));
        return {value_.at(key), place_ + "/" + key};
    }
    [[nodiscard]] std::string text() const {
        if (!value_.is_string()) fail("must be a string");
        return value_.get<std::string>();
    }
    [[nodiscard]] std::string text(const char* key) const { return at(key).text(); }
    [[nodiscard]] std::string text_or(const char* key, std::string fallback) const {
        return has(key) ? text(key) : std::move(fallback);
    }
    [[nodiscard]] bool flag_or(const char* key, bool fallback) const {
        if (!has(key)) return fallback;
        if (!value_.at(key).is_boolean()) at(key).fail("must be true or false");
        return value_.at(key).get<bool>();
    }
    template <typename Parse>
    [[nodiscard]] auto list(const char* key, Parse parse) const {
        std::vector<decltype(parse(*this))> found;
        if (!has(key)) return found;
        const nlohmann::json& items = value_.at(key);
        if (!items.is_array()) at(key).fail("must be an array");
        for (std::size_t i = 0; i < items.size(); ++i) {
            found.push_back(parse(Node(items[i], fmt::format("{}/{}/{}", place_, key, i))));
        }
        return found;
    }
    [[nodiscard]] std::vector<std::string> texts(const char* key) const {
        return list(key, [](const Node& node) { return node.text(); });
    }
    [[nodiscard]] std::map<std::string, std::string> text_map(const char* key) const {
        std::map<std::string, std::string> found;
        if (!has(key)) return found;
        if (!value_.at(key).is_object()) at(key).fail("must be an object");
        for (const auto& [name, unused] : value_.at(key).items()) found[name] = at(key).text(name.c_str());
        return found;
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorKind::component, fmt::format("{}: {}", place_, what),
                    "fixtures/components/README.md describes the keys");
    }

private:
    const nlohmann::json& value_;
    std::string place_;
};

// Error(component) that names `file`.
inline nlohmann::json json_of(const std::string& text, const std::string& file) {
    try {
        return parse_json<nlohmann::json>(text);
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::component, fmt::format("{}: {}", file, fault.what()));
    }
}

}  // namespace crib::component::detail
