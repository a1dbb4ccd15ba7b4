#include "harness/engine/reaper.h"

#include "harness/base/file.h"
#include "harness/network/switch.h"

#include <exception>

namespace crib::engine {

void Reaper::end_machines(const RunInfo& run, const RunFolder& folder, std::vector<std::string>& problems) const {
    if (!std::filesystem::exists(folder.secret())) return;  // it never started one, or all is cleaned up
    if (run.driver() == hypervisor::kEmbeddedUri) {
        // Processes of this run alone, whose libvirt goes with the run's files: it would first ask each of them to end,
        // and a busy emulator takes seconds to answer.
        if (!kill_(folder)) problems.emplace_back("a QEMU process of the run does not end");
        return;
    }
    try {
        const auto hypervisor = open_(run, folder);
        for (const auto& machine : hypervisor->machines_of(run.id)) hypervisor->destroy(machine);
    } catch (const std::exception& error) {
        problems.emplace_back(error.what());
    }
}

std::vector<std::string> Reaper::end(const RunInfo& run) const noexcept {
    std::vector<std::string> problems;
    try {
        const auto folder = runs_.folder(run.id);
        end_machines(run, folder, problems);
        if (!network::Switch::clean_up(folder.path)) problems.emplace_back("its switch does not end");
        remove_all_quietly(folder.fast_saving());
        if (problems.empty() && !remove_all_quietly(folder.secret())) {
            problems.push_back("cannot remove " + folder.secret().string());
        }
        if (problems.empty() && run.kept) {
            auto ended = run;
            ended.kept = false;
            runs_.save(ended);
        }
    } catch (const std::exception& error) {
        problems.emplace_back(error.what());
    }
    return problems;
}

std::vector<Reaper::Swept> Reaper::sweep() const {
    std::vector<Swept> swept;
    for (const auto& run : runs_.list()) {
        if (run.state != RunState::orphaned) continue;
        const auto folder = runs_.folder(run.id);
        // Held while sweeping, so that two of us do not meet in one folder.
        const auto owner = FileLock::try_take(folder.owner_lock());
        if (!owner) continue;
        Swept one{run.id, end(run)};
        if (one.problems.empty() && !remove_all_quietly(folder.path)) {
            one.problems.push_back("cannot remove " + folder.path.string());
        }
        swept.push_back(std::move(one));
    }
    return swept;
}

}  // namespace crib::engine
