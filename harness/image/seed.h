#pragma once
// The seed disk: a node's identity on an ISO with the label cidata, as cloud-init's NoCloud reads it, and in a
// folder crib/ for images that have no cloud-init.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::image {

struct SeedSpec {
    std::string run_id;
    std::string name;                                        // host name
    std::string domain;                                      // "crib.test"
    std::string ip;                                          // "192.168.76.11"
    int prefix = 24;                                         // bits of the network
    std::string mac;                                         // "52:54:00:76:00:0b"
    std::string gateway;                                     // also the name server
    std::string authorized_key;                              // one line; may log in as root
    std::string host_key;                                    // OpenSSH private key
    std::string host_key_public;                             // one line
    std::vector<std::pair<std::string, std::string>> hosts;  // address, name of every node of the cluster
};

// The files of the seed by their path in it; pure. user-data and network-config are JSON, which is YAML.
[[nodiscard]] std::map<std::string, std::string> seed_files(const SeedSpec& spec);

// Writes the ISO, mode 0600 (it holds the host's private key). Error(environment) with the path and the reason.
void write_seed(const SeedSpec& spec, const std::filesystem::path& iso);

}  // namespace crib::image
