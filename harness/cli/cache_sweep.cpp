#include "harness/cli/cache_sweep.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/held_folder.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"
#include "harness/cli/printed.h"
#include "harness/engine/cache_users.h"
#include "harness/engine/cluster_state.h"
#include "harness/engine/missing_users.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// What restoring a checkpoint needs: what its disks stand on, and what its cluster's state names.
std::vector<fs::path> needed_by(const checkpoint::Entry& entry) {
    std::vector<fs::path> files;
    for (const auto* parts : {&entry.parts, &entry.layers}) {
        for (const auto& part : *parts) {
            if (!part.backing.file.empty()) files.push_back(part.backing.file);
        }
    }
    try {
        for (auto& file : engine::files_needed(engine::parse_cluster_state(entry.payload))) {
            files.push_back(std::move(file));
        }
    } catch (const Error&) {
        // Nobody can make a cluster of it.
    }
    return files;
}

// The same of all but those that are gone, or would be. As paths in the cache also where a link leads to it.
std::set<fs::path> needed_by_checkpoints(const checkpoint::Store& store, const std::vector<std::string>& gone,
                                         const fs::path& cache) {
    std::set<fs::path> files;
    std::error_code problem;
    const auto root = fs::weakly_canonical(cache, problem);
    for (const auto& one : store.list()) {
        if (std::find(gone.begin(), gone.end(), one.entry.key()) != gone.end()) continue;
        for (const auto& file : needed_by(one.entry)) {
            files.insert(file);
            const auto real = fs::weakly_canonical(file, problem);
            if (!root.empty() && is_below(real, root)) files.insert(cache / real.lexically_relative(root));
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

// Why nothing goes from the other caches: what may stand on anything there.
struct Doubt {
    std::string why;  // empty: there is none
    std::string cure;
};

Doubt doubt_of_unread() {
    return {"a run or a checkpoint that cannot be read may stand on it", "it goes when there is none such"};
}

// A cluster that an older crib keeps in another state folder left nothing but its hold.
Doubt doubt_of_others(const Services& services, const checkpoint::Store& store,
                      const std::vector<engine::CacheUser>& users, const std::set<fs::path>& going) {
    const auto here = holds_here(services, store);
    const auto dead = store.dead_holds(alive_runs(services), going);
    for (const auto& holder : store.holds()) {
        const auto& place = holder.while_exists;
        const bool is_known = here.contains(holder.hold) || dead.contains(holder.hold) ||
                              std::any_of(users.begin(), users.end(), [&](const auto& user) {
                                  return !place.empty() && user.while_exists == place;
                              });
        if (is_known) continue;
        return {fmt::format("run {}, which is none of this state folder, may stand on it", holder.run),
                "if that is gone for good: rm " + shown_word((store.folder() / "holds" / holder.hold).string())};
    }
    return {};
}

// Whoever has the store is not waited for once this is to stop.
template <typename... Rest>
checkpoint::Collected collect(checkpoint::Store& store, ByteSize limit, const Context& context, const Rest&... rest) {
    try {
        return store.collect(limit, context, rest...);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::cancelled) throw;
        return {};
    }
}

// Of one cache. While there is a doubt nothing goes, and what would have gone is named.
void sweep_unused(const fs::path& folder, const UnusedRules& rules, const Doubt& doubt, Sweep sweep, Swept& swept) {
    auto unused = remove_unused(folder, rules, doubt.why.empty() ? sweep : Sweep::only_look);
    for (auto& one : unused.left_alone) swept.left_alone.push_back(std::move(one));
    for (auto& one : unused.removed) {
        if (!doubt.why.empty()) {
            swept.left_alone.push_back({folder / one.name, doubt.why, doubt.cure});
            continue;
        }
        swept.freed += one.bytes;
        swept.entries.push_back(std::move(one));
    }
}

}  // namespace

checkpoint::Store checkpoint_store(Services& services) {
    require_listable(services.folders.cache / "checkpoints");
    return {services.runner, services.clock, services.folders.cache / "checkpoints", services.folders.next_command};
}

checkpoint::Store::IsAlive alive_runs(const Services& services) {
    std::map<std::string, bool> known;  // by hold
    for (const auto& run : services.runs.list()) {
        const auto alive = is_alive(run);
        known[run.id] = alive;
        known[checkpoint::Store::hold_of(run.id, services.runs.folder(run.id).secret())] = alive;
    }
    std::error_code problem;
    const bool is_there = fs::is_directory(services.runs.root(), problem);  // else no run is proven to be gone
    return [known = std::move(known), is_there](const checkpoint::Holder& holder) -> std::optional<bool> {
        const auto found = known.find(holder.hold);
        if (found != known.end()) return found->second;
        return is_there ? std::nullopt : std::optional(true);
    };
}

std::set<std::string> holds_here(const Services& services, const checkpoint::Store& store) {
    std::map<std::string, fs::path> folders;  // of runs
    for (const auto& run : services.runs.list()) folders[run.id] = fs::absolute(services.runs.folder(run.id).secret());
    std::set<std::string> here;
    for (const auto& holder : store.holds()) {
        const auto found = folders.find(holder.run);
        if (found == folders.end()) continue;
        const bool has_no_place = holder.while_exists.empty() && holder.hold == holder.run;  // an older crib's
        const bool is_ours = holder.hold == checkpoint::Store::hold_of(holder.run, found->second);
        if (holder.while_exists == found->second || has_no_place || is_ours) here.insert(holder.hold);
    }
    return here;
}

Swept sweep_caches(Services& services, ByteSize limit, Sweep sweep, const std::stop_token& stop,
                   const std::set<fs::path>& going) {
    constexpr std::array kFolders{"components", "components/roots", "images", "repositories"};
    for (const auto* folder : kFolders) require_listable(services.folders.cache / folder);  // before anything goes
    auto store = checkpoint_store(services);
    Swept swept;
    swept.checkpoints = collect(store, limit, services.context().with_stop(stop), alive_runs(services), sweep, going);
    swept.freed = swept.checkpoints.freed;
    swept.left_alone = std::move(swept.checkpoints.left_alone);
    for (const auto& one : swept.checkpoints.failed) swept.left_alone.push_back(one);
    const auto survey = services.runs.survey();
    auto unreadable = store.unreadable();
    std::erase_if(unreadable, [&](const LeftAlone& one) {  // of a look: those that would be gone by now
        const auto& gone = swept.checkpoints.entries;
        return std::find(gone.begin(), gone.end(), one.path.stem().string()) != gone.end();
    });
    const auto users = engine::CacheUsers(services.folders.cache).survey(sweep, services.clock.wall_now(), going);
    for (const auto& some : {engine::left_alone_of(users.missing), users.in_doubt}) {
        swept.left_alone.insert(swept.left_alone.end(), some.begin(), some.end());
    }
    const bool all_read = survey.all_read && unreadable.empty() && users.in_doubt.empty();
    const auto doubt = all_read ? doubt_of_others(services, store, users.users, going) : doubt_of_unread();
    UnusedRules rules{unused_since(survey, services.clock.wall_now()),
                      needed_by_checkpoints(store, swept.checkpoints.entries, services.folders.cache), true, stop};
    for (const auto& user : users.users) rules.since = std::min(rules.since, user.began);
    for (const auto* folder : kFolders) {
        sweep_unused(services.folders.cache / folder, rules, doubt, sweep, swept);
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
