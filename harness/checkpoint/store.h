#pragma once
// Store: the checkpoints on this machine, by key. Safe for several processes and threads, and to kill at any instant.
//
//   checkpoints/            0700: memory images hold secrets
//     entries/KEY.json      the manifest: written last, it is what makes an entry exist; its mtime is the last use
//     parts/ID              memory and disk layers by content, shared by entries
//     drafts/KEY/           what is being saved, while locks/KEY.lock is held
//     names/                references that keep an entry from eviction
//     holds/RUN-DIGEST      the same, of a kept cluster (run_file_name.h); of older cribs holds/RUN
//     locks/ trash/ store.lock

#include "harness/base/context.h"
#include "harness/base/mark.h"
#include "harness/base/next_command.h"
#include "harness/base/size.h"
#include "harness/checkpoint/draft.h"
#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/lease.h"
#include "harness/process/runner.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace crib::checkpoint {

class PartUsers;
struct References;

// A draft, or why there is none: "it is there already", "process 123 is saving it".
struct Begun {
    std::optional<Draft> draft;
    std::string why_not;
};

struct Opened {
    // busy: somebody is saving or removing it; damaged: it was dropped; unusable: it stays
    enum class Miss { none, absent, busy, damaged, unusable };
    std::optional<Lease> lease;
    Miss miss = Miss::none;
    std::string why = {};          // a miss in words
    std::string hint = {};         // of an unusable one
    std::string not_removed = {};  // of a damaged one: why it is still there
};

// A run that stands on an entry. Runs of one id may be in several state folders.
struct Holder {
    std::string run;
    std::string hold;                    // its file in holds/
    std::filesystem::path while_exists;  // "RUNS/ID/private"; empty: that is not known
};
[[nodiscard]] std::vector<std::string> runs_of(const std::vector<Holder>& holders);

struct Listed {
    Entry entry;
    bool in_use = false;
    std::vector<std::string> names;  // that people, or runs, gave it
    bool stays = false;              // for one of its names: it is never evicted
    std::vector<Holder> holders;     // that stand on it
};

enum class Removed { yes, absent, in_use, failed, not_begun };

struct Removing {
    Removed how = Removed::absent;
    std::string problem = {};  // of one that failed: "PATH: Permission denied"
};

// Fewer digits of a key may be a name that is gone, or a slip.
inline constexpr std::size_t kLeastDigits = 6;

// What a name or the beginning of a key means.
struct Found {
    std::string key;
    std::optional<Entry> entry;        // nothing: its manifest cannot be read
    bool in_use = false;               // whether that can be read or not
    std::vector<Holder> holders = {};  // likewise
};

struct Collected {
    std::vector<std::string> entries;   // keys evicted, least recently used first
    std::uint64_t freed = 0;            // bytes
    std::uint64_t left = 0;             // bytes that the store still takes
    bool over = false;                  // left is above the limit: all that remains is in use or stays
    std::vector<LeftAlone> left_alone;  // what cannot be read, and what is not the store's
    std::vector<LeftAlone> failed;      // what could not be removed
};

struct Dropped {
    std::string key;
    std::string stage;  // empty when the manifest could not be read
    std::string why;
    bool unusable = false;         // it cannot be checked now: it stays
    std::string hint = {};         // of an unusable one
    std::string not_removed = {};  // why a damaged one is still there
};

class Store {
public:
    enum class IfBusy { wait, leave };
    using OnWait = std::function<void(const std::string& holder)>;

    // `folder` is made when first needed: folders.cache / "checkpoints". Both references must outlive the store's
    // drafts and leases.
    Store(process::Runner& runner, Clock& clock, std::filesystem::path folder, NextCommand next_command = {});

    // Begins to save what key_of(chain) names, alone: another draft of the key is waited for, or left to it.
    [[nodiscard]] Begun begin(const KeyChain& chain, IfBusy if_busy, const Context& context,
                              const OnWait& on_wait = {});

    // An entry to restore from. It is not evicted while the lease lives, and counts as used now. Its parts are there
    // in their sizes; their content is checked as the lease reads it.
    [[nodiscard]] Opened open(const std::string& key, const Context& context);

    [[nodiscard]] bool has(const std::string& key) const;

    // Oldest use first. Entries that cannot be read are left out: open() and verify() deal with them.
    [[nodiscard]] std::vector<Listed> list() const;

    // The one whose key begins so (kLeastDigits of it at least) or that has this name; nothing when none or several do.
    [[nodiscard]] std::optional<Listed> find(const std::string& name_or_prefix) const;
    // The same with those that cannot be read. Error(usage) for a name that cannot be read.
    [[nodiscard]] std::optional<Found> look_up(const std::string& name_or_prefix) const;

    // Its names go with it, once it is gone. One that is held counts as in use. Error(environment) when it cannot be
    // removed.
    Removed remove(const std::string& key, const Context& context);
    // Several, in much less time than one by one. Once the context is done, those that are left are not begun.
    std::vector<Removing> remove(const std::vector<std::string>& keys, const Context& context);

