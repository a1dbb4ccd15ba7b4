#pragma once
// Lock: what the words of a scenario came to, so that the same can be run again, or what differs can be told.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::scenario {

struct Lock {
    using Entries = std::map<std::string, std::string>;

    std::string scenario;  // its name
    Entries versions;      // component to version: "cri-o" to "1.36.3"; on a node of its own version "cri-o on worker"
    Entries components;    // "kubernetes 1.36.3" to its source and digest: "modules 3f2a..."
    Entries images;        // node image to digest
    Entries packages;      // of the node images: "debian-13 crun" to its version
    Entries steps;         // of the recipe, with the scenario's mutations: "kubeadm-init" to the digest of its script

    // What crib has written into locks since their format 2.
    using Lists = std::map<std::string, std::vector<std::string>>;
    Entries settings{};  // "recipe", "internet"
    Entries nodes{};     // name to role, system and sizes, these exactly
    Entries expect{};    // of a scenario that must fail: "fails-at", "node", "message"
    Lists order{};       // "steps on worker" and "checks", in the order in which they run
    bool whole = true;   // false: read from one of format 1, which has none of these
};

// What a lock does not hold that an earlier crib has written, as a sentence's end; empty: it holds everything.
[[nodiscard]] std::string missing_in(const Lock& lock);

// The JSON that a lock file holds; ends with a newline.
[[nodiscard]] std::string to_json(const Lock& lock);

// Error(usage) naming `file` for a text that is no lock, or one of another format. `making` is the command that makes
// it, where that is known.
[[nodiscard]] Lock parse_lock(const std::string& text, const std::filesystem::path& file,
                              const std::string& making = {});
[[nodiscard]] Lock read_lock(const std::filesystem::path& file, const std::string& making = {});

// Is the text one that a lock may be written over? A damaged lock is, as long as it begins as one.
[[nodiscard]] bool may_be_lock(const std::string& text);

// "scenarios/two-node.json" to "scenarios/two-node.lock.json", "a.conf" to "a.conf.lock.json".
[[nodiscard]] std::filesystem::path lock_file_of(const std::filesystem::path& scenario);
// Of a cell of its matrix: "scenarios/versions.locks/debian-13,crun,1.36.3.lock.json".
[[nodiscard]] std::filesystem::path lock_file_of(const std::filesystem::path& scenario, const std::string& cell);

struct Difference {
    std::string
        section;  // "scenario", "versions", "components", "images", "packages", "steps", "settings", "nodes" ...
    std::string name;
    std::optional<std::string> before;  // nothing: not there
    std::optional<std::string> after;
};

// In the order of the sections: what comes first is most often the cause of what follows. Only of what both hold.
[[nodiscard]] std::vector<Difference> differences(const Lock& before, const Lock& after);

// One line for people: "versions: cri-o 1.36.2 -> 1.36.3", digests cut to 12 characters.
[[nodiscard]] std::string to_string(const Difference& difference);

}  // namespace crib::scenario
