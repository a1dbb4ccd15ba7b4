#pragma once
// The manifest of an entry as text. Internal to checkpoint.

#include "harness/checkpoint/entry.h"

#include <string>

namespace crib::checkpoint {

// A first line "crib-checkpoint FORMAT DIGEST", the digest being that of the JSON that follows.
[[nodiscard]] std::string to_manifest(const Entry& entry);

// Error(environment) saying what is wrong with it: another digest, another form. Unusable for another format.
[[nodiscard]] Entry read_manifest(const std::string& text);

}  // namespace crib::checkpoint
