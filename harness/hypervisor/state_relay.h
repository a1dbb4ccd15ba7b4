#pragma once
// StateRelay: a machine's state on its way through a FIFO to a libvirt that reads the state's head twice.

#include "harness/base/context.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <thread>

namespace crib::hypervisor {

// Since libvirt 11.2 restoring opens the file twice: for the description of the machine, and then, from its beginning
// again, for all of it (libvirt's qemu_saveimage.c: qemuSaveImageGetMetadata, qemuSaveImageOpen; read in 11.3, and in
// 9.0, which opens it once). Out of a FIFO the second reader would get what follows. The relay has a FIFO of its own,
// into which it writes the head twice, each time exactly what a reader of it takes, and then the rest as it comes.
class StateRelay {
public:
    // Reads the FIFO `from`, whose first `head` bytes are what is read twice. Its own FIFO lies beside it.
    // Error(environment) when that cannot be made.
    StateRelay(const std::filesystem::path& from, std::size_t head, const Context& context);
    StateRelay(const StateRelay&) = delete;
    StateRelay& operator=(const StateRelay&) = delete;
    ~StateRelay();  // whoever still reads or writes is told that the other end is closed

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    void relay(const std::filesystem::path& from, std::size_t head, const Context& context) const;

    std::filesystem::path path_;
    std::jthread thread_;
};

}  // namespace crib::hypervisor
