#include "harness/checkpoint/keys.h"

#include "harness/base/printable.h"
#include "harness/base/sha256.h"
#include "harness/base/size.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>

namespace crib::checkpoint {
namespace {

// Raise it when the same entries are to lead to other checkpoints.
constexpr const char* kFormat = "1";
constexpr std::size_t kLongestText = 120;

auto order_of(const KeyEntry& entry) {
    return std::tie(entry.name, entry.kind, entry.value);
}

// KeyBuilder separates a name from its value by a blank and lines by newlines. Lengths make that unambiguous whatever
// the texts hold: "-I -O2" and "-I-O2", or a blank that moves from the value to the name, are different inputs.
std::string measured(std::string_view text) {
    return fmt::format("{}:{}", text.size(), text);
}

std::string hash(const std::string& parent, const std::string& stage, const std::vector<KeyEntry>& entries) {
    KeyBuilder key;
    key.add("crib-checkpoint", kFormat).add("parent", parent).add("stage", sha256_hex(stage));
    for (const auto& entry : entries) {
        const char* kind = entry.kind == KeyEntry::Kind::text ? "text" : "digest";
        key.add(kind, sha256_hex(measured(entry.name) + measured(entry.value)));
    }
    return key.key();
}

std::string shown(const KeyEntry& entry) {
    if (entry.kind == KeyEntry::Kind::text) return entry.value.empty() ? "(empty)" : entry.value;
    const auto hex = entry.value.substr(0, 12);
    return entry.label.empty() ? hex : fmt::format("{} ({})", hex, entry.label);
}

std::string sentence(const KeyEntry* here, const KeyEntry* there) {
    if (there == nullptr) return fmt::format("{}: {} here, not there", here->name, shown(*here));
    if (here == nullptr) return fmt::format("{}: not here, {} there", there->name, shown(*there));
    const bool digests = here->kind == KeyEntry::Kind::digest && there->kind == KeyEntry::Kind::digest;
    return fmt::format("{}{} {} here, {} there", here->name, digests ? " differs:" : ":", shown(*here), shown(*there));
}

// How often each occurs. What decides is compared; a label is for people.
std::map<decltype(order_of({})), std::size_t> counted(const std::vector<KeyEntry>& entries) {
    std::map<decltype(order_of({})), std::size_t> counts;
    for (const auto& entry : entries) ++counts[order_of(entry)];
    return counts;
}

// Entries of one side that the other does not have, by name. Records of others may have very many.
std::multimap<std::string_view, const KeyEntry*> only_in(const std::vector<KeyEntry>& these,
                                                         const std::vector<KeyEntry>& those) {
    const auto mine = counted(these);
    const auto theirs = counted(those);
    std::multimap<std::string_view, const KeyEntry*> found;
    for (const auto& entry : these) {
        const auto other = theirs.find(order_of(entry));
        if (other == theirs.end() || mine.at(order_of(entry)) > other->second) found.emplace(entry.name, &entry);
    }
    return found;
}

// Of the same name, or one that the other side does not have at all.
struct Difference {
    const KeyEntry* here = nullptr;
    const KeyEntry* there = nullptr;
};

std::vector<Difference> differences(const std::vector<KeyEntry>& here, const std::vector<KeyEntry>& there) {
    auto theirs = only_in(there, here);
    std::vector<Difference> all;
    for (const auto& [name, entry] : only_in(here, there)) {
        const auto other = theirs.find(name);
        all.push_back({entry, other == theirs.end() ? nullptr : other->second});
        if (other != theirs.end()) theirs.erase(other);
    }
    for (const auto& [name, entry] : theirs) all.push_back({nullptr, entry});
    return all;
}

std::vector<std::string> sentences(const std::vector<Difference>& differences) {
    std::vector<std::string> all;
    for (const auto& one : differences) all.push_back(sentence(one.here, one.there));
    return all;
}

std::size_t stages_in_common(const KeyChain& a, const KeyChain& b) {
    const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end(),
                                    [](const StageKey& x, const StageKey& y) { return x.key == y.key; });
    return static_cast<std::size_t>(ends.first - a.begin());
}

// How near another chain is: more stages in common first, then fewer entries that differ in the next one.
struct Nearness {
    std::size_t common = 0;
    bool has_next = false;  // it goes on with the same stage, so that its entries can be compared
    std::size_t different = 0;

