#pragma once
// The libvirt domain of a machine, as XML. Pure.

#include "harness/hypervisor/hypervisor.h"

#include <string>
#include <string_view>

namespace crib::hypervisor {

// Relative paths are made absolute. Error(internal) for a machine that no XML can say (a disk's
// serial too long, a network card with no network).
[[nodiscard]] std::string domain_xml(const MachineSpec& spec);

// The run that a machine belongs to, out of the metadata that domain_xml() put into it.
inline constexpr const char* metadata_namespace = "urn:crib:machine:1";
[[nodiscard]] std::string run_id_of_metadata(std::string_view metadata_xml);
[[nodiscard]] MachineOwner owner_of_metadata(std::string_view metadata_xml);

}  // namespace crib::hypervisor
