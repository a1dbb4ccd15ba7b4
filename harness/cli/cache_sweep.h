#pragma once
// What `crib gc` and `crib cache gc` remove from the caches: of checkpoints the least recently used above the limit, of
// components, images and repositories what nobody used for two weeks.

#include "harness/base/size.h"
#include "harness/base/unused.h"
#include "harness/checkpoint/store.h"
#include "harness/cli/services.h"

#include <filesystem>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace crib::cli {

[[nodiscard]] checkpoint::Store checkpoint_store(Services& services);

// Is a run still there? Nothing for one that this state folder does not know: it may be another's.
[[nodiscard]] checkpoint::Store::IsAlive alive_runs(const Services& services);

// Holds of runs of this state folder: not those of another's that has a run of the same id.
[[nodiscard]] std::set<std::string> holds_here(const Services& services, const checkpoint::Store& store);

struct Swept {
    checkpoint::Collected checkpoints;
    std::vector<RemovedEntry> entries;  // of the other caches
    std::uint64_t freed = 0;            // bytes, of all
    std::vector<LeftAlone> left_alone;
};

// Nothing goes that a run which is still there, of whatever state folder, or a checkpoint may stand on: nothing at all
// of the other caches while the record of a run or the manifest of a checkpoint cannot be read, or a run is only known
// to be one of another state folder. Once it is to stop, what is left is not begun. `going`: private folders of runs
// that were just removed, or that a look takes for gone.
[[nodiscard]] Swept sweep_caches(Services& services, ByteSize limit, Sweep sweep, const std::stop_token& stop,
                                 const std::set<std::filesystem::path>& going = {});

// One line a thing, and what was freed, or of a look would be; nothing when nothing was removed.
[[nodiscard]] std::string to_text(const Swept& swept, Sweep sweep);

// One line a thing: where it is, why it stays, and what to do.
[[nodiscard]] std::string to_text(const std::vector<LeftAlone>& left_alone);

[[nodiscard]] inline Sweep sweep_of(bool dry_run) {
    return dry_run ? Sweep::only_look : Sweep::remove;
}

}  // namespace crib::cli
