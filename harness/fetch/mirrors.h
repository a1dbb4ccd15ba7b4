#pragma once
// Mirrors: where this user's machine gets what upstream's servers have. A JSON object, the beginning of an address
// without its scheme to a URL: {"pkgs.k8s.io": "https://mirror.example/k8s", "registry.k8s.io":
// "http://127.0.0.1:5000"}.

#include <filesystem>
#include <map>
#include <string>

namespace crib::fetch {

// A container image as it is pulled.
struct ImageAddress {
    std::string reference;  // "127.0.0.1:5000/pause:3.10.2"
    bool tls = true;
};

class Mirrors {
public:
    Mirrors() = default;
    explicit Mirrors(std::map<std::string, std::string> entries) : entries_(std::move(entries)) {}

    // An empty path gives none. Error(usage) for a file that is not there, is no such object, or names no http(s) or
    // file URL.
    [[nodiscard]] static Mirrors load(const std::filesystem::path& file);

    // The longest entry that `url` begins with, at a '/', is replaced; without one the URL is as it was.
    [[nodiscard]] std::string resolve(const std::string& url) const;

    // Likewise for a full reference, "registry.k8s.io/pause:3.10.2".
    [[nodiscard]] ImageAddress resolve_image(const std::string& reference) const;

private:
    [[nodiscard]] std::string replaced(const std::string& address) const;  // empty: no entry

    std::map<std::string, std::string> entries_;
};

}  // namespace crib::fetch
