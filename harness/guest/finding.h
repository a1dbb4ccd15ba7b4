#pragma once
// Finding: a line of a serial console that means trouble.

#include <string>

namespace crib::guest {

enum class FindingKind {
    kernel_panic,
    emergency_shell,   // systemd gave up on booting and asks for the root password
    initramfs_shell,   // the root file system was not found
    stopped,           // the node powered itself off or halted
    out_of_memory,     // the kernel killed a process because the node's memory ran out
    out_of_space,      // a file system of the node is full
    container_killed,  // a container went over its own memory limit
    kernel_trouble,    // BUG:, Oops, soft lockup, stalls, hung tasks, disk errors
};

enum class Severity {
    warning,  // worth showing, no reason to stop
    serious,  // ends the wait for a booting node; a running command is left to end by itself
    dead,     // the node will not answer any more: ends every wait
};

struct Finding {
    FindingKind kind = FindingKind::kernel_trouble;
    std::string line;  // as on the console, without control characters
};

[[nodiscard]] Severity severity_of(FindingKind kind);
[[nodiscard]] const char* to_string(FindingKind kind);  // "kernel panic", "emergency shell", ...

}  // namespace crib::guest