    [[nodiscard]] bool beats(const Nearness& other) const {
        if (common != other.common) return common > other.common;
        if (has_next != other.has_next) return has_next;
        return different < other.different;
    }
};

Nearness nearness(const KeyChain& wanted, const KeyChain& other) {
    Nearness near{stages_in_common(wanted, other), false, 0};
    if (near.common >= wanted.size() || near.common >= other.size()) return near;
    near.has_next = wanted[near.common].stage == other[near.common].stage;
    near.different = differences(wanted[near.common].entries, other[near.common].entries).size();
    return near;
}

}  // namespace

KeyEntry text(std::string name, std::string_view value) {
    const bool is_short = value.size() <= kLongestText && value.find('\n') == std::string_view::npos;
    if (!is_short || !is_valid_utf8(value)) return content(std::move(name), value);
    return {KeyEntry::Kind::text, std::move(name), std::string(value), {}};
}

KeyEntry content(std::string name, std::string_view content, std::string_view label) {
    auto words = to_string(ByteSize{content.size()});
    if (!label.empty()) words = fmt::format("{}, {}", label, words);
    return digest(std::move(name), sha256_hex(content), std::move(words));
}

KeyEntry digest(std::string name, std::string hex, std::string label) {
    return {KeyEntry::Kind::digest, std::move(name), std::move(hex), std::move(label)};
}

KeyChain extend(KeyChain chain, std::string stage, std::vector<KeyEntry> entries) {
    std::sort(entries.begin(), entries.end(),
              [](const KeyEntry& a, const KeyEntry& b) { return order_of(a) < order_of(b); });
    auto key = hash(key_of(chain), stage, entries);
    chain.push_back({std::move(stage), std::move(key), std::move(entries)});
    return chain;
}

const std::string& key_of(const KeyChain& chain) {
    static const std::string none;
    return chain.empty() ? none : chain.back().key;
}

bool is_consistent(const KeyChain& chain) {
    KeyChain again;
    for (const auto& stage : chain) {
        again = extend(std::move(again), stage.stage, stage.entries);
        if (again.back().key != stage.key) return false;
    }
    return true;
}

std::string to_text(const KeyChain& chain) {
    std::string text;
    for (const auto& stage : chain) {
        text += fmt::format("{} {}\n", printable(stage.stage), printable(stage.key));
        for (const auto& entry : stage.entries)
            text += fmt::format("    {}: {}\n", printable(entry.name), printable(shown(entry)));
    }
    return text;
}

Explanation explain(const KeyChain& wanted, const std::vector<KeyChain>& existing) {
    const KeyChain* nearest = nullptr;
    Nearness best;
    for (const auto& other : existing) {
        if (!wanted.empty() && key_of(other) == key_of(wanted)) return {true, {}, key_of(other), {}};
        const auto near = nearness(wanted, other);
        if (nearest != nullptr && !near.beats(best)) continue;
        nearest = &other;
        best = near;
    }
    if (wanted.empty()) return {};
    if (nearest == nullptr) return {false, wanted.front().stage, {}, {"there are no checkpoints yet"}};
    if (best.common == wanted.size() || best.common == nearest->size() || !best.has_next) {
        // What was wanted is the beginning of another, or goes on where the others end: nothing differs.
        const auto& stage = wanted[std::min(best.common, wanted.size() - 1)].stage;
        return {false, stage, key_of(*nearest), {fmt::format("no checkpoint was saved at {}", wanted.back().stage)}};
    }
    return {false, wanted[best.common].stage, key_of(*nearest),
            sentences(differences(wanted[best.common].entries, (*nearest)[best.common].entries))};
}

}  // namespace crib::checkpoint
