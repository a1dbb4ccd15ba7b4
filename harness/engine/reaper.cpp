#include "harness/engine/reaper.h"

#include "harness/base/error.h"
#include "harness/engine/own_machines.h"
#include "harness/events/event.h"
#include "harness/network/switch.h"

#include <exception>

namespace crib::engine {

namespace {

std::string with_hint(const Error& error) {
    return error.hint().empty() ? error.what() : std::string(error.what()) + "; " + error.hint();
}

}  // namespace

std::string Reaper::driver_to_ask(const RunInfo& run) const {
    std::error_code unknown;
    const bool has_ended = !std::filesystem::exists(runs_.folder(run.id).secret(), unknown) && !unknown;
    return has_ended || run.nodes.empty() || run.driver() == hypervisor::kEmbeddedUri ? "" : run.driver();
}

void Reaper::end_machines(const RunInfo& run, const RunFolder& folder, std::vector<std::string>& problems) const {
    if (!std::filesystem::exists(folder.secret())) return;  // it never started one, or all is cleaned up
    if (run.driver() == hypervisor::kEmbeddedUri) {
        // Processes of this run alone, whose libvirt goes with the run's files: it would first ask each of them to end,
        // and a busy emulator takes seconds to answer.
        if (!kill_(folder)) problems.emplace_back("a QEMU process of the run does not end");
        return;
    }
    // Its nodes are written down before any machine of them is made: a run without has none, wherever its driver is.
    const bool has_machines = !run.nodes.empty();
    try {
        const auto hypervisor = open_(run, folder);
        const auto machines = machines_of(*hypervisor, run, folder);
        for (const auto& machine : machines.own) hypervisor->destroy(machine);
        for (const auto& machine : machines.another) tell_(machine);
        // Whether they were ended only a daemon that still answers can tell.
        if (!machines_of(*hypervisor, run, folder).own.empty()) {
            problems.emplace_back("a machine of the run does not end");
        }
    } catch (const Error& error) {
        if (has_machines) problems.push_back(with_hint(error));
    } catch (const std::exception& error) {
        if (has_machines) problems.emplace_back(error.what());
    }
}

void Reaper::end_all(const RunInfo& run, std::vector<std::string>& problems) const {
    const auto folder = runs_.folder(run.id);
    end_machines(run, folder, problems);
    if (!network::Switch::clean_up(folder.path)) problems.emplace_back("its switch does not end");
    remove_marked_folder(folder.fast_saving(), mark_of_fast_saving(folder));
    if (!problems.empty()) return;
    const auto removal = runs_.remove_private(run.id);
    if (!removal.gone) problems.push_back(words_of_failed(removal));
}

std::vector<std::string> Reaper::end(const RunInfo& run) const noexcept {
    std::vector<std::string> problems;
    try {
        // Nobody is to take it meanwhile: neither to sweep it away, nor to go on with its cluster. Who names one in
        // doubt knows that nobody works on it. The record of one whose crib was killed stays.
        const bool orphaned = run.state == RunState::orphaned;
        std::optional<FileLock> owner;
        if ((orphaned || run.state == RunState::kept) && run.doubt.empty()) {
            owner = orphaned ? runs_.take_orphan(run.id) : runs_.take_kept(run.id);
            if (!owner) return {kAtWork};
        }
        end_all(run, problems);
        if (!problems.empty() || !(run.kept || orphaned) || !run.recorded) return problems;
        auto ended = run;
        ended.kept = false;
        if (ended.outcome.empty()) ended.outcome = events::to_string(events::Outcome::interrupted);
        runs_.save(ended);
    } catch (const std::exception& error) {
        problems.emplace_back(error.what());
    }
    return problems;
}

std::vector<Reaper::Swept> Reaper::sweep(Sweep sweep, const std::stop_token& stop) const {
    std::vector<Swept> swept;
    for (const auto& run : runs_.list()) {
        if (stop.stop_requested()) break;
        if (run.state != RunState::orphaned || !run.doubt.empty()) continue;
        Swept one{run.id, disk_bytes(runs_.folder(run.id).path), driver_to_ask(run), {}};
        try {
            if (sweep == Sweep::only_look) one.problems = runs_.objections_to_ending(run.id);
            if (sweep == Sweep::only_look && one.problems.empty()) one.problems = runs_.objections_to_removal(run.id);
            // Held while sweeping, so that two of us do not meet in one folder.
            std::optional<FileLock> owner;
            if (sweep == Sweep::remove && !(owner = runs_.take_orphan(run.id))) continue;
            if (owner) end_all(run, one.problems);
            if (owner && one.problems.empty()) {
                const auto removal = runs_.remove(run.id);
                if (!removal.gone) one.problems.push_back(words_of_failed(removal));
            }
        } catch (const std::exception& error) {
            one.problems.emplace_back(error.what());
        }
        swept.push_back(std::move(one));
    }
    return swept;
}

}  // namespace crib::engine
