#include "harness/cli/cache_sweep.h"

#include "harness/base/held_folder.h"
#include "harness/cli/printed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using engine::RunState;

constexpr std::chrono::hours kUnusedFor{14 * 24};

bool is_alive(const engine::RunInfo& run) {
    // What cannot be read may have been kept, and of one in doubt the machines may run.
    return run.state == RunState::running || run.state == RunState::kept || run.state == RunState::damaged ||
           !run.doubt.empty();
}

// Node images that checkpoints' disks stand on.
std::set<fs::path> stood_on(const checkpoint::Store& store) {
    std::set<fs::path> files;
    for (const auto& one : store.list()) {
        for (const auto* parts : {&one.entry.parts, &one.entry.layers}) {
            for (const auto& part : *parts) {
                if (!part.backing.file.empty()) files.insert(part.backing.file);
            }
        }
    }
    return files;
}

// What a run uses is marked as used when it begins: so what lies before the oldest that is still there is nobody's.
WallTime unused_since(const engine::RunStore::Survey& survey, WallTime now) {
    auto since = now - kUnusedFor;
    for (const auto& run : survey.runs) {
        if (is_alive(run) && run.began != WallTime{}) since = std::min(since, run.began);
    }
    return since;
}

// Of one cache. What is not `all_read`, a run's record or a checkpoint's manifest, may stand on anything: then nothing
// goes, and what would have gone is named.
void sweep_unused(const fs::path& folder, const UnusedRules& rules, bool all_read, Sweep sweep, Swept& swept) {
    auto unused = remove_unused(folder, rules, all_read ? sweep : Sweep::only_look);
    for (auto& one : unused.left_alone) swept.left_alone.push_back(std::move(one));
    for (auto& one : unused.removed) {
        if (!all_read) {
            swept.left_alone.push_back({folder / one.name, "a run or a checkpoint that cannot be read may stand on it",
                                        "it goes when there is none such"});
            continue;
        }
        swept.freed += one.bytes;
        swept.entries.push_back(std::move(one));
    }
}

}  // namespace

checkpoint::Store checkpoint_store(Services& services) {
    require_listable(services.folders.cache / "checkpoints");
    return {services.runner, services.clock, services.folders.cache / "checkpoints"};
}

checkpoint::Store::IsAlive alive_runs(const Services& services) {
    std::map<std::string, bool> known;
    for (const auto& run : services.runs.list()) known[run.id] = is_alive(run);
    std::error_code problem;
    const bool is_there = fs::is_directory(services.runs.root(), problem);  // else no run is proven to be gone
    return [known = std::move(known), is_there](const std::string& run) -> std::optional<bool> {
        const auto found = known.find(run);
        if (found != known.end()) return found->second;
        return is_there ? std::nullopt : std::optional(true);
    };
}

Swept sweep_caches(Services& services, ByteSize limit, Sweep sweep) {
    auto store = checkpoint_store(services);
    Swept swept;
    swept.checkpoints = store.collect(limit, services.context(), alive_runs(services), sweep);
    swept.freed = swept.checkpoints.freed;
    swept.left_alone = std::move(swept.checkpoints.left_alone);
    for (const auto& one : swept.checkpoints.failed) swept.left_alone.push_back(one);
    const auto survey = services.runs.survey();
    auto unreadable = store.unreadable();
    std::erase_if(unreadable, [&](const LeftAlone& one) {  // of a look: those that would be gone by now
        const auto& gone = swept.checkpoints.entries;
        return std::find(gone.begin(), gone.end(), one.path.stem().string()) != gone.end();
    });
    const bool all_read = survey.all_read && unreadable.empty();
    const UnusedRules rules{unused_since(survey, services.clock.wall_now()), stood_on(store), true};
    for (const auto* folder : {"components", "components/roots", "images", "repositories"}) {
        sweep_unused(services.folders.cache / folder, rules, all_read, sweep, swept);
    }
    return swept;
}

std::string to_text(const Swept& swept, Sweep sweep) {
    const bool looks = sweep == Sweep::only_look;
    const auto* removed = looks ? "would remove" : "removed";
    std::string text;
    for (const auto& key : swept.checkpoints.entries) {
        text += fmt::format("{} checkpoint {}\n", removed, key.substr(0, 12));
    }
    for (const auto& one : swept.entries) {
        text += printed("{} {} ({}), unused for two weeks\n", removed, one.name, to_string(ByteSize{one.bytes}));
    }
    if (swept.freed > 0) {
        text += fmt::format("{} of the caches {}freed\n", to_string(ByteSize{swept.freed}), looks ? "would be " : "");
    }
    return text;
}

std::string to_text(const std::vector<LeftAlone>& left_alone) {
    std::string text;
    for (const auto& one : left_alone) {
        const auto* and_then = one.cure.empty() ? "" : "; ";
        text += printed("left alone {}: {}{}{}\n", one.path.string(), one.why, and_then, one.cure);
    }
    return text;
}

}  // namespace crib::cli
