#pragma once
// What this process may use, before libvirt is begun: libvirt and GLib end the program when they get none. Asked also
// before anything is made for a run, as what removes that needs files as well.

namespace crib::hypervisor {

// Raises the limit of open files where that is allowed. Error(environment) when few files may be open, or little memory
// used (RLIMIT_NOFILE, RLIMIT_AS).
void require_limits_for_libvirt();

}  // namespace crib::hypervisor
