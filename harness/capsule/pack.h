#pragma once
// Packing a capsule.

#include "harness/base/context.h"
#include "harness/capsule/manifest.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace crib::capsule {

// What becomes a member. A file that still grows is packed as far as it went when it was first looked at, and one that
// became shorter since as it is.
struct Source {
    std::string path;            // in the capsule
    std::filesystem::path file;  // on this machine; empty: `text`
    std::string text = {};
    std::optional<std::uint64_t> bytes = {};  // of the file, when it was looked at before
};

// Writes `to`, which must not be there yet and has its name only once it is whole. `manifest` gets its parts here. With
// state the file is for its owner alone (mode 0600). Error(usage) when `to` exists, Error(environment) when it cannot
// be written or a source changed while it was packed; then nothing is left. What a killed one left beside `to`, where
// the file system has no files without a name, is removed. Returns the file's size in bytes.
std::uint64_t pack(Manifest& manifest, const std::vector<Source>& sources, const std::filesystem::path& to,
                   const Context& context);

// Error(usage) when the file is there already: before work that would be in vain.
void require_new(const std::filesystem::path& file);

// The digest of a file's first `bytes`. Error(environment) when it is shorter.
[[nodiscard]] std::string digest_of(const std::filesystem::path& file, std::uint64_t bytes, const Context& context);

}  // namespace crib::capsule
