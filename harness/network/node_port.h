#pragma once
// NodePort: one node's plug. A TCP listener on 127.0.0.1 that QEMU's socket netdev connects to; one link at a time.

#include "harness/base/file.h"
#include "harness/network/config.h"
#include "harness/network/frame_stream.h"
#include "harness/network/poll_set.h"
#include "harness/network/stats.h"

#include <functional>

namespace crib::network {

class NodePort {
public:
    // Listens on a fresh port. Error(network) when it cannot.
    explicit NodePort(const SwitchNode& node);

    [[nodiscard]] const SwitchNode& node() const { return node_; }
    [[nodiscard]] std::uint16_t tcp_port() const { return tcp_port_; }
    [[nodiscard]] bool connected() const { return link_.valid(); }
    [[nodiscard]] bool heard() const { return heard_; }  // it sent a frame since it connected
    [[nodiscard]] PortStats& stats() { return stats_; }
    [[nodiscard]] const PortStats& stats() const { return stats_; }

    void before_poll(PollSet& set);

    // Takes a new link; reads what has come. False: the link ended (and is closed).
    void accept_link(const PollSet& set);
    bool read_frames(const PollSet& set, const std::function<void(Bytes frame)>& on_frame);

    // Queues a frame for the node; counts it, or its drop.
    void send(Bytes frame);
    void flush();  // writes as much as the link takes now

private:
    bool read_link(const std::function<void(Bytes frame)>& on_frame);
    void close_link();

    SwitchNode node_;
    UniqueFd listener_;
    std::uint16_t tcp_port_ = 0;
    UniqueFd link_;
    bool heard_ = false;
    FrameReader reader_;
    FrameQueue queue_;
    PortStats stats_;
    std::size_t listener_index_ = PollSet::none;
    std::size_t link_index_ = PollSet::none;
};

}  // namespace crib::network
