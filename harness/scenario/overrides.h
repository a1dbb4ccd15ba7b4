#pragma once
// --set PATH=VALUE: changes to a scenario's JSON from the command line. Internal to scenario.

#include "harness/scenario/document.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::scenario {

// Puts the value where the path leads; what is wrong with it is reported naming the flag. An element of a
// list is named by its number (nodes[0].memory, nodes.0.memory) or, where elements have one, by its name
// (nodes.worker.memory). `folder` as of Document::blame().
void apply_set(Document& document, const std::string& set, const std::filesystem::path& folder = {});

// Is nothing left of what is set at `path` when `later` is set as well?
[[nodiscard]] bool is_taken_away(const nlohmann::json& root, const std::string& path, const std::string& later);

// Two paths of which one takes away what the other sets, where all are set in the order of their texts.
struct Overlap {
    std::string path;
    std::string other;
    bool is_same = false;  // both name one value: nodes.worker.count and nodes[1].count; else `path` is in `other`
};
[[nodiscard]] std::vector<Overlap> overlaps_in(const nlohmann::json& root, const std::vector<std::string>& paths);

}  // namespace crib::scenario
