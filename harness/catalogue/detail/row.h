#pragma once
// Row: a JSON object of a catalogue file with the place where it stands, so that each complaint names it.

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::catalogue {

class Row {
public:
    Row(const nlohmann::json& value, std::string place) : value_(&value), place_(std::move(place)) {}

    // Another key than these is a mistake.
    void allow(const std::vector<std::string>& keys) const;

    [[nodiscard]] bool has(const char* key) const { return value_->contains(key); }
    [[nodiscard]] Row at(const char* key) const;
    [[nodiscard]] std::vector<Row> rows(const char* key) const;  // none when the key is missing
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string text(const char* key) const { return at(key).text(); }
    [[nodiscard]] std::string text_or(const char* key, std::string fallback) const;
    [[nodiscard]] bool flag(const char* key) const;
    [[nodiscard]] unsigned number() const;
    [[nodiscard]] std::vector<std::string> texts(const char* key) const;
    [[nodiscard]] std::map<std::string, Row> members() const;
    // Error(component) with the place.
    [[noreturn]] void fail(const std::string& what) const;

private:
    const nlohmann::json* value_;
    std::string place_;
};

// The file as JSON. Error(component) when it is not.
[[nodiscard]] nlohmann::json read_json(const std::filesystem::path& file);

}  // namespace crib::catalogue
