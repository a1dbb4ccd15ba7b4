#include "harness/hypervisor/hypervisor.h"

#include "harness/base/error.h"

namespace crib::hypervisor {

const char* to_string(Acceleration acceleration) {
    return acceleration == Acceleration::kvm ? "kvm" : "tcg";
}

const char* to_string(MachineState state) {
    switch (state) {
        case MachineState::absent:
            return "absent";
        case MachineState::running:
            return "running";
        case MachineState::paused:
            return "paused";
        case MachineState::shut_off:
            return "shut off";
        case MachineState::crashed:
            return "crashed";
    }
    return "unknown";
}

std::string target_of_disk(std::size_t index) {
    if (index >= 26) throw Error(ErrorKind::internal, "a machine has more than 26 disks");
    return std::string("vd") + static_cast<char>('a' + index);
}

std::string default_cpu_model(Acceleration acceleration) {
    return acceleration == Acceleration::kvm ? "host-passthrough" : "Nehalem";
}

}  // namespace crib::hypervisor
