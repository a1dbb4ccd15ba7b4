#pragma once
// Loading a scenario file: everything that is wrong with it is told at once, with line and column.

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/scenario.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::scenario {

struct CheckProblem {
    std::string param;  // empty: the kind itself
    std::string message;
    std::string hint;
};

// What there is to choose from. An empty list means that anything goes.
struct Known {
    std::vector<std::string> images;                           // node images: "debian-13"
    std::map<std::string, std::vector<std::string>> versions;  // component to the versions on offer
    std::vector<std::string> recipes;
    // What is wrong with a check of this kind and these parameters; may be empty.
    std::function<std::vector<CheckProblem>(const std::string& kind, const std::map<std::string, std::string>& params)>
        check_problems;
};

struct LoadResult {
    std::optional<Scenario> scenario;  // nothing when there is any diagnostic
    std::vector<Diagnostic> diagnostics;
};

// `sets` are the arguments of --set: "versions.cri-o=1.36.2", "nodes.worker.count=2". The file may not
// be larger than 1 MiB. Never throws on bad input.
[[nodiscard]] LoadResult load(const std::filesystem::path& file, const std::vector<std::string>& sets,
                              const Known& known);

// The same for a text that stands for the file.
[[nodiscard]] LoadResult load_text(const std::string& text, const std::filesystem::path& file,
                                   const std::vector<std::string>& sets, const Known& known);

// As load(), but diagnostics become one Error(usage) with all of them in its text.
[[nodiscard]] Scenario load_or_throw(const std::filesystem::path& file, const std::vector<std::string>& sets,
                                     const Known& known);

}  // namespace crib::scenario
