#pragma once
// What a Debian-style repository says of itself: its Release file and its index of packages; and which package of it
// is meant. Pure. Formats: Debian's wiki, DebianRepository/Format; versions: deb-version(7).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::component {

// A file of the repository with what it must hash to.
struct IndexedFile {
    std::string path;  // relative to the Release file
    std::string sha256;
    std::uint64_t size = 0;
};

struct Release {
    std::map<std::string, std::string> fields;  // "Origin", "Valid-Until"; without the lists of files
    std::vector<IndexedFile> files;             // of its SHA256 list
};

// Error(component) naming `from` for what is no Release file or has no SHA256 list.
[[nodiscard]] Release parse_release(const std::string& text, const std::string& from);

struct Package {
    std::string name;
    std::string version;
    std::string architecture;          // "amd64", "all"
    std::vector<std::string> depends;  // names only, the first of alternatives
    IndexedFile file;
};

// The paragraphs of a Packages file. Error(component) naming `from` for one without name, version, file or sum.
[[nodiscard]] std::vector<Package> parse_packages(const std::string& text, const std::string& from);

// As dpkg does: negative, 0 or positive.
[[nodiscard]] int compare_deb_versions(const std::string& a, const std::string& b);

// The package of that name for `architecture` (or all): of version "1.36.3" any packaging of it ("1.36.3-1.1"), of an
// empty version any; the newest of those. Nothing when there is none.
[[nodiscard]] std::optional<Package> choose(const std::vector<Package>& packages, const std::string& name,
                                            const std::string& version, const std::string& architecture);

// The versions of that name that there are, newest first.
[[nodiscard]] std::vector<std::string> versions_of(const std::vector<Package>& packages, const std::string& name,
                                                   const std::string& architecture);

}  // namespace crib::component
