#pragma once
// Schema: the published JSON Schema (draft-07) of scenario files: checks a scenario against it, and explains its keys.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace crib::scenario {

// What the NAME in a key stands for, where not anything goes: by key, "versions.NAME" to the components.
struct NamesOnOffer {
    std::string what;  // "component"
    std::vector<std::string> names;
};
using KnownNames = std::map<std::string, NamesOnOffer>;

class Schema {
public:
    // Error(environment) naming the file when it cannot be read or is no schema.
    explicit Schema(const std::filesystem::path& file);
    ~Schema();
    Schema(Schema&&) noexcept;
    Schema& operator=(Schema&&) = delete;

    struct Finding {
        std::string path;  // "$.nodes[0].memory"
        std::string message;
    };
    // What does not fit it in a scenario's JSON text, the innermost values only.
    [[nodiscard]] std::vector<Finding> findings(const std::string& json) const;

    [[nodiscard]] const std::string& text() const;  // of the file

    // Every key that there may be: "nodes.memory"; NAME stands for any name: "versions.NAME".
    [[nodiscard]] std::vector<std::string> fields() const;

    // What the schema says of a key, several lines; of an empty one, of the whole scenario. Error(usage) with the
    // nearest for an unknown key or name.
    [[nodiscard]] std::string explain(const std::string& field, const KnownNames& known = {}) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace crib::scenario
