#pragma once
// Document: a scenario's JSON with its positions, the --set flags applied to it, and what was found wrong.
// Internal to scenario.

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/positions.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace crib::scenario {

class Document {
public:
    // Reports what keeps the text from being a JSON object; then root() is empty.
    Document(std::string file, const std::string& text);

    [[nodiscard]] nlohmann::json& root() { return root_; }
    [[nodiscard]] bool is_sound() const { return diagnostics_.empty(); }

    // The value at `path` and below comes from the argument of a --set.
    void blame(const std::string& path, const std::string& set);
    [[nodiscard]] bool comes_from_flag(const std::string& path) const { return flag_of(path) != nullptr; }

    enum class At { value, key };
    void report(const std::string& path, const std::string& message, const std::string& hint = {}, At at = At::value);
    void report_set(const std::string& set, const std::string& message, const std::string& hint = {});

    // In the order of the file; flags come last.
    [[nodiscard]] std::vector<Diagnostic> diagnostics() const;

private:
    struct Override {
        std::string path;
        std::string flag;
    };

    [[nodiscard]] const std::string* flag_of(const std::string& path) const;
    void report_at(std::size_t offset, const std::string& message, const std::string& hint = {});
    bool parse();

    std::string file_;
    std::string text_;
    nlohmann::json root_;
    Positions positions_;
    std::vector<Override> overrides_;
    std::vector<Diagnostic> diagnostics_;
};

}  // namespace crib::scenario
