#pragma once
// What the switch counts. "in" is from the port's owner into the switch, "out" from the switch to it.

#include <cstdint>
#include <string>
#include <vector>

namespace crib::network {

struct Traffic {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;  // of frames, without their length prefix
    std::uint64_t drops = 0;  // in: frames nobody was to get; out: the port was too slow or not connected

    void count(std::size_t size) {
        ++frames;
        bytes += size;
    }
    bool operator==(const Traffic&) const = default;
};

struct PortStats {
    std::string name;  // the node's, or "gateway"
    bool connected = false;
    Traffic in;
    Traffic out;
    bool operator==(const PortStats&) const = default;
};

struct SwitchStats {
    std::vector<PortStats> ports;
    std::uint64_t refused = 0;                      // packets for outside the cluster that the gateway did not get
    std::vector<std::string> refused_destinations;  // the first few different ones
    std::uint64_t dns_queries = 0;
    std::uint64_t http_requests = 0;
    std::uint64_t captured_frames = 0;
    bool operator==(const SwitchStats&) const = default;

    [[nodiscard]] const PortStats* port(const std::string& name) const;  // null: no such port
};

[[nodiscard]] std::string to_json(const SwitchStats& stats);  // one line

// Error(network) when the text is not what to_json writes.
[[nodiscard]] SwitchStats parse_switch_stats(const std::string& text);

}  // namespace crib::network
