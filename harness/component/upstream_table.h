#pragma once
// fixtures/components/upstream.json: where each component's packages and images are published, by its version. Data
// only; nothing is fetched here.

#include "harness/component/apt_source.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::component {

struct UpstreamDeb {
    std::string name;
    std::string version;  // "1.36.3"; empty: the newest there is
};

struct UpstreamRepository {
    AptEndpoint endpoint;
    std::vector<UpstreamDeb> debs;
};

struct UpstreamImage {
    std::string reference;          // where it is pulled from
    std::vector<std::string> also;  // further names it is to have in the guests
};

struct UpstreamRow {
    std::string name;
    std::string version;
    std::vector<UpstreamRepository> repositories;
    std::vector<UpstreamImage> images;
    std::string manifest;                          // URL; its images are pulled too
    std::map<std::string, std::string> requires_;  // other components at a version
    std::vector<std::string> provides;             // components that its packages make needless
    std::string source;
    std::string text;  // all of the above as it was read, for a cache key
};

class UpstreamTable {
public:
    // The file is read when a row is asked for.
    explicit UpstreamTable(std::filesystem::path file) : file_(std::move(file)) {}

    // `os` is a node image's name, for repositories that have a folder an operating system. Error(usage) when nobody
    // publishes that version (with the reason), Error(component) for a broken table.
    [[nodiscard]] UpstreamRow row(const std::string& name, const std::string& version, const std::string& os) const;

private:
    std::filesystem::path file_;
};

// Is `version` in `range`: "1.24-", "-1.23", "1.20-1.23", "1.36" or a word? Bounds count as far as they are written:
// 1.23.17 is in "-1.23".
[[nodiscard]] bool in_range(const std::string& version, const std::string& range);

// The images that the containers of a Kubernetes manifest name, each once, in their order.
[[nodiscard]] std::vector<std::string> images_in_manifest(const std::string& yaml);

}  // namespace crib::component
