#pragma once
// Where a frame goes: what the switch has learnt about which address is behind which port.

#include "harness/base/clock.h"
#include "harness/network/packet.h"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace crib::network {

using PortIndex = std::size_t;

// Learns source addresses, forgets them when they have been silent for long. Never larger than `capacity`:
// an address that does not fit is simply not known, and frames for it go everywhere.
class MacTable {
public:
    explicit MacTable(std::size_t capacity = 1024, Duration lifetime = std::chrono::minutes{5})
        : capacity_(capacity), lifetime_(lifetime) {}

    // An address that no port can take over.
    void pin(const Mac& mac, PortIndex port);

    void learn(const Mac& mac, PortIndex port, TimePoint now);
    [[nodiscard]] std::optional<PortIndex> find(const Mac& mac, TimePoint now) const;
    void forget_port(PortIndex port);  // its pinned addresses stay
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        PortIndex port = 0;
        TimePoint seen;
        bool pinned = false;
    };
    void forget_silent(TimePoint now);

    std::unordered_map<std::uint64_t, Entry> entries_;
    std::size_t capacity_;
    Duration lifetime_;
};

struct Decision {
    enum class Kind { discard, to_port, to_all_others };
    Kind kind = Kind::discard;
    PortIndex port = 0;

    bool operator==(const Decision&) const = default;
};

// What to do with a frame that came in at `from`. Learns its sender on the way.
Decision decide(MacTable& table, Bytes frame, PortIndex from, TimePoint now);

}  // namespace crib::network
