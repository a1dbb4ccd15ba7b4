#include "tests/integration/hypervisor/restore_orders.h"

#include "harness/base/file.h"

#include <nlohmann/json.hpp>

namespace crib::hypervisor {

using nlohmann::json;

void write_restore_orders(const std::filesystem::path& file, const std::vector<RestoreSpec>& specs) {
    json orders = json::array();
    for (const auto& spec : specs) {
        json disks = json::array();
        for (const auto& disk : spec.machine.disks) {
            disks.push_back(
                {{"file", disk.file.string()}, {"raw", disk.format == DiskFormat::raw}, {"read_only", disk.read_only}});
        }
        json nics = json::array();
        for (const auto& nic : spec.machine.nics) nics.push_back({{"mac", nic.mac}, {"port", nic.switch_port}});
        orders.push_back({{"name", spec.machine.name},
                          {"run", spec.machine.run_id},
                          {"kernel", spec.machine.kernel.string()},
                          {"initrd", spec.machine.initrd.string()},
                          {"console", spec.machine.console_log.string()},
                          {"disks", disks},
                          {"nics", nics},
                          {"memory", spec.memory.string()},
                          {"state", spec.state.string()},
                          {"description", spec.description}});
    }
    write_file(file, orders.dump());
}

std::vector<RestoreSpec> read_restore_orders(const std::filesystem::path& file) {
    std::vector<RestoreSpec> specs;
    for (const auto& order : json::parse(read_file(file))) {
        RestoreSpec spec;
        spec.machine.name = order.at("name");
        spec.machine.run_id = order.at("run");
        spec.machine.kernel = order.at("kernel").get<std::string>();
        spec.machine.initrd = order.at("initrd").get<std::string>();
        spec.machine.console_log = order.at("console").get<std::string>();
        for (const auto& disk : order.at("disks")) {
            spec.machine.disks.push_back({disk.at("file").get<std::string>(),
                                          disk.at("raw").get<bool>() ? DiskFormat::raw : DiskFormat::qcow2,
                                          disk.at("read_only").get<bool>(),
                                          {}});
        }
        for (const auto& nic : order.at("nics")) {
            spec.machine.nics.push_back({nic.at("mac").get<std::string>(), nic.at("port").get<std::uint16_t>(), {}});
        }
        spec.memory = order.at("memory").get<std::string>();
        spec.state = order.at("state").get<std::string>();
        spec.description = order.at("description");
        specs.push_back(std::move(spec));
    }
    return specs;
}

}  // namespace crib::hypervisor
