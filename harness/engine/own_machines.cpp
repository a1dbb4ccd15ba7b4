#include "harness/engine/own_machines.h"

#include "harness/base/error.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using hypervisor::MachineOwner;

// The same folder may have been given by another path, and be at another one by now: it is another only while it is
// there.
bool may_be_own(const MachineOwner& owner, const RunFolder& folder) {
    if (owner.folder.empty()) return true;
    const auto own = owner_of(folder);
    if (owner.user != own.user) return false;
    std::error_code problem;
    if (owner.folder == own.folder || fs::equivalent(owner.folder, own.folder, problem)) return true;
    return fs::symlink_status(owner.folder, problem).type() == fs::file_type::not_found;
}

LeftAlone left_alone_of(const std::string& machine, const MachineOwner& owner, const RunInfo& run) {
    const auto command = [&](const char* verb) {
        return shell_join({"virsh", "-c", run.driver(), verb}) + " " + shown_word(machine);
    };
    return {machine,
            fmt::format("it is a machine of another run {}, of user {}, in {}", run.id, owner.user, owner.folder),
            fmt::format("crib down with that state folder ends it; if that run is gone for good: {}; {}",
                        command("destroy"), command("undefine"))};
}

}  // namespace

MachineOwner owner_of(const RunFolder& folder) {
    std::error_code problem;
    const auto path = fs::weakly_canonical(fs::absolute(folder.path), problem);
    return {(problem ? fs::absolute(folder.path) : path).string(), std::to_string(::geteuid())};
}

MachinesOfId machines_of(hypervisor::Hypervisor& hypervisor, const RunInfo& run, const RunFolder& folder) {
    MachinesOfId machines;
    for (const auto& machine : hypervisor.machines_of(run.id)) {
        const auto owner = hypervisor.owner_of(machine);
        if (may_be_own(owner, folder)) {
            machines.own.push_back(machine);
        } else {
            machines.another.push_back(left_alone_of(machine, owner, run));
        }
    }
    return machines;
}

void require_free_name(hypervisor::Hypervisor& hypervisor, const std::string& machine) {
    if (hypervisor.state(machine) == hypervisor::MachineState::absent) return;
    throw Error(ErrorKind::hypervisor, "there is a machine of the name " + machine + " already",
                "crib gc removes those of runs that have ended; crib ls names those that run");
}

}  // namespace crib::engine
