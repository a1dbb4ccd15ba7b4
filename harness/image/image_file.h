#pragma once
// ImageFile: what a file in images/ says about a node image, and how it is made or fetched.

#include "harness/base/size.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace crib::image {

// A signed list of SHA-256 sums, as `sha256sum` writes it, beside the files that it names.
struct Checksums {
    std::string url;                        // "https://…/SHA256SUMS"
    std::string signature;                  // URL of its detached signature
    std::string key;                        // URL, or path beside the image file, of the signer's public key
    std::vector<std::string> fingerprints;  // whose signature counts: 40 hex digits each, upper case
};

// A file on this machine or at a URL (http, https, file) with what it must hash to.
struct Fetched {
    std::string location;
    std::string sha256;                  // 64 hex digits; only a local path or one with checksums may leave it empty
    std::optional<Checksums> checksums;  // of a URL
};

// Made here, from the machine's own apt configuration with other suites.
struct Bootstrap {
    std::string origin;               // only apt sources of this Origin are used: "Debian"
    std::vector<std::string> suites;  // the release first: "trixie", "trixie-updates", "trixie-security"
    std::vector<std::string> components;
};

// A disk that somebody else made. Without a kernel it boots by its own firmware and boot loader, and takes its
// identity from the seed by cloud-init.
struct ReadyDisk {
    Fetched disk;  // qcow2
    std::optional<Fetched> kernel;
    std::optional<Fetched> initrd;
};

struct ImageFile {
    std::string name;             // "debian-13"; the file's name without .json
    std::string title;            // "Debian GNU/Linux 13 (trixie)"
    std::string family;           // "debian", "ubuntu"
    std::string codename;         // "trixie"
    std::string architecture;     // "amd64"
    std::string package_manager;  // "apt"
    ByteSize disk;                // what a node's root disk can hold
    std::variant<Bootstrap, ReadyDisk> how;
    std::vector<std::string> image_packages;       // in the image
    std::vector<std::string> repository_packages;  // installed by a recipe: served, with all that they need
    std::map<std::string, std::string> inputs;     // in place of a recipe's values: what suits this OS
    std::filesystem::path file;
};

// Error(usage) naming the file and the key for what is missing, unknown, of the wrong type or of a value that crib
// cannot use. Which inputs there are, recipes know.
[[nodiscard]] ImageFile parse_image_file(const std::string& text, const std::filesystem::path& file);
// The same for the files on this machine that it names, and for a file that cannot be read.
[[nodiscard]] ImageFile load_image_file(const std::filesystem::path& file);

// The names of the files in `folder`, sorted; hidden ones are passed over.
[[nodiscard]] std::vector<std::string> images_on_offer(const std::filesystem::path& folder);

// The image of that name. Error(usage) with those on offer for an unknown one.
[[nodiscard]] ImageFile find_image_file(const std::filesystem::path& folder, const std::string& name);

}  // namespace crib::image
