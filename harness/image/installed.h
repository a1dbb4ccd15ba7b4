#pragma once
// What packages of a distribution an image holds, and which it has beside it for the recipes. Internal to image.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace crib::image {

// `list` is what dpkg-query --show prints: NAME[:ARCHITECTURE] TAB VERSION. Package to version.
[[nodiscard]] std::map<std::string, std::string> parse_installed(std::string_view list);

// "conntrack_1%3a1.4.8-2_amd64.deb" to conntrack and 1:1.4.8-2; two empty texts for a name of another shape.
[[nodiscard]] std::pair<std::string, std::string> package_of(std::string_view deb);

// Both together; nothing for what is not there.
[[nodiscard]] std::map<std::string, std::string> packages_of(const std::filesystem::path& list,
                                                             const std::filesystem::path& debs);

}  // namespace crib::image
