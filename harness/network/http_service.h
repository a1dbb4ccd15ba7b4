#pragma once
// HttpService: folders served to the nodes as a package repository is, on a unix socket that only the switch opens.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace crib::network {

using HttpFolders = std::map<std::string, std::filesystem::path>;  // URL path to folder

// The file behind a decoded URL path; nothing when it is under none of the folders or climbs out of its own.
// Pure: looks at names only.
[[nodiscard]] std::optional<std::filesystem::path> find_served(const HttpFolders& folders, const std::string& url_path);

class HttpService {
public:
    // Serves from threads of its own until destroyed. Error(network) when the socket cannot be made.
    HttpService(HttpFolders folders, const std::string& socket_path);
    ~HttpService();
    HttpService(const HttpService&) = delete;
    HttpService& operator=(const HttpService&) = delete;

    [[nodiscard]] std::uint64_t requests() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crib::network
