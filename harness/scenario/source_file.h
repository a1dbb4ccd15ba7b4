#pragma once
// SourceFile: one scenario file as it was read: its JSON, and where everything in it stands. Internal to scenario.

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/line_index.h"
#include "harness/scenario/positions.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace crib::scenario {

class SourceFile {
public:
    // Finds what keeps the text from being one sound JSON object; then root() is not to be used.
    SourceFile(std::filesystem::path file, std::string text);

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const nlohmann::json& root() const { return root_; }
    [[nodiscard]] const Positions& positions() const { return positions_; }
    [[nodiscard]] Place place_of(std::size_t offset) const { return lines_.place_of(text_, offset); }
    [[nodiscard]] bool is_sound() const { return diagnostics_.empty(); }
    [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

private:
    bool parse();
    void report_at(std::size_t offset, const std::string& message, const std::string& hint = {});
    void diagnose(std::size_t offset, const std::string& path, const std::string& message, const std::string& hint);

    std::filesystem::path file_;
    std::string text_;
    LineIndex lines_;
    nlohmann::json root_;
    Positions positions_;
    std::vector<Diagnostic> diagnostics_;
};

// The same text with a space in place of each byte of a comment (`//` to the end of the line).
[[nodiscard]] std::string without_comments(std::string text);

}  // namespace crib::scenario
