#include "harness/guest/finding.h"

namespace crib::guest {

Severity severity_of(FindingKind kind) {
    switch (kind) {
        case FindingKind::kernel_panic:
        case FindingKind::emergency_shell:
        case FindingKind::initramfs_shell:
        case FindingKind::stopped:
            return Severity::dead;
        case FindingKind::out_of_memory:
        case FindingKind::out_of_space:
            return Severity::serious;
        case FindingKind::container_killed:
        case FindingKind::kernel_trouble:
            return Severity::warning;
    }
    return Severity::warning;
}

const char* to_string(FindingKind kind) {
    switch (kind) {
        case FindingKind::kernel_panic:
            return "kernel panic";
        case FindingKind::emergency_shell:
            return "emergency shell";
        case FindingKind::initramfs_shell:
            return "initramfs shell";
        case FindingKind::stopped:
            return "node stopped";
        case FindingKind::out_of_memory:
            return "out of memory";
        case FindingKind::out_of_space:
            return "out of disk space";
        case FindingKind::container_killed:
            return "container out of memory";
        case FindingKind::kernel_trouble:
            return "kernel trouble";
    }
    return "?";
}

}  // namespace crib::guest
