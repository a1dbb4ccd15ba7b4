#include "harness/network/stats.h"

#include "harness/base/error.h"
#include "harness/base/json_place.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace crib::network {
namespace {

using nlohmann::json;

json traffic_json(const Traffic& traffic) {
    return {{"frames", traffic.frames}, {"bytes", traffic.bytes}, {"drops", traffic.drops}};
}

Traffic read_traffic(const JsonPlace<json>& object) {
    return Traffic{object.at("frames"), object.at("bytes"), object.at("drops")};
}

}  // namespace

const PortStats* SwitchStats::port(const std::string& name) const {
    const auto found = std::find_if(ports.begin(), ports.end(), [&](const auto& port) { return port.name == name; });
    return found == ports.end() ? nullptr : &*found;
}

std::string to_json(const SwitchStats& stats) {
    json root{{"ports", json::array()},
              {"refused", stats.refused},
              {"refused_destinations", stats.refused_destinations},
              {"dns_queries", stats.dns_queries},
              {"http_requests", stats.http_requests},
              {"captured_frames", stats.captured_frames}};
    for (const auto& port : stats.ports) {
        root["ports"].push_back({{"name", port.name},
                                 {"connected", port.connected},
                                 {"in", traffic_json(port.in)},
                                 {"out", traffic_json(port.out)}});
    }
    return root.dump(-1, ' ', false, json::error_handler_t::replace);
}

SwitchStats parse_switch_stats(const std::string& text) {
    try {
        const auto json_text = parse_json<json>(text);
        const JsonPlace root(json_text);
        SwitchStats stats;
        for (const auto& port : root.at("ports").values()) {
            stats.ports.push_back(
                {port.at("name"), port.at("connected"), read_traffic(port.at("in")), read_traffic(port.at("out"))});
        }
        stats.refused = root.at("refused");
        stats.refused_destinations = root.at("refused_destinations").get<std::vector<std::string>>();
        stats.dns_queries = root.at("dns_queries");
        stats.http_requests = root.at("http_requests");
        stats.captured_frames = root.at("captured_frames");
        return stats;
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::network, fmt::format("the switch's counters cannot be read: {}", fault.what()));
    }
}

}  // namespace crib::network
