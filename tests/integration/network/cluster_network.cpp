#include "tests/integration/network/cluster_network.h"

#include "harness/process/boost_runner.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace crib::network {

ClusterNetwork::ClusterNetwork()
    : runner(std::make_unique<process::BoostRunner>()),
      temporary(std::filesystem::temp_directory_path(), "crib-network"),
      // Longer than a unix socket's address can be: run folders are where their users want them.
      folder(temporary.path() / std::string(120, 'x')) {
    config.run_id = "test";
    config.nodes = {{"master", *Mac::parse("52:54:00:76:00:0b"), *Ipv4::parse("192.168.76.11")},
                    {"worker", *Mac::parse("52:54:00:76:00:0c"), *Ipv4::parse("192.168.76.12")}};
    config.forwards = {{"ssh-master", config.nodes[0].ip, 22}, {"ssh-worker", config.nodes[1].ip, 22}};
}

ClusterNetwork::~ClusterNetwork() {
    Switch::clean_up(folder);
}

void ClusterNetwork::start() {
    network = Switch::start(*runner, CRIB_SWITCH, config, folder, context());
}

std::unique_ptr<TestNode> ClusterNetwork::plug_in(std::size_t node) const {
    return std::make_unique<TestNode>(config.nodes[node], network->port_of(config.nodes[node].name));
}

UniqueFd connect_to_loopback(std::uint16_t port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
    return fd;
}

}  // namespace crib::network
