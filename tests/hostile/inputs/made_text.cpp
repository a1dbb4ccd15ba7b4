#include "tests/hostile/inputs/made_text.h"

#include "harness/base/file.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace crib::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string numbered(std::string text, std::size_t number) {
    for (auto at = text.find("{}"); at != std::string::npos; at = text.find("{}", at)) {
        text.replace(at, 2, std::to_string(number));
    }
    return text;
}

Json numbered(const Json& json, std::size_t number) {
    if (json.is_string()) return numbered(json.get<std::string>(), number);
    if (json.is_array()) {
        Json list = Json::array();
        for (const auto& one : json) list.push_back(numbered(one, number));
        return list;
    }
    if (!json.is_object()) return json;
    Json object = Json::object();
    for (const auto& [key, value] : json.items()) object[numbered(key, number)] = numbered(value, number);
    return object;
}

std::string repeated(const Json& json) {
    const auto piece = json.at("repeat").get<std::string>();
    std::string text = json.value("before", "");
    for (auto left = json.at("times").get<std::size_t>(); left > 0; --left) text += piece;
    return text + json.value("after", "");
}

std::string bytes_of(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
}

// A scenario of crib's own with some things else. The nested object `with` has JSON pointers: "/nodes/0/name".
std::string changed(const Json& json) {
    const fs::path root = CRIB_SOURCE_DIR;
    auto scenario = Json::parse(read_file(root / "scenarios" / json.at("from").get<std::string>()));
    const auto changes = json.value("with", Json::object());
    for (const auto& [pointer, value] : changes.items()) {
        scenario[Json::json_pointer(pointer)] = expanded(value);
    }
    const auto more = expanded(json.value("more", Json::object()));
    std::string text = scenario.dump(1);
    if (more.empty()) return text;
    const auto added = more.dump();
    text.resize(text.rfind('}'));
    return text + "," + added.substr(1);
}

}  // namespace

Json expanded(const Json& described) {
    if (described.is_array()) {
        Json list = Json::array();
        for (const auto& one : described) list.push_back(expanded(one));
        return list;
    }
    if (!described.is_object()) return described;
    if (described.contains("times")) {
        if (described.contains("repeat")) return repeated(described);
        const auto times = described.at("times").get<std::size_t>();
        if (described.contains("items")) {
            Json list = Json::array();
            for (std::size_t i = 0; i < times; ++i) list.push_back(numbered(described.at("items"), i));
            return list;
        }
        Json object = Json::object();
        auto& members = object.get_ref<Json::object_t&>();  // an ordered object looks for each key from its beginning
        const auto key = described.at("keys").get<std::string>();
        for (std::size_t i = 0; i < times; ++i) {
            members.emplace_back(numbered(key, i), numbered(described.at("value"), i));
        }
        return object;
    }
    Json object = Json::object();
    for (const auto& [key, value] : described.items()) object[key] = expanded(value);
    return object;
}

bool is_text(const Json& described) {
    if (described.is_string()) return true;
    constexpr std::array<const char*, 5> kForms{"json", "from", "repeat", "hex", "pieces"};
    return std::any_of(kForms.begin(), kForms.end(), [&](const char* form) { return described.contains(form); });
}

std::string made_text(const Json& described) {
    if (described.is_string()) return described.get<std::string>();
    if (described.contains("json")) return expanded(described.at("json")).dump();
    if (described.contains("from")) return changed(described);
    if (described.contains("repeat")) return repeated(described);
    if (described.contains("hex")) return bytes_of(described.at("hex"));
    if (!described.contains("pieces")) throw std::runtime_error("no such form of a text: " + described.dump());
    std::string text;
    for (const auto& piece : described.at("pieces")) text += made_text(piece);
    return text;
}

}  // namespace crib::test
