#pragma once
// StageKey: what a checkpoint depends on, as a chain of hashes with the readable inputs beside them.

#include <string>
#include <string_view>
#include <vector>

namespace crib::checkpoint {

// One input: short text as it is, anything long or private only as its digest.
struct KeyEntry {
    enum class Kind { text, digest };
    Kind kind = Kind::text;
    std::string name;   // "step install-crio on master: script", "component cri-o 1.36.3", "memory of master"
    std::string value;  // the text, or 64 hex digits
    std::string label;  // of a digest, for people only: "15-install-crio.sh, 1.2 KiB"; not part of the key

    bool operator==(const KeyEntry&) const = default;
};

// `value` as it is when it is one line of at most 120 characters, else as content().
[[nodiscard]] KeyEntry text(std::string name, std::string_view value);

// Only the digest of `content` is kept, with its size and `label`.
[[nodiscard]] KeyEntry content(std::string name, std::string_view content, std::string_view label = {});

// What is a digest already.
[[nodiscard]] KeyEntry digest(std::string name, std::string hex, std::string label = {});

struct StageKey {
    std::string stage;              // "runtime-ready"
    std::string key;                // 64 hex digits: of the parent's key, the stage and the entries
    std::vector<KeyEntry> entries;  // what this stage adds to its parent, sorted

    bool operator==(const StageKey&) const = default;
};

// From the first stage to the one meant; each key depends on all entries up to it.
using KeyChain = std::vector<StageKey>;

// The chain with one stage more. The order of `entries` does not matter, anything else in them does but a label.
[[nodiscard]] KeyChain extend(KeyChain chain, std::string stage, std::vector<KeyEntry> entries);

// The key of the last stage; of an empty chain "".
[[nodiscard]] const std::string& key_of(const KeyChain& chain);

// A chain whose keys are not those of its entries was not made by extend().
[[nodiscard]] bool is_consistent(const KeyChain& chain);

// All entries for people, one a line below their stage.
[[nodiscard]] std::string to_text(const KeyChain& chain);

struct Explanation {
    bool hit = false;                    // a chain with the wanted key is among the others
    std::string stage;                   // of a miss: the first whose entries differ from the nearest chain's
    std::string nearest;                 // key of that chain; empty: there was none to compare with
    std::vector<std::string> sentences;  // "component cri-o 1.36.3: modules here, local there"
};

// Why none of `existing` serves for `wanted`: the entries that differ in the first stage that does, compared with the
// chain that agrees longest. "here" is what is wanted, "there" what the checkpoint has.
[[nodiscard]] Explanation explain(const KeyChain& wanted, const std::vector<KeyChain>& existing);

}  // namespace crib::checkpoint
