#include "harness/image/installed.h"

#include "harness/base/file.h"
#include "harness/base/text.h"

namespace crib::image {
namespace fs = std::filesystem;

std::map<std::string, std::string> parse_installed(std::string_view list) {
    std::map<std::string, std::string> found;
    for (const auto& line : split_lines(list)) {
        const auto tab = line.find('\t');
        if (tab == std::string::npos || tab + 1 == line.size()) continue;  // known, not installed
        const auto name = line.substr(0, tab);
        found[name.substr(0, name.find(':'))] = line.substr(tab + 1);
    }
    return found;
}

std::pair<std::string, std::string> package_of(std::string_view deb) {
    const auto parts = split(std::string(deb), '_');
    if (parts.size() != 3) return {};
    std::string version = parts[1];
    // apt writes the colon of an epoch so, for file systems that have none.
    if (const auto colon = version.find("%3a"); colon != std::string::npos) version.replace(colon, 3, 1, ':');
    return {parts[0], version};
}

std::map<std::string, std::string> packages_of(const fs::path& list, const fs::path& debs) {
    std::map<std::string, std::string> found;
    if (fs::exists(list)) found = parse_installed(read_file(list));
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(debs, none)) {
        const auto [name, version] = package_of(entry.path().filename().string());
        if (!name.empty()) found[name] = version;  // what a recipe installs is the newer one
    }
    return found;
}

}  // namespace crib::image
