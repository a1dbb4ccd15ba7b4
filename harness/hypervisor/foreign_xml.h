#pragma once
// The description of a saved machine that somebody sent: is it one that crib would have made?

#include <string_view>

namespace crib::hypervisor {

// Refuses all that would make this host do more than run such a machine: another emulator, its arguments, devices that
// crib's machines have not, paths anywhere but where restored_xml() puts this run's own. `has_kernel`: the machine is
// given a kernel and initrd, which replace those named. Error(usage) with what was found.
void require_own_form(std::string_view saved_xml, bool has_kernel);

}  // namespace crib::hypervisor
