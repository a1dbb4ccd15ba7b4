#pragma once
// What keeps an entry: names that people gave, holds of runs, locks of those who use it. Internal to checkpoint.

#include "harness/base/clock.h"
#include "harness/checkpoint/shop.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace crib::checkpoint {

struct Named {
    std::string key;
    bool stays = true;  // nobody evicts it
};

// By name.
[[nodiscard]] std::map<std::string, Named> names_of(const Shop& shop);

struct Hold {
    std::set<std::string> keys;
    std::filesystem::path while_exists;  // empty: until it is released

    [[nodiscard]] bool is_over() const;
};

// By owner.
[[nodiscard]] std::map<std::string, Hold> holds_of(const Shop& shop);

// store.lock must be held.
void forget_names(const Shop& shop, const std::set<std::string>& keys);

// Used, saved or removed by somebody at this moment.
[[nodiscard]] bool is_locked(const Shop& shop, const std::string& key);

// The time of the last use, as the file's. Nothing happens when it is not there.
void set_used(const std::filesystem::path& manifest, WallTime when) noexcept;

}  // namespace crib::checkpoint
