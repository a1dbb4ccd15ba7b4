#pragma once
// SwitchConfig: all that one cluster's network is made of. Given to the crib-switch program as a JSON file.

#include "harness/network/address.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::network {

struct SwitchNode {
    std::string name;  // "master"; also answered by DNS, bare and with the domain
    Mac mac;
    Ipv4 ip;
};

// A port of the host's loopback address that leads into the cluster.
struct SwitchForward {
    std::string label;  // "ssh-master", "api"
    Ipv4 node;
    std::uint16_t port = 0;  // on the node
};

struct SwitchConfig {
    std::string run_id;
    std::vector<SwitchNode> nodes;
    std::vector<SwitchForward> forwards;
    std::map<std::string, std::filesystem::path> http;  // served at the gateway: "/cri-o/v1.36/deb" to a folder
    std::map<std::string, Ipv4> names;                  // more names, whole; packages.DOMAIN is always there
    std::string domain = "crib.test";
    bool internet = false;                         // false: nothing leaves the cluster
    std::optional<std::filesystem::path> capture;  // pcap of everything, from the start

    Mac gateway_mac{{0x52, 0x54, 0x00, 0x76, 0x00, 0x01}};
    Ipv4 gateway{0xc0a84c01};  // 192.168.76.1, in a /24; .2 to .9 are the gateway's too
};

// Error(usage) naming what is wrong: no or duplicate names and addresses, a node outside the network or in the
// gateway's part of it, a forward to no node, a folder that does not exist.
void validate(const SwitchConfig& config);

// Every name the switch answers, whole.
[[nodiscard]] std::map<std::string, Ipv4> all_names(const SwitchConfig& config);

[[nodiscard]] std::string to_json(const SwitchConfig& config);

// Error(usage) naming the key when the text is not what to_json writes.
[[nodiscard]] SwitchConfig parse_switch_config(const std::string& text);

}  // namespace crib::network
