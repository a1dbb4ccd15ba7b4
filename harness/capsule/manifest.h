#pragma once
// The manifest of a capsule: a run packed into one file, to be looked at or gone on from on another machine.
//
// The file is a tar inside zstd. Its first member is manifest.json: format version, crib's version, and of every other
// member the path, size and SHA-256. Paths begin with what they are:
//     run/       the run's record
//     scenario/  the scenario's file, and those it builds on
//     state/     the checkpoint: it holds the cluster's own keys and the nodes' memory
//     images/    files of the node image that the checkpoint stands on, by digest

#include <cstdint>
#include <string>
#include <vector>

namespace crib::capsule {

// What is not believed of a capsule that somebody sent. Sizes in bytes.
struct Limits {
    std::uint64_t manifest = 4U << 20U;
    std::size_t members = 4096;
    std::uint64_t record_file = 256U << 20U;              // one member of run/ or scenario/
    std::uint64_t record = 1U << 30U;                     // all of them
    std::uint64_t state_file = std::uint64_t{32} << 30U;  // one member of state/ or images/
    std::uint64_t total = std::uint64_t{128} << 30U;      // all members
    std::uint64_t ratio = 200;                            // how many times larger than the file the content may be ...
    std::uint64_t free_of_ratio = 1U << 30U;              // ... beyond what a record may have: a log of one line
};

struct Part {
    std::string path;  // "run/events.jsonl"
    std::uint64_t bytes = 0;
    std::string sha256;

    bool operator==(const Part&) const = default;
};

// A file of the machine's cache that the checkpoint stands on: the other machine must have the very same, or get it
// with the capsule as images/SHA256.
struct Need {
    std::string what;   // "the kernel of debian-13"
    std::string place;  // where it was, relative to the cache: "images/debian-13-596c0d315bb39fe5/kernel"
    std::string file;   // the same, absolute: as the checkpoint names it
    std::uint64_t bytes = 0;
    std::string sha256;
    std::string cure;  // "crib images --build debian-13"
    bool packed = false;

    bool operator==(const Need&) const = default;
};

struct Manifest {
    std::string crib;  // its version
    std::string created;
    std::string run;
    std::string scenario;
    std::string outcome;
    std::string hypervisor;  // what made the state; empty without
    bool with_state = false;
    std::vector<Part> parts;
    std::vector<Need> needs;
};

[[nodiscard]] std::string to_json(const Manifest& manifest);

// Error(usage) saying what is wrong: no manifest, too large a one, a newer format, a path that could lead out of the
// capsule's folder or is there twice, sizes over the limits, a name, time or version that is none, endless words.
[[nodiscard]] Manifest parse_manifest(const std::string& text, const Limits& limits);

// Error(usage) when a file of `packed` bytes has so much more content that it is there to fill the disk.
void require_ratio(std::uint64_t content, std::uint64_t packed, const Limits& limits);

// Relative, at most 8 components and 240 bytes, below one of the folders above. Each component is a text that a
// terminal shows as it is, without a backslash, a dot at its begin, or a space at its begin or end.
[[nodiscard]] bool is_safe_path(const std::string& path);

// A name that may become a file's or a run's: letters, digits, "._-", not beginning with a dot or dash, at most 100.
[[nodiscard]] bool is_plain_name(const std::string& name, std::size_t longest = 100);

}  // namespace crib::capsule
