#include "harness/network/mac_table.h"

namespace crib::network {
namespace {

// 01:80:c2:00:00:0X is for the two ends of one cable (spanning tree, pause, LLDP); no switch passes it on.
bool is_link_local(const Mac& mac) {
    return mac.number() >> 4U == 0x0180c200000ULL;
}

}  // namespace

void MacTable::pin(const Mac& mac, PortIndex port) {
    entries_[mac.number()] = Entry{port, TimePoint{}, true};
}

void MacTable::learn(const Mac& mac, PortIndex port, TimePoint now) {
    if (mac.is_multicast()) return;
    const auto found = entries_.find(mac.number());
    if (found != entries_.end()) {
        if (!found->second.pinned) found->second = Entry{port, now, false};
        return;
    }
    if (entries_.size() >= capacity_) forget_silent(now);
    if (entries_.size() < capacity_) entries_.emplace(mac.number(), Entry{port, now, false});
}

std::optional<PortIndex> MacTable::find(const Mac& mac, TimePoint now) const {
    const auto found = entries_.find(mac.number());
    if (found == entries_.end()) return std::nullopt;
    if (!found->second.pinned && now - found->second.seen > lifetime_) return std::nullopt;
    return found->second.port;
}

void MacTable::forget_port(PortIndex port) {
    std::erase_if(entries_, [port](const auto& entry) { return entry.second.port == port && !entry.second.pinned; });
}

void MacTable::forget_silent(TimePoint now) {
    std::erase_if(entries_,
                  [&](const auto& entry) { return !entry.second.pinned && now - entry.second.seen > lifetime_; });
}

Decision decide(MacTable& table, Bytes frame, PortIndex from, TimePoint now) {
    table.learn(source_of(frame), from, now);
    const auto destination = destination_of(frame);
    if (is_link_local(destination)) return {};
    if (destination.is_multicast()) return {Decision::Kind::to_all_others, 0};
    const auto port = table.find(destination, now);
    if (!port) return {Decision::Kind::to_all_others, 0};
    if (*port == from) return {};
    return {Decision::Kind::to_port, *port};
}

}  // namespace crib::network
