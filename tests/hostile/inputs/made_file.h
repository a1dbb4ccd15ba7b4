#pragma once
// Files that are described: plain ones, and those that are none.

#include <filesystem>
#include <string>

namespace crib::test {

// Makes `place`, with the folders above it, of `described`, which is JSON: of a text (made_text.h), or
//     {"append": TEXT}              to what is there
//     {"folder": true}, {"fifo": true}, {"socket": true}
//     {"socket": "silent"}          one that takes connections and says nothing
//     {"link": TARGET}, {"hard-link": FILE}   TARGET as it is; FILE below `home`
//     {"bytes": N}                  a file of so many zeros, which takes no room
//     {"files": "name{}", "times": N}   a folder of so many empty files
//     {"capsule": {PATH: TEXT, ...}, "manifest": {POINTER: VALUE, ...}, "cut": N}   a capsule; of N bytes only
// each with "mode": "0444".
void make_file(const std::filesystem::path& home, const std::filesystem::path& place, const std::string& described);

// Gives all of it to whoever owns the folder.
void give_to_owner_of(const std::filesystem::path& home);

}  // namespace crib::test
