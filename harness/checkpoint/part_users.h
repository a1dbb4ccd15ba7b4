#pragma once
// PartUsers: which entries and drafts refer to which parts. Each manifest is read once; store.lock must be held from
// then on, while it is worked with. Internal to checkpoint.

#include "harness/checkpoint/shop.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace crib::checkpoint {

class PartUsers {
public:
    // `gone`: drafts that do not count.
    explicit PartUsers(const Shop& shop, const std::set<std::filesystem::path>& gone = {});

    // The entry is gone. What it referred to and nobody else is known to.
    std::set<std::string> forget(const std::string& key);

    // Does nobody refer to this part, of which `given_up` was an entry's or draft's that is gone? While there is a
    // manifest that is damaged, whatever it may refer to stays: only what was given up goes. While there is one that
    // may be whole, and shares what it stands on with others, nothing goes.
    [[nodiscard]] bool is_free(const std::string& id, const std::set<std::string>& given_up) const;

    // Can room be made at all?
    [[nodiscard]] bool may_free() const { return unusable_.empty(); }

private:
    std::map<std::string, std::set<std::string>> by_entry_;
    std::map<std::string, std::size_t> users_;  // by part
    std::set<std::string> damaged_;             // keys
    std::set<std::string> unusable_;            // keys
};

}  // namespace crib::checkpoint
