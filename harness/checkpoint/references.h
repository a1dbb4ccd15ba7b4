#pragma once
// What keeps an entry: names that people gave, holds of runs, locks of those who use it. Internal to checkpoint.

#include "harness/base/absence.h"
#include "harness/checkpoint/shop.h"
#include "harness/checkpoint/store.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace crib::checkpoint {

// Of what lies in names/: a file that crib may have made. A link, and what no checkpoint can be called, is no name.
[[nodiscard]] bool is_name_file(const std::filesystem::path& file);

struct Named {
    std::string key;
    bool stays = true;  // nobody evicts it
};

struct Hold {
    std::string run;
    std::set<std::string> keys;
    std::filesystem::path while_exists;    // "RUNS/ID/private"; empty: until it is released
    std::string damage;                    // why it cannot be read, so may be of any entry
    Presence presence = Presence::hidden;  // of while_exists

    // The cluster is proven to be gone. A disk that is not mounted proves nothing.
    [[nodiscard]] bool is_over() const;
    [[nodiscard]] bool is_in_doubt() const;
};

// What keeps entries, as far as it can be read. What cannot, a name or a hold, may be of any entry: then all stay.
struct References {
    std::map<std::string, Named> names;
    std::map<std::string, Hold> holds;        // by file
    std::set<std::string> kept_by_strangers;  // keys in what lies among the names and is none
    std::vector<LeftAlone> in_doubt;          // files that cannot be read, and holds of runs that cannot be seen now
    bool all_named = true;                    // else there is a name that cannot be read

    [[nodiscard]] std::vector<std::string> names_of(const std::string& key) const;
    [[nodiscard]] bool stays(const std::string& key) const;  // nobody evicts it, for its name
    [[nodiscard]] std::vector<Holder> holders_of(const std::string& key) const;

    // Holds that are over (Store::dead_holds()).
    [[nodiscard]] std::set<std::string> dead_holds(const Store::IsAlive& alive,
                                                   const std::set<std::filesystem::path>& going) const;
    // As if they were not there.
    void forget(const Shop& shop, const std::set<std::string>& dead);
};
[[nodiscard]] References references_of(const Shop& shop);

// Manifests that cannot be read: damaged, not to be opened now, or of another crib.
[[nodiscard]] std::vector<LeftAlone> unreadable_in(const Shop& shop, const References& references);

// What to do with an entry that cannot be used: a hint that ends with the words "crib cache rm" gets what that calls
// the entry, and who must end first.
[[nodiscard]] std::string whole_hint(const Shop& shop, const References& references, const std::string& key,
                                     std::string hint);

// store.lock must be held since the references were read.
void forget_names(const Shop& shop, const References& references, const std::set<std::string>& keys);

// Of entries that were damaged and have been dropped: a name that stayed would be that of the next one of the key.
// store.lock must be held. What was saved anew meanwhile keeps its names.
void forget_names_of_dropped(const Shop& shop, std::set<std::string> keys) noexcept;

// Used, saved or removed by somebody at this moment.
[[nodiscard]] bool is_locked(const Shop& shop, const std::string& key);

}  // namespace crib::checkpoint
