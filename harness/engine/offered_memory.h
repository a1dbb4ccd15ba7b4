#pragma once
// OfferedMemory: one process unpacks a checkpoint's memory for others that restore it at the same time.

#include "harness/base/context.h"
#include "harness/checkpoint/lease.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::engine {

class OfferedMemory {
public:
    // Begins to unpack, and names each node's memory in `folder`, which is private. The lease and the folder outlive
    // the others' restoring.
    OfferedMemory(const checkpoint::Lease& lease, std::filesystem::path folder, const Context& context);

    // Until all of it is there, and says so to the others. Errors as of Lease::wait_for_memory.
    void unpack(const Context& context) const;

private:
    const checkpoint::Lease& lease_;
    std::filesystem::path folder_;
    std::vector<std::string> nodes_;
};

// What the others see in that folder: a node's memory, and when all of it is there.
[[nodiscard]] std::filesystem::path offered_memory(const std::filesystem::path& folder, const std::string& node);
void wait_for_offered_memory(const std::filesystem::path& folder, const std::string& node, const Context& context);

}  // namespace crib::engine
