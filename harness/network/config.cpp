#include "harness/network/config.h"

#include "harness/base/error.h"
#include "harness/base/json_place.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace crib::network {
namespace {

using nlohmann::json;

constexpr std::uint32_t network_mask = 0xffffff00;
constexpr std::uint32_t first_node = 10;  // below it the gateway's own addresses

[[noreturn]] void refuse(const std::string& what, const std::string& hint = {}) {
    throw Error(ErrorKind::usage, "network: " + what, hint);
}

void validate_node(const SwitchConfig& config, const SwitchNode& node) {
    if (node.name.empty()) refuse("a node has no name");
    const auto host = node.ip.number & ~network_mask;
    if ((node.ip.number & network_mask) != (config.gateway.number & network_mask) || host < first_node || host == 255) {
        refuse(fmt::format("node {}: address {} is not one a node can have", node.name, to_string(node.ip)),
               "use an address from .10 to .254 of the cluster network");
    }
    if (node.mac.is_multicast() || node.mac == Mac{} || node.mac == config.gateway_mac) {
        refuse(fmt::format("node {}: {} cannot be a node's hardware address", node.name, to_string(node.mac)));
    }
}

template <typename Address>
Address address_of(const json& object, const char* key) {
    const auto text = object.at(key).get<std::string>();
    const auto address = Address::parse(text);
    if (!address) refuse(fmt::format("{}: {} is not an address", key, text));
    return *address;
}

SwitchConfig read_config(const json& root) {
    SwitchConfig config;
    config.run_id = root.at("run_id");
    config.domain = root.at("domain");
    config.internet = root.at("internet");
    config.gateway_mac = address_of<Mac>(root, "gateway_mac");
    config.gateway = address_of<Ipv4>(root, "gateway");
    if (!root.at("capture").is_null()) config.capture = root.at("capture").get<std::string>();
    for (const auto& node : root.at("nodes")) {
        config.nodes.push_back({node.at("name"), address_of<Mac>(node, "mac"), address_of<Ipv4>(node, "ip")});
    }
    for (const auto& forward : root.at("forwards")) {
        config.forwards.push_back({forward.at("label"), address_of<Ipv4>(forward, "node"), forward.at("port")});
    }
    for (const auto& [path, folder] : root.at("http").items()) config.http[path] = folder.get<std::string>();
    for (const auto& [name, address] : root.at("names").items())
        config.names[name] = address_of<Ipv4>(root.at("names"), name.c_str());
    return config;
}

}  // namespace

void validate(const SwitchConfig& config) {
    std::set<std::string> names;
    std::set<Ipv4> addresses;
    std::set<Mac> macs;
    for (const auto& node : config.nodes) {
        validate_node(config, node);
        if (!names.insert(node.name).second) refuse(fmt::format("two nodes are called {}", node.name));
        if (!addresses.insert(node.ip).second) refuse(fmt::format("two nodes have the address {}", to_string(node.ip)));
        if (!macs.insert(node.mac).second) refuse(fmt::format("two nodes have the address {}", to_string(node.mac)));
    }
    std::set<std::string> labels;
    for (const auto& forward : config.forwards) {
        if (!labels.insert(forward.label).second) refuse(fmt::format("two forwards are called {}", forward.label));
        if (!addresses.contains(forward.node) || forward.port == 0) {
            refuse(fmt::format("forward {} leads to {}:{}, which is no node's", forward.label, to_string(forward.node),
                               forward.port));
        }
    }
    for (const auto& [path, folder] : config.http) {
        if (!path.starts_with('/')) refuse(fmt::format("http path '{}' does not begin with /", path));
        if (!std::filesystem::is_directory(folder)) {
            refuse(fmt::format("http path {}: there is no folder {}", path, folder.string()));
        }
    }
}

std::map<std::string, Ipv4> all_names(const SwitchConfig& config) {
    auto names = config.names;
    names.emplace("packages." + config.domain, config.gateway);
    for (const auto& node : config.nodes) {
        names.emplace(node.name, node.ip);
        names.emplace(node.name + "." + config.domain, node.ip);
    }
    return names;
}

std::string to_json(const SwitchConfig& config) {
    json root{{"run_id", config.run_id},
              {"domain", config.domain},
              {"internet", config.internet},
              {"gateway_mac", to_string(config.gateway_mac)},
              {"gateway", to_string(config.gateway)},
              {"capture", config.capture ? json(config.capture->string()) : json()},
              {"nodes", json::array()},
              {"forwards", json::array()},
              {"http", json::object()},
              {"names", json::object()}};
    for (const auto& node : config.nodes) {
        root["nodes"].push_back({{"name", node.name}, {"mac", to_string(node.mac)}, {"ip", to_string(node.ip)}});
    }
    for (const auto& forward : config.forwards) {
        root["forwards"].push_back(
            {{"label", forward.label}, {"node", to_string(forward.node)}, {"port", forward.port}});
    }
    for (const auto& [path, folder] : config.http) root["http"][path] = folder.string();
    for (const auto& [name, address] : config.names) root["names"][name] = to_string(address);
    return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

SwitchConfig parse_switch_config(const std::string& text) {
    try {
        return read_config(parse_json<json>(text));
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, fmt::format("the switch's configuration cannot be read: {}", fault.what()));
    } catch (const json::exception& error) {
        throw Error(ErrorKind::usage, fmt::format("the switch's configuration cannot be read: {}",
                                                  words_of_json_error(error.id, error.what())));
    }
}

}  // namespace crib::network
