#include "tests/integration/network/cluster_network.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace crib::network {
namespace {

Ends between(const TestNode& from, const TestNode& to) {
    return from.to(to.self().mac, to.self().ip);
}

bool is_udp_to(Bytes frame, Ipv4 address) {
    const auto packet = parse_ipv4(frame);
    return packet && packet->protocol == protocol_udp && packet->destination == address;
}

TEST(SwitchProgram, CarriesFramesBetweenTwoNodes) {
    ClusterNetwork cluster;
    cluster.start();
    const auto master = cluster.plug_in(0);
    const auto worker = cluster.plug_in(1);
    const auto there = make_udp(between(*master, *worker), 1, 2, Frame(1400, 7));
    // The worker's port may be taken a moment after its connection: its own first frame shows that it is.
    ASSERT_TRUE(worker->ping(cluster.config.gateway_mac, cluster.config.gateway, 1));
    master->send(there);
    EXPECT_EQ(worker->receive([&](Bytes f) { return is_udp_to(f, worker->self().ip); }), there);
    const auto back = make_udp(between(*worker, *master), 2, 1, Frame(3, 9));
    worker->send(back);
    EXPECT_EQ(master->receive([&](Bytes f) { return is_udp_to(f, master->self().ip); }), back);

    const auto stats = cluster.stats();
    EXPECT_EQ(stats.port("master")->in.frames, 1U);
    EXPECT_EQ(stats.port("master")->in.bytes, there.size());
    EXPECT_EQ(stats.port("master")->out.bytes, back.size());
    EXPECT_TRUE(stats.port("worker")->connected);
    EXPECT_EQ(stats.refused, 0U);
}

TEST(SwitchProgram, TakesANodeThatConnectsAgain) {
    ClusterNetwork cluster;
    cluster.start();
    auto master = cluster.plug_in(0);
    ASSERT_TRUE(master->ping(cluster.config.gateway_mac, cluster.config.gateway, 1));
    master.reset();
    master = cluster.plug_in(0);
    EXPECT_TRUE(master->ping(cluster.config.gateway_mac, cluster.config.gateway, 2));
}

TEST(SwitchProgram, RefusesASecondConnectionToAPort) {
    ClusterNetwork cluster;
    cluster.start();
    const auto master = cluster.plug_in(0);
    ASSERT_TRUE(master->ping(cluster.config.gateway_mac, cluster.config.gateway, 1));
    const auto intruder = cluster.plug_in(0);
    EXPECT_FALSE(intruder->receive([](Bytes) { return true; }));
    EXPECT_FALSE(intruder->plugged());
    EXPECT_TRUE(master->ping(cluster.config.gateway_mac, cluster.config.gateway, 2));
}

TEST(SwitchProgram, EndsALinkThatIsNoStreamOfFramesAndGoesOn) {
    ClusterNetwork cluster;
    cluster.start();
    const auto garbage = cluster.plug_in(0);
    ASSERT_EQ(::write(garbage->fd(), "GET / HTTP/1.0\r\n\r\n", 18), 18);
    EXPECT_FALSE(garbage->receive([](Bytes) { return true; }));
    EXPECT_FALSE(garbage->plugged());
    const auto worker = cluster.plug_in(1);
    EXPECT_TRUE(worker->ping(cluster.config.gateway_mac, cluster.config.gateway, 1));
}

TEST(SwitchProgram, DropsAndCountsWhatANodeDoesNotTake) {
    ClusterNetwork cluster;
    cluster.start();
    const auto master = cluster.plug_in(0);
    const auto worker = cluster.plug_in(1);
    ASSERT_TRUE(worker->ping(cluster.config.gateway_mac, cluster.config.gateway, 1));
    const auto frame = make_udp(between(*master, *worker), 1, 2, Frame(60000, 7));
    for (int i = 0; i < 1500; ++i) master->send(frame);  // 90 MB; the worker reads nothing
    ASSERT_TRUE(master->ping(cluster.config.gateway_mac, cluster.config.gateway, 1));
    const auto stats = cluster.stats();
    EXPECT_GT(stats.port("worker")->out.drops, 0U);
    EXPECT_EQ(stats.port("worker")->out.drops + stats.port("worker")->out.frames, 1500U + 1U);
}

TEST(SwitchProgram, WritesAllTrafficToACaptureFile) {
    ClusterNetwork cluster;
    cluster.start();
    const auto master = cluster.plug_in(0);
    const auto file = cluster.temporary.path() / "all.pcap";
    cluster.network->start_capture(file, cluster.context());
    ASSERT_TRUE(master->ping(cluster.config.gateway_mac, cluster.config.gateway, 1));
    EXPECT_EQ(cluster.stats().captured_frames, 2U);
    cluster.network->stop_capture(cluster.context());
    EXPECT_EQ(std::filesystem::file_size(file), 24U + 2U * (16U + 42U));
}

}  // namespace
}  // namespace crib::network
