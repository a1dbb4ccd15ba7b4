#include "harness/image/seed.h"

#include "harness/image/iso.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace crib::image {
namespace {

using nlohmann::json;

std::string hosts_file(const SeedSpec& spec) {
    std::string text = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";
    for (const auto& [address, name] : spec.hosts) {
        text += fmt::format("{} {}.{} {}\n", address, name, spec.domain, name);
    }
    return text;
}

json user_data(const SeedSpec& spec) {
    return {{"hostname", spec.name},
            {"fqdn", spec.name + "." + spec.domain},
            {"manage_etc_hosts", false},
            {"disable_root", false},
            {"ssh_pwauth", false},
            {"ssh_deletekeys", true},
            {"ssh_genkeytypes", json::array()},
            {"ssh_keys", {{"ed25519_private", spec.host_key}, {"ed25519_public", spec.host_key_public}}},
            {"users", json::array({{{"name", "root"}, {"ssh_authorized_keys", json::array({spec.authorized_key})}}})},
            {"write_files", json::array({{{"path", "/etc/hosts"}, {"content", hosts_file(spec)}}})},
            {"package_update", false},
            {"package_upgrade", false}};
}

json network_config(const SeedSpec& spec) {
    return {
        {"version", 2},
        {"ethernets",
         {{"eth0",
           {{"match", {{"macaddress", spec.mac}}},
            {"set-name", "eth0"},
            {"dhcp4", false},
            {"addresses", json::array({fmt::format("{}/{}", spec.ip, spec.prefix)})},
            {"gateway4", spec.gateway},
            {"nameservers", {{"addresses", json::array({spec.gateway})}, {"search", json::array({spec.domain})}}}}}}}};
}

std::string line(const std::string& text) {
    return text.ends_with('\n') ? text : text + "\n";
}

}  // namespace

std::map<std::string, std::string> seed_files(const SeedSpec& spec) {
    const json meta = {{"instance-id", fmt::format("{}-{}", spec.run_id, spec.name)}, {"local-hostname", spec.name}};
    return {
        {"meta-data", line(meta.dump(2))},
        {"user-data", "#cloud-config\n" + line(user_data(spec).dump(2))},
        {"network-config", line(network_config(spec).dump(2))},
        {"crib/authorized_keys", line(spec.authorized_key)},
        {"crib/ssh_host_ed25519_key", line(spec.host_key)},
        {"crib/ssh_host_ed25519_key.pub", line(spec.host_key_public)},
        {"crib/hosts", hosts_file(spec)},
        {"crib/hostname", line(spec.name)},
        {"crib/resolv.conf", fmt::format("nameserver {}\nsearch {}\n", spec.gateway, spec.domain)},
    };
}

void write_seed(const SeedSpec& spec, const std::filesystem::path& iso) {
    write_iso("cidata", seed_files(spec), iso);
}

}  // namespace crib::image
