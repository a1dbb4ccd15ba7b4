#pragma once
// Picture: all that lies in a folder, so that two of them show what became of it.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::test {

// Path below the folder to what is there: kind, mode, number of names, and content. No link is followed.
using Picture = std::map<std::string, std::string>;

[[nodiscard]] Picture picture_of(const std::filesystem::path& folder);

// Is `path` one of these, or below one?
[[nodiscard]] bool is_below(const std::string& path, const std::vector<std::string>& places);

}  // namespace crib::test
