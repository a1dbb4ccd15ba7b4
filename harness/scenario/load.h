#pragma once
// Loading a scenario file: everything that is wrong with it is told at once, with line and column.

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/schema.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace crib::scenario {

struct CheckProblem {
    std::string param;  // empty: the kind itself
    std::string message;
    std::string hint;
};

// A version as a scenario writes it.
struct WantedVersion {
    std::string component;
    std::string written;  // "1.36.3", "latest-1"
    std::string os;       // of the scenario, or of the node; may be empty
    std::string source;   // "modules", "upstream"; never a checkout, which is what it is
};

// What a version as it is written stands for, or why it stands for nothing.
struct Resolved {
    std::optional<std::string> version;
    std::string problem;     // a sentence, when there is no version
    std::string hint;        // may be empty
    bool elsewhere = false;  // there is such a version, but not from that source
};

// What a recipe sets up, and what mutations may name of it.
struct RecipeNames {
    std::vector<std::string> steps;            // ids, in their order
    std::vector<std::string> inputs;           // names
    std::vector<std::string> components;       // whose versions it takes, and must be given
    std::map<std::string, Role> only_on = {};  // by step: the role of the nodes that it runs on; others run on all
    std::map<std::string, std::string> taken =
        {};  // what no step may be called besides, to why: "a stage of the recipe"
};

// What does not go together in a scenario.
struct Clash {
    std::string about;      // the value to change: "os", "versions.cri-o", "vcpus"; empty: not one alone
    std::string node;       // on which node; empty: not on one alone
    std::string reason;     // a sentence
    std::string hint;       // may be empty
    bool refused = true;    // else it may work, and people are warned
    std::string path = {};  // where it is known better: "$.mutations[0].run"; then about and node do not count
    unsigned line = 0;      // of the text there, where that is a list of lines; from 1
};

// Why what is on offer cannot be used: its own file is broken.
struct BrokenFile {
    std::string message;
    std::string hint;
};

// What there is to choose from. An empty list means that anything goes.
struct Known {
    std::vector<std::string> images;                           // node images: "debian-13"
    std::map<std::string, std::vector<std::string>> versions;  // component to the versions on offer
    std::vector<std::string> recipes;
    std::map<std::string, RecipeNames> recipe_names;          // by recipe; one that is not here may have any of them
    std::vector<std::string> sources{"modules", "upstream"};  // of components, beside local:PATH
    std::vector<std::string> from_checkouts{};                // components that local:PATH is for; empty: any
    // What is wrong with a check of a scenario whose versions and nodes have been read; may be empty.
    std::function<std::vector<CheckProblem>(const Check& check, const Scenario& scenario)> check_problems;
    // The id of such a check, "http pod=nginx": what "expect" may name beside its kind.
    std::function<std::string(const std::string& kind, const std::map<std::string, std::string>& params)> check_id;
    // Its parameters in the one form that all with the same meaning have: "1m" is "60s", what is left out its default;
    // `versions` are what is set up, by component, and `nodes` those of the scenario. May be empty.
    std::function<std::map<std::string, std::string>(
        const std::string& kind, const std::map<std::string, std::string>& params,
        const std::map<std::string, std::string>& versions, const std::vector<Node>& nodes)>
        check_meaning;
    // "latest" of kubernetes on debian-13 to "1.36.3". Without it a version must be one of `versions`.
    std::function<Resolved(const WantedVersion& wanted)> resolve_version;
    // What is asked of a scenario in which nothing else is wrong. May be empty.
    std::function<std::vector<Clash>(const Scenario& scenario)> clashes;
    // A safety net: what it finds in a scenario in which nothing else is wrong is told. May be empty.
    std::shared_ptr<const Schema> schema;
    // Node images and recipes on offer that cannot be used, by name: told where a scenario names one.
    std::map<std::string, BrokenFile> broken_images{};
    std::map<std::string, BrokenFile> broken_recipes{};
};

struct LoadResult {
    std::optional<Scenario> scenario;  // nothing when there is any diagnostic
    std::vector<Diagnostic> diagnostics;
    std::vector<Diagnostic> warnings{};  // of a scenario that may be used
};

// `sets` are the arguments of --set: "versions.cri-o=1.36.2", "nodes.worker.count=2". The file may not
// be larger than 1 MiB. Never throws on bad input.
[[nodiscard]] LoadResult load(const std::filesystem::path& file, const std::vector<std::string>& sets,
                              const Known& known);

// The same for a text that stands for the file.
[[nodiscard]] LoadResult load_text(const std::string& text, const std::filesystem::path& file,
                                   const std::vector<std::string>& sets, const Known& known);

// As load(), and what is wrong with the values and paths of its matrix besides.
[[nodiscard]] LoadResult load_with_matrix(const std::filesystem::path& file, const std::vector<std::string>& sets,
                                          const Known& known);

// As load(), but diagnostics become one Error(usage) with all of them in its text.
[[nodiscard]] Scenario load_or_throw(const std::filesystem::path& file, const std::vector<std::string>& sets,
                                     const Known& known);

}  // namespace crib::scenario
