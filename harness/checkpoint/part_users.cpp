#include "harness/checkpoint/part_users.h"

#include <algorithm>

namespace crib::checkpoint {

PartUsers::PartUsers(const Shop& shop, const std::set<std::filesystem::path>& gone) {
    for (const auto& key : shop.keys()) {
        try {
            if (const auto entry = shop.read(key)) by_entry_[key] = ids_of(*entry);
        } catch (const Damage&) {
            damaged_.insert(key);
        } catch (const Outdated& outdated) {
            by_entry_[key] = outdated.ids;
        } catch (const Unusable&) {
            unusable_.insert(key);
        }
    }
    for (const auto& [key, ids] : by_entry_) {
        for (const auto& id : ids) ++users_[id];
    }
    for (const auto& draft : files_in(shop.drafts())) {
        if (gone.contains(draft)) continue;
        const auto read = read_small(draft);
        if (!read) continue;
        for (const auto& id : read->lines) ++users_[id];
        const bool is_whole = read->damage.empty() && std::all_of(read->lines.begin(), read->lines.end(), is_key);
        if (!is_whole) unusable_.insert(draft.filename().string());  // nobody knows what it refers to
    }
}

std::set<std::string> PartUsers::forget(const std::string& key) {
    damaged_.erase(key);
    unusable_.erase(key);
    std::set<std::string> given_up;
    const auto found = by_entry_.extract(key);
    if (found.empty()) return given_up;
    for (const auto& id : found.mapped()) {
        const auto users = users_.find(id);
        if (users == users_.end() || --users->second > 0) continue;
        users_.erase(users);
        given_up.insert(id);
    }
    return given_up;
}

bool PartUsers::is_free(const std::string& id, const std::set<std::string>& given_up) const {
    if (!unusable_.empty() || users_.contains(id)) return false;
    return damaged_.empty() || given_up.contains(id);
}

}  // namespace crib::checkpoint
