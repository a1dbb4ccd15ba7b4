#pragma once
// Entry: one checkpoint in the store, as its manifest describes it.

#include "harness/base/clock.h"
#include "harness/base/error.h"
#include "harness/checkpoint/keys.h"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace crib::checkpoint {

// An entry cannot be read or used now: its files' rights, a folder or a node image that is not there, another crib's
// format. That proves no damage, so it stays; the run falls back to an earlier stage or to the start.
class Unusable : public Error {
public:
    explicit Unusable(const std::string& message, const std::string& hint = {})
        : Error(ErrorKind::environment, message, hint) {}
};

// It is whole, and of a format that only older cribs read: it stays for them while there is room, and gives way to the
// same one saved anew.
class Outdated : public Unusable {
public:
    Outdated(const std::string& message, const std::string& hint, std::set<std::string> named_ids)
        : Unusable(message, hint), ids(std::move(named_ids)) {}
    std::set<std::string> ids;  // of its parts and layers, and whatever else in it may be such an id
};

// Something in the store is proven not to be what was saved: flipped, cut off, or missing in a folder that is there.
// What it belongs to has been dropped, where that could be done, when this leaves the store.
class Damage : public Unusable {
public:
    explicit Damage(const std::string& message)
        : Unusable(message, "the checkpoint was removed; crib makes it again when it is needed") {}
};

// What a disk layer stands on: another layer of the store, or a file outside of it (a node image's disk), which must
// still be the same one.
struct Backing {
    std::string part;            // a layer's id; empty: a file
    std::filesystem::path file;  // absolute
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0;

    bool operator==(const Backing&) const = default;
};

struct Part {
    // machine: what a node is beside its memory and disks, the state of its devices
    enum class Kind { memory, machine, disk };
    Kind kind = Kind::memory;
    std::string name;             // the node's, or what the engine calls it: "master"
    std::string id;               // digest of its content, 64 hex digits; the file's name in parts/
    std::uint64_t bytes = 0;      // in the store
    std::uint64_t raw_bytes = 0;  // of the file that was saved
    Backing backing;              // of a disk
    std::string like = {};        // of memory that is kept as what differs from another's: the name of that part

    bool operator==(const Part&) const = default;
};
[[nodiscard]] const char* to_string(Part::Kind kind);

struct Entry {
    KeyChain chain;        // up to this stage
    std::string scenario;  // for people
    std::string program;   // "crib 0.1.0, QEMU 7.2.22 …", for people: what must agree is in the chain
    WallTime created{};    // whole seconds
    WallTime used{};       // last opened; not in the manifest
    std::vector<std::string> nodes;
    std::vector<Part> parts;   // its own
    std::vector<Part> layers;  // disk layers of earlier checkpoints that its disks stand on
    std::string payload;       // the engine's own JSON; may hold secrets

    [[nodiscard]] const std::string& key() const { return key_of(chain); }
    [[nodiscard]] std::string stage() const { return chain.empty() ? std::string() : chain.back().stage; }
    [[nodiscard]] const Part& part(Part::Kind kind, const std::string& name) const;  // Error(internal): there is none
    [[nodiscard]] std::uint64_t bytes() const;  // of all parts and layers, also those that others share
};

}  // namespace crib::checkpoint
