#pragma once
// The XML of saving and restoring: libvirt's snapshots, and a saved domain made into another run's. Pure.

#include "harness/hypervisor/hypervisor.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace crib::hypervisor {

struct DomainDisk {
    std::string target;  // "vda"
    std::filesystem::path file;
    DiskFormat format = DiskFormat::qcow2;
    bool read_only = false;
};

// The disks of a domain, in the XML's order. Error(hypervisor) for text that is no domain.
[[nodiscard]] std::vector<DomainDisk> disks_of_domain(std::string_view domain_xml);

// A domain's description without where its memory was mapped from and whose it was, which is of no use to whoever
// restores it.
// Error(hypervisor) for text that is no domain.
[[nodiscard]] std::string description_to_keep(std::string_view domain_xml);

// A snapshot of the memory alone; the disks named stay as they are.
[[nodiscard]] std::string memory_snapshot_xml(const std::filesystem::path& memory,
                                              const std::vector<DomainDisk>& disks);

// A snapshot of the disks that have an overlay.
[[nodiscard]] std::string disk_snapshot_xml(const std::map<std::string, std::filesystem::path>& overlays,
                                            const std::vector<DomainDisk>& disks);

// A saved domain's XML with all that a new run brings: the run's id and owner, paths of kernel, initrd and console,
// disks' files and formats, switch ports, and its memory mapped from the file `memory`. What libvirt does not let
// change (or the guest would notice) stays. Error(hypervisor) when `saved_xml` is no domain; Error(internal) when the
// machine has other disks or cards than the saved one.
[[nodiscard]] std::string restored_xml(std::string_view saved_xml, const MachineSpec& machine,
                                       const std::filesystem::path& memory);

}  // namespace crib::hypervisor
