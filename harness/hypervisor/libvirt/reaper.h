#pragma once
// Reaper: adopts and reaps the QEMU processes of an embedded libvirt. Private to the adapter.

#include <memory>
#include <thread>

namespace crib::hypervisor {

// An embedded QEMU makes itself a daemon. Were its exit left to init, libvirt would wait for long
// seconds wherever init does not reap. So this process becomes the reaper of its descendants. Only
// orphans that live in a session begun by another process are reaped: neither those that libvirt itself waits
// for nor programs of a process::Runner are such.
class Reaper {
public:
    Reaper();
    ~Reaper();
    Reaper(const Reaper&) = delete;
    Reaper& operator=(const Reaper&) = delete;

private:
    std::jthread thread_;
};

}  // namespace crib::hypervisor
