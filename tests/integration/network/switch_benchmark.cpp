// How fast the switch carries one flow of full-size frames from one port to another, and how large it gets.

#include "tests/integration/network/cluster_network.h"

#include <sys/socket.h>

#include <atomic>
#include <cstdio>
#include <thread>

namespace {

using namespace crib;
using namespace crib::network;

constexpr std::size_t frames_a_write = 64;

// What QEMU does for a guest that sends as fast as it can.
void send_until(const std::atomic<bool>& stop, TestNode& from, const TestNode& to) {
    FrameQueue batch(1U << 20U);
    const auto frame = make_udp(from.to(to.self().mac, to.self().ip), 1, 2, Frame(1472));
    for (std::size_t i = 0; i < frames_a_write; ++i) (void)batch.push(frame);
    const Frame bytes(batch.waiting().begin(), batch.waiting().end());
    while (!stop) {
        for (std::size_t at = 0; at < bytes.size();) {
            const auto sent = ::send(from.fd(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
            if (sent <= 0) return;
            at += static_cast<std::size_t>(sent);
        }
    }
}

}  // namespace

int main() {
    ClusterNetwork cluster;
    cluster.start();
    const auto master = cluster.plug_in(0);
    const auto worker = cluster.plug_in(1);
    if (!worker->ping(cluster.config.gateway_mac, cluster.config.gateway, 1)) return 1;

    std::atomic<bool> stop{false};
    const std::jthread sender([&] { send_until(stop, *master, *worker); });
    std::uint64_t bytes = 0;
    const auto start = std::chrono::steady_clock::now();
    Frame buffer(1U << 20U);
    while (std::chrono::steady_clock::now() - start < std::chrono::seconds{5}) {
        const auto got = ::recv(worker->fd(), buffer.data(), buffer.size(), 0);
        if (got <= 0) return 1;
        bytes += static_cast<std::uint64_t>(got);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const auto stats = cluster.stats();
    stop = true;
    ::shutdown(master->fd(), SHUT_RDWR);
    std::printf("%.2f Gbit/s delivered, %llu frames, %llu dropped\n",
                static_cast<double>(bytes) * 8 / took.count() / 1e9,
                static_cast<unsigned long long>(stats.port("worker")->out.frames),
                static_cast<unsigned long long>(stats.port("worker")->out.drops));
    const auto status = read_file("/proc/" + std::to_string(cluster.network->pid()) + "/status");
    const auto at = status.find("VmHWM:");
    std::printf("%s\n", status.substr(at, status.find('\n', at) - at).c_str());
    return 0;
}
