#include "harness/cli/cache_sweep.h"

#include "harness/cli/printed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using engine::RunState;

constexpr std::chrono::hours kUnusedFor{14 * 24};

bool is_alive(RunState state) {
    return state == RunState::running || state == RunState::kept;
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
WallTime unused_since(Services& services) {
    auto since = services.clock.wall_now() - kUnusedFor;
    for (const auto& run : services.runs.list()) {
        if (is_alive(run.state)) since = std::min(since, run.began);
    }
    return since;
}

}  // namespace

checkpoint::Store checkpoint_store(Services& services) {
    return {services.runner, services.clock, services.folders.cache / "checkpoints"};
}

std::function<bool(const std::string&)> alive_runs(const Services& services) {
    std::map<std::string, bool> known;
    for (const auto& run : services.runs.list()) known[run.id] = is_alive(run.state);
    return [known = std::move(known)](const std::string& run) {
        const auto found = known.find(run);
        return found == known.end() || found->second;
    };
}

Swept sweep_caches(Services& services, ByteSize limit) {
    auto store = checkpoint_store(services);
    Swept swept;
    swept.checkpoints = store.collect(limit, services.context(), alive_runs(services));
    swept.freed = swept.checkpoints.freed;
    const UnusedRules rules{unused_since(services), stood_on(store), true};
    for (const auto* folder : {"components", "components/roots", "images", "repositories"}) {
        for (auto& one : remove_unused(services.folders.cache / folder, rules)) {
            swept.freed += one.bytes;
            swept.entries.push_back(std::move(one));
        }
    }
    return swept;
}

std::string to_text(const Swept& swept) {
    std::string text;
    for (const auto& key : swept.checkpoints.entries) text += fmt::format("removed checkpoint {}\n", key.substr(0, 12));
    for (const auto& one : swept.entries) {
        text += printed("removed {} ({}), unused for two weeks\n", one.name, to_string(ByteSize{one.bytes}));
    }
    if (swept.freed > 0) text += fmt::format("{} of the caches freed\n", to_string(ByteSize{swept.freed}));
    return text;
}

}  // namespace crib::cli
