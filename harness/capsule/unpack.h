#pragma once
// Unpacking a capsule that somebody sent: nothing in it is believed before it was checked.

#include "harness/base/context.h"
#include "harness/capsule/manifest.h"

#include <filesystem>

namespace crib::capsule {

enum class What {
    record,     // run/ and scenario/ are written; the rest is only read and checked
    everything  // state/ and images/ too
};

// Unpacks below `into`, an empty folder of the caller's: the parts with their paths, files of mode 0600. All of it is
// read, what is written and what is not.
//
// Error(usage) naming the file and what is wrong for anything that is not exactly what the manifest says: not a
// capsule, cut off, of a newer format, links, devices, paths that lead out, a member twice or not in the manifest or
// missing, another size or digest, more than `limits`. The folder may have some files then: the caller removes it.
// Error(environment) when there is no room.
Manifest unpack(const std::filesystem::path& file, What what, const std::filesystem::path& into, const Limits& limits,
                const Context& context);

}  // namespace crib::capsule
