#include "tests/integration/network/cluster_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <thread>

namespace crib::network {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Served : ClusterNetwork {
    Served() {
        make_folder(temporary.path() / "repository");
        config.http["/cri-o/v1.36/deb"] = temporary.path() / "repository";
    }
    void put(const std::string& name, const std::string& content) {
        write_file(temporary.path() / "repository" / name, content);
    }
    std::string get(TestNode& node, const std::string& path, std::uint16_t own_port) {
        auto connection = TestConnection::open(node, config.gateway_mac, config.gateway, 80, own_port);
        if (!connection) return "no connection";
        connection->send("GET " + path + " HTTP/1.1\r\nHost: packages.crib.test\r\nConnection: close\r\n\r\n");
        return connection->receive_until_closed();
    }
};

TEST(Gateway, ServesThePackageRepositoryToANode) {
    Served cluster;
    cluster.put("InRelease", "signed\n");
    cluster.start();
    const auto master = cluster.plug_in(0);
    const auto answer = cluster.get(*master, "/cri-o/v1.36/deb/InRelease", 40001);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nsigned\n"));
    EXPECT_THAT(cluster.get(*master, "/cri-o/v1.36/deb/none", 40002), StartsWith("HTTP/1.1 404"));
    EXPECT_EQ(cluster.stats().http_requests, 2U);
}

TEST(Gateway, ServesLargeFilesToSeveralNodesAtOnce) {
    Served cluster;
    std::string large(8U << 20U, 'x');
    for (std::size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>('a' + i % 26);
    cluster.put("large.deb", large);
    cluster.start();
    const auto fetch = [&](std::size_t node, bool& same) {
        const auto own = cluster.plug_in(node);
        const auto answer = cluster.get(*own, "/cri-o/v1.36/deb/large.deb", 40001);
        same = answer.ends_with(large);
    };
    bool first = false;
    bool second = false;
    {
        const std::jthread master([&] { fetch(0, first); });
        const std::jthread worker([&] { fetch(1, second); });
    }
    EXPECT_TRUE(first);
    EXPECT_TRUE(second);
    // "VmHWM:	    9668 kB"
    const auto status = read_file("/proc/" + std::to_string(cluster.network->pid()) + "/status");
    const auto high_water = std::stoul(status.substr(status.find("VmHWM:") + 6));
    EXPECT_LT(high_water, 30U * 1024U);
}

TEST(Gateway, AnswersTheNamesOfNodes) {
    ClusterNetwork cluster;
    cluster.start();
    const auto master = cluster.plug_in(0);
    const Frame query{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6, 'w', 'o', 'r', 'k', 'e', 'r', 0, 0, 1, 0, 1};
    master->send(make_udp(master->to(cluster.config.gateway_mac, cluster.config.gateway), 5353, 53, query));
    const auto frame = master->receive([](Bytes f) {
        const auto packet = parse_ipv4(f);
        return packet && packet->protocol == protocol_udp;
    });
    ASSERT_TRUE(frame);
    const auto answer = parse_udp(*parse_ipv4(*frame));
    EXPECT_EQ(answer->source_port, 53);
    EXPECT_EQ(answer->destination_port, 5353);
    EXPECT_EQ(read32(answer->data, answer->data.size() - 4), cluster.config.nodes[1].ip.number);
    EXPECT_EQ(cluster.stats().dns_queries, 1U);
}

std::string read_host_side(const UniqueFd& fd) {
    std::array<char, 256> part{};
    const auto got = ::recv(fd.get(), part.data(), part.size(), 0);
    return got > 0 ? std::string(part.data(), static_cast<std::size_t>(got)) : std::string{};
}

TEST(Gateway, ForwardsAPortOfTheHostToEachNode) {
    ClusterNetwork cluster;
    cluster.start();
    const std::array<std::unique_ptr<TestNode>, 2> nodes{cluster.plug_in(0), cluster.plug_in(1)};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        auto& node = *nodes[i];
        ASSERT_TRUE(node.ping(cluster.config.gateway_mac, cluster.config.gateway, 1));
        const auto host = connect_to_loopback(cluster.network->forward("ssh-" + node.self().name));
        ASSERT_TRUE(host.valid());
        auto guest = TestConnection::accept(node, 22);
        ASSERT_TRUE(guest) << node.self().name;
        guest->send("SSH-2.0-" + node.self().name);
        EXPECT_EQ(read_host_side(host), "SSH-2.0-" + node.self().name);
        ASSERT_EQ(::send(host.get(), "hello", 5, 0), 5);
        EXPECT_EQ(guest->receive_some(), "hello");
    }
}

TEST(Gateway, ResetsAForwardedConnectionWhileTheNodeIsNotUp) {
    ClusterNetwork cluster;
    cluster.start();
    const auto before = std::chrono::steady_clock::now();
    const auto host = connect_to_loopback(cluster.network->forward("ssh-master"));
    EXPECT_EQ(read_host_side(host), "");
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{3});
}

}  // namespace
}  // namespace crib::network
