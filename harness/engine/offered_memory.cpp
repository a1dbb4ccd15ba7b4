#include "harness/engine/offered_memory.h"

#include "harness/base/file.h"

#include <chrono>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLook{10};

fs::path mark(const fs::path& folder, const std::string& node) {
    return folder / (node + ".complete");
}

}  // namespace

OfferedMemory::OfferedMemory(const checkpoint::Lease& lease, fs::path folder, const Context& context)
    : lease_(lease), folder_(std::move(folder)) {
    for (const auto& part : lease.entry().parts) {
        if (part.kind != checkpoint::Part::Kind::memory) continue;
        nodes_.push_back(part.name);
        fs::create_symlink(lease.memory(part.name, context), offered_memory(folder_, part.name));
    }
}

void OfferedMemory::unpack(const Context& context) const {
    for (const auto& node : nodes_) {
        lease_.wait_for_memory(node, context);
        write_file(mark(folder_, node), "");
    }
}

fs::path offered_memory(const fs::path& folder, const std::string& node) {
    return folder / (node + ".memory");
}

void wait_for_offered_memory(const fs::path& folder, const std::string& node, const Context& context) {
    while (!fs::exists(mark(folder, node))) {
        context.throw_if_done("waiting for the memory of " + node);
        context.sleep(kLook);
    }
}

}  // namespace crib::engine
