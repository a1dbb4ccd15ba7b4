#pragma once
// A small ISO 9660 file system with Rock Ridge and Joliet names.

#include <filesystem>
#include <map>
#include <string>

namespace crib::image {

// `files` by their path ("crib/hosts"); the same bytes for the same input. Mode 0600, written then renamed.
// Error(environment) with the path and the reason.
void write_iso(const std::string& label, const std::map<std::string, std::string>& files,
               const std::filesystem::path& path);

}  // namespace crib::image
