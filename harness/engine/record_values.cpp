#include "harness/engine/record_values.h"

#include "harness/base/pattern.h"
#include "harness/hypervisor/driver_uri.h"
#include "harness/network/address.h"
#include "harness/scenario/scenario.h"

namespace crib::engine {

std::string objection_to_role(const std::string& role) {
    using scenario::Role;
    if (role == to_string(Role::control_plane) || role == to_string(Role::worker)) return {};
    return "is no role of a node";
}

std::string objection_to_address(const std::string& address) {
    return address.empty() || network::Ipv4::parse(address) ? "" : "is no address of a node";
}

std::string objection_to_host_key(const std::string& key) {
    static const Pattern of_one_line(R"([a-z0-9@.-]+ [A-Za-z0-9+/=]+( [^[:cntrl:]]*)?)");
    return key.empty() || of_one_line.matches_whole(key) ? "" : "is no public SSH key";
}

std::string objection_to_driver(const std::string& uri) {
    if (uri.empty()) return {};
    const auto objection = hypervisor::objection_to_uri(uri);
    return objection.empty() ? "" : "cannot be used: " + objection;
}

}  // namespace crib::engine
