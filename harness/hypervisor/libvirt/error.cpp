#include "harness/hypervisor/libvirt/error.h"

#include "harness/hypervisor/hypervisor.h"

#include <libvirt/virterror.h>

namespace crib::hypervisor {

namespace {

std::string hint_for(int number, const std::string& reason, const std::string& what) {
    const auto says = [&](const char* text) { return reason.find(text) != std::string::npos; };
    if (says("libvirt-qemu")) {
        return "install the package libvirt-daemon-system: as root, libvirt insists on the user that it makes";
    }
    if (says("pid file")) return "another program has these machines open: wait until it has ended, or end it";
    if (says("Cannot allocate memory"))
        return "the host has too little memory left; give the nodes less or end other runs";
    if (says("No space left")) return "free some disk space; --state DIR moves crib's files to another disk";
    if (says("ermission denied")) {
        return "QEMU runs as another user under this connection and must be able to read the run's files: use "
               "qemu:///embed, or --state with a folder that everybody may enter";
    }
    if (says("/dev/kvm") || says("KVM is not available"))
        return "run with --accel tcg; crib doctor explains what is wrong with KVM";
    if (number == VIR_ERR_NO_CONNECT && what.find(kEmbeddedUri) != std::string::npos) {
        return "libvirt does not find its QEMU driver: install the package libvirt-daemon, and unset "
               "LIBVIRT_DRIVER_DIR; crib doctor says what else is missing";
    }
    // What is said of a daemon that has ended, or says nothing any more.
    if (says("keepalive timeout") || says("client socket is closed") || says("End of file while reading data")) {
        return "see whether the libvirt daemon of this connection still runs: systemctl status libvirtd; crib down "
               "RUN, or crib gc, ends what is left of a run once it does";
    }
    if (number == VIR_ERR_NO_CONNECT || number == VIR_ERR_SYSTEM_ERROR) {
        return "check that the daemon of this connection runs, or use the default qemu:///embed, which needs none";
    }
    if (says("emulator") || says("qemu-system-x86_64")) return "install the package qemu-system-x86";
    return {};
}

}  // namespace

LibvirtError last_error(const std::string& what) {
    const virError* error = virGetLastError();
    const int number = error != nullptr ? error->code : VIR_ERR_INTERNAL_ERROR;
    const std::string reason = error != nullptr && error->message != nullptr ? error->message : "unknown error";
    return {number, what + ": " + reason, hint_for(number, reason, what)};
}

}  // namespace crib::hypervisor
