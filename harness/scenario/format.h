#pragma once
// The canonical form of a scenario file: what `crib fmt` writes. Comments, blank lines between members, and the order
// of keys stay; all other layout is decided here: two spaces a level, and on one line what fits into 120 columns, has
// no comment in it and is no list of several objects.

#include "harness/scenario/diagnostic.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace crib::scenario {

struct Formatted {
    std::optional<std::string> text;  // nothing when the file is broken, or the text too large to be read again
    std::vector<Diagnostic> diagnostics;
};

// Why a sound text is another kind of JSON and not to be written in a scenario's form: keys that no scenario has, or
// none that make one. What a scenario extends may have as few as it likes. Pure.
[[nodiscard]] std::vector<Diagnostic> why_no_scenario(const std::string& text, const std::filesystem::path& file,
                                                      bool is_extended = false);

// Pure. `file` is for diagnostics only. Formatting the result changes nothing.
[[nodiscard]] Formatted format_text(const std::string& text, const std::filesystem::path& file);

}  // namespace crib::scenario
