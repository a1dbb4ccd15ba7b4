#include "harness/hypervisor/reach.h"

#include "harness/base/error.h"
#include "harness/base/plain_path.h"

#include <fmt/format.h>

#include <vector>

namespace crib::hypervisor {

namespace fs = std::filesystem;

std::optional<fs::path> closed_folder_above(const fs::path& file) {
    fs::path folder;
    for (const auto& part : plain_path(fs::absolute(file)).parent_path()) {
        folder /= part;
        std::error_code unknown;
        const auto mode = fs::status(folder, unknown).permissions();
        if (!unknown && (mode & fs::perms::others_exec) == fs::perms::none) return folder;
    }
    return std::nullopt;
}

void require_reach(const MachineSpec& spec) {
    std::vector<fs::path> files{spec.kernel, spec.initrd};
    for (const auto& disk : spec.disks) files.push_back(disk.file);
    for (const auto& file : files) {
        if (file.empty()) continue;
        const auto closed = closed_folder_above(file);
        if (!closed) continue;
        throw Error(ErrorKind::environment,
                    fmt::format("the libvirt daemon's QEMU runs as another user, who may not enter {} to read {}",
                                closed->string(), file.string()),
                    "keep caches and runs where everybody may look, for instance with --state /var/lib/crib");
    }
}

}  // namespace crib::hypervisor
