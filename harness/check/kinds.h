#pragma once
// The kinds of check and their parameters, as data: what a scenario may ask for. Pure.

#include "harness/check/values.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::check {

enum class ParamType { text, integer, duration, regex, choice, node };  // node: the name of one of the scenario's

[[nodiscard]] const char* to_string(ParamType type);

struct ParamInfo {
    std::string name;
    ParamType type = ParamType::text;
    bool required = false;
    std::string default_value;  // as it would be written; empty: none
    std::string doc;
    std::vector<std::string> choices = {};  // of a choice
    Meaning meaning = Meaning::any;         // of a text or an integer
};

// Which checks may look at the same time: those of one turn.
enum class Turn {
    state,     // asks the API server what is there
    traffic,   // sends something over the cluster's network
    hindsight  // what has happened meanwhile
};

struct KindInfo {
    std::string name;
    std::string doc;
    std::vector<ParamInfo> params;
    Turn turn = Turn::state;
    std::string version_of = {};  // the component whose version is wanted where "equals" or "matches" does not say one
};

// All kinds, by name. Every kind has the parameter "timeout".
[[nodiscard]] const std::vector<KindInfo>& known_kinds();
[[nodiscard]] const KindInfo* find_kind(std::string_view name);

// state for a kind that nobody knows.
[[nodiscard]] Turn turn_of(std::string_view kind);

struct ParamProblem {
    std::string param;    // empty: the kind itself
    std::string message;  // "unknown parameter \"namespce\""
    std::string hint;     // "did you mean \"namespace\"?"
};

// What a check is to be run on, as far as it is known.
struct Surroundings {
    std::vector<std::string> nodes = {};                      // names; empty: there may be any
    std::optional<std::vector<std::string>> components = {};  // that have a version; nothing: any may have
};

// Everything that is wrong with a check as a scenario gives it; empty when it can be run.
[[nodiscard]] std::vector<ParamProblem> problems_with(std::string_view kind,
                                                      const std::map<std::string, std::string>& params,
                                                      const Surroundings& around = {});

// The parameters with the kind's defaults filled in.
[[nodiscard]] std::map<std::string, std::string> with_defaults(const KindInfo& kind,
                                                               std::map<std::string, std::string> params);

// The cluster that gives a check what its parameters leave out.
struct Cluster {
    std::map<std::string, std::string> versions = {};  // by component, as far as they are known
    std::string control_plane = {};                    // a node's name; empty: not known
    bool has_workers = true;
};

// The parameters of a sound check in the one form of what they mean: with the defaults, the cluster's too, filled in,
// and without those that the others leave unused; times in one unit, numbers without zeros before them, versions
// without their v.
[[nodiscard]] std::map<std::string, std::string> meaning_of(std::string_view kind,
                                                            std::map<std::string, std::string> params,
                                                            const Cluster& cluster);

}  // namespace crib::check