    // For a name that a person is about to give: Error(usage) when it is no name, or another checkpoint's.
    void require_free_name(const std::string& name) const;

    // A name for an entry. What a person names is never evicted; what a run names by itself may go like any other.
    // Letters, digits, "._-", at most 64; else Error(usage). A name that a run gives may be given anew, one that a
    // person gives is no other checkpoint's: Error(usage), as when there is no such entry.
    enum class Stays { yes, no };
    void name(const std::string& name, const std::string& key, const Context& context, Stays stays = Stays::yes);
    void unname(const std::string& name, const Context& context);
    [[nodiscard]] std::map<std::string, std::string> names() const;  // name to key, also of entries that are gone

    // A kept cluster goes on when its crib has ended: what its disks stand on is held for its run's id until it stands
    // on another, until release, or until `while_exists` ("RUNS/ID/private", a folder that goes with the cluster;
    // empty: none) is proven to be gone (presence_of()). Runs of one id with other such folders hold their own.
    void hold(const std::string& run, const std::string& key, const Context& context,
              const std::filesystem::path& while_exists = {});
    void release(const std::string& hold) noexcept;
    // The file of a run's hold; of one that does not say where its run is, as older cribs had them all, it is the run's
    // id.
    [[nodiscard]] static std::string hold_of(const std::string& run, const std::filesystem::path& while_exists);

    // Is a run still there? Nothing: it is none of those that are known, and may be another state folder's. It is asked
    // only of holds that do not say themselves where their run is, as those of older cribs.
    using IsAlive = std::function<std::optional<bool>(const Holder&)>;
    // Holds that are over: of clusters that are proven to be gone. `going`: folders that were just removed, or that a
    // look takes for gone.
    [[nodiscard]] std::set<std::string> dead_holds(const IsAlive& alive,
                                                   const std::set<std::filesystem::path>& going = {}) const;
    // Those that are not over.
    [[nodiscard]] std::vector<Holder> holds() const;
    // Files of names and holds that cannot be read, so may be of any entry, and holds of runs that cannot be seen now.
    [[nodiscard]] std::vector<LeftAlone> in_doubt() const;

    // Removes what killed processes left, holds that are over (dead_holds()),
    // parts that nobody refers to, and, while the store is larger than `limit`, the least recently used entries that
    // are not in use, held, or to stay for their name.
    // A manifest that is damaged stays, with all that it may refer to; while one cannot be read now, or is of a newer
    // crib, nothing is evicted: it may share its parts. Nor while a name or hold cannot be read. A look changes nothing
    // and tells what would be done. Once the context is done, no further entry goes.
    Collected collect(ByteSize limit, const Context& context, const IsAlive& alive = {}, Sweep sweep = Sweep::remove,
                      const std::set<std::filesystem::path>& going = {});

    // Reads every part of every entry and drops those that are damaged; a look only tells which. Those that cannot be
    // checked now are told, and stay.
    std::vector<Dropped> verify(const Context& context, Sweep sweep = Sweep::remove);

    // Manifests that cannot be read, and the names of their checkpoints.
    [[nodiscard]] std::vector<LeftAlone> unreadable() const;

    // Bytes of the disk that all of it takes.
    [[nodiscard]] std::uint64_t usage() const;

    [[nodiscard]] const std::filesystem::path& folder() const;
    // For messages about it.
    [[nodiscard]] const NextCommand& next_command() const;

private:
    [[nodiscard]] Collected would_collect(ByteSize limit, const References& references) const;
    // What may be evicted, in this order: those that only older cribs can read, then the others; of each the least
    // recently used first.
    struct Evictable {
        std::string key;
        std::vector<Holder> holders;
    };
    [[nodiscard]] std::vector<Evictable> evictable(const References& references) const;
    [[nodiscard]] std::vector<Listed> list(const References& references) const;
    // Error(usage) when there is such a name and it cannot be read.
    void require_readable_name(const std::string& name) const;
    void evict(Collected& result, PartUsers& users, const References& references, ByteSize limit,
               const Context& context) const;
    // A damaged one is dropped, its parts only where the caller does not sweep.
    [[nodiscard]] Opened open_unused(const std::string& key, const Context& context, bool caller_sweeps) const;

    std::shared_ptr<const Shop> shop_;
};

// For programs: an array with an object an entry, and what its key is made of; never a payload.
[[nodiscard]] std::string listing_json(const std::vector<Listed>& list);

// How large the store may grow: `given` (CRIB_CACHE_LIMIT; Error(usage) when it is no size with a unit, or 0), else 20
// GiB or a tenth of the disk that `folder` is on, whichever is less.
[[nodiscard]] ByteSize size_limit(const std::string& given, const std::filesystem::path& folder);

}  // namespace crib::checkpoint
