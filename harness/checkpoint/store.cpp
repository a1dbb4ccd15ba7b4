#include "harness/checkpoint/store.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/checkpoint/draft_state.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/lease_state.h"
#include "harness/checkpoint/part_users.h"
#include "harness/checkpoint/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace crib::checkpoint {

namespace fs = std::filesystem;

namespace {

// Whoever looks whether an entry is in use, or evicts it, has its lock for an instant: that is not worth a refusal.
std::optional<FileLock> patiently(const std::function<std::optional<FileLock>()>& take, const Context& context) {
    for (int tries = 0;; ++tries) {
        auto lock = take();
        if (lock || tries == 10 || !context.sleep(std::chrono::milliseconds{20})) return lock;
    }
}

bool is_outdated(const Shop& shop, const std::string& key) {
    try {
        (void)shop.read(key);
    } catch (const Outdated&) {
        return true;
    } catch (const Unusable&) {
        return false;
    }
    return false;
}

// store.lock is held.
Removing remove_unheld(const Shop& shop, const std::string& key) {
    try {
        const auto lock = FileLock::try_take(shop.lock(key));
        if (!lock) return {Removed::in_use};
        const auto removal = shop.remove_entry(key);
        return {removal.gone ? Removed::yes : Removed::failed, removal.problem};
    } catch (const Error& error) {
        return {Removed::failed, error.what()};
    }
}

}  // namespace

std::vector<std::string> runs_of(const std::vector<Holder>& holders) {
    std::vector<std::string> runs;
    for (const auto& holder : holders) runs.push_back(holder.run);
    return runs;
}

Store::Store(process::Runner& runner, Clock& clock, fs::path folder, NextCommand next_command)
    : shop_(std::make_shared<const Shop>(runner, clock, std::move(folder), std::move(next_command))) {}

const fs::path& Store::folder() const {
    return shop_->folder;
}

const NextCommand& Store::next_command() const {
    return shop_->next_command;
}

Begun Store::begin(const KeyChain& chain, IfBusy if_busy, const Context& context, const OnWait& on_wait) {
    const auto& key = key_of(chain);
    if (!is_key(key) || !is_consistent(chain))
        throw Error(ErrorKind::internal, "a checkpoint needs a key made by extend()");
    const std::string there = "it is there already";
    if (has(key) && !is_outdated(*shop_, key)) return {std::nullopt, there};
    shop_->make_folders();
    auto lock = patiently([&] { return FileLock::try_take(shop_->lock(key)); }, context);
    if (!lock) {
        const auto saver = "process " + std::string(trim(read_tail(shop_->lock(key), 32)));
        if (if_busy == IfBusy::leave) return {std::nullopt, saver + " is saving it"};
        lock = FileLock::take(shop_->lock(key), context, on_wait);
    }
    if (has(key) && !is_outdated(*shop_, key)) return {std::nullopt, there};
    return {Draft(std::make_unique<Draft::State>(shop_, chain, std::move(*lock))), {}};
}

bool Store::has(const std::string& key) const {
    return shop_->has(key);
}

Opened Store::open_unused(const std::string& key, const Context& context, bool caller_sweeps) const {
    using Miss = Opened::Miss;
    const auto none = [] { return Opened{std::nullopt, Miss::absent, "there is none"}; };
    const auto busy = [&] {
        const auto holder = std::string(trim(read_tail(shop_->lock(key), 32)));
        return Opened{std::nullopt, Miss::busy, fmt::format("process {} is saving it", holder)};
    };
    if (!has(key)) return is_key(key) && is_locked(*shop_, key) ? busy() : none();
    auto lock = patiently([&] { return FileLock::try_share(shop_->lock(key)); }, context);
    if (!lock) return busy();
    try {
        auto entry = shop_->read(key);
        if (!entry) return none();
        shop_->require_parts(*entry);
        return {Lease(std::make_unique<Lease::State>(shop_, std::move(*entry), std::move(*lock))), Miss::none, {}};
    } catch (const Damage& damage) {
        const auto parts = caller_sweeps ? Shop::Parts::left : Shop::Parts::swept;
        return {std::nullopt, Miss::damaged, damage.what(), {}, shop_->drop(key, {}, parts)};
    } catch (const Unusable& unusable) {
        return {std::nullopt, Miss::unusable, unusable.what(),
                whole_hint(*shop_, references_of(*shop_), key, unusable.hint())};
    }
}

Opened Store::open(const std::string& key, const Context& context) {
    auto opened = open_unused(key, context, false);
    if (!opened.lease) return opened;
    auto& used = opened.lease->state_->entry.used;
    used = shop_->clock.wall_now();
    set_changed_at(shop_->entry(key), used);
    return opened;
}

std::vector<Listed> Store::list() const {
    return list(references_of(*shop_));
}

std::vector<Listed> Store::list(const References& references) const {
    std::vector<Listed> all;
    for (const auto& key : shop_->keys()) {
        try {
            auto entry = shop_->read(key);
            if (!entry) continue;
            // Shared or alone: a use either way. The file's absence too is an answer: nobody ever opened it.
            all.push_back({std::move(*entry), is_locked(*shop_, key), references.names_of(key), references.stays(key),
                           references.holders_of(key)});
        } catch (const Unusable&) {
            // open() and verify() deal with it.
        }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Listed& a, const Listed& b) { return a.entry.used < b.entry.used; });
    return all;
}

std::vector<Store::Evictable> Store::evictable(const References& references) const {
    std::vector<std::pair<fs::file_time_type, std::string>> outdated;
    for (const auto& key : shop_->keys()) {
        std::error_code problem;
        if (is_outdated(*shop_, key)) outdated.emplace_back(fs::last_write_time(shop_->entry(key), problem), key);
    }
    std::sort(outdated.begin(), outdated.end());
    std::vector<Evictable> all;
    for (const auto& [used, key] : outdated) {
        if (!references.stays(key)) all.push_back({key, references.holders_of(key)});
    }
    for (auto& one : list(references)) {
        if (!one.stays) all.push_back({one.entry.key(), std::move(one.holders)});
    }
    return all;
}

std::optional<Listed> Store::find(const std::string& name_or_prefix) const {
    std::optional<Listed> found;
    bool is_one = true;
    for (auto& one : list()) {
        const bool named = std::find(one.names.begin(), one.names.end(), name_or_prefix) != one.names.end();
        if (named) return std::move(one);  // also when it is the beginning of several keys
        if (name_or_prefix.size() < kLeastDigits || !one.entry.key().starts_with(name_or_prefix)) continue;
        is_one = !found;
        if (is_one) found = std::move(one);
    }
    return is_one ? std::move(found) : std::nullopt;
}

std::vector<LeftAlone> Store::unreadable() const {
    return unreadable_in(*shop_, references_of(*shop_));
}

std::optional<Found> Store::look_up(const std::string& name_or_prefix) const {
    require_readable_name(name_or_prefix);
    const auto references = references_of(*shop_);
    const auto with = [&](const std::string& key) {
        Found found{key, std::nullopt, is_locked(*shop_, key), references.holders_of(key)};
        try {
            found.entry = shop_->read(key);
        } catch (const Unusable&) {
            // open() and verify() deal with it.
        }
        return found;
    };
    const auto& named = references.names;
    if (const auto one = named.find(name_or_prefix); one != named.end() && has(one->second.key)) {
        return with(one->second.key);
    }
    std::string found;
    for (const auto& key : shop_->keys()) {
        if (name_or_prefix.size() < kLeastDigits || !key.starts_with(name_or_prefix)) continue;
        if (!found.empty()) return std::nullopt;
        found = key;
    }
    if (found.empty()) return std::nullopt;
    return with(found);
}

Removed Store::remove(const std::string& key, const Context& context) {
    const auto removing = remove(std::vector{key}, context).front();
    if (removing.how == Removed::not_begun) context.throw_if_done("removing a checkpoint");
    if (removing.how != Removed::failed) return removing.how;
    const auto failed = not_removed(shop_->entry(key), removing.problem);
    throw Error(ErrorKind::environment, fmt::format("{}: {}", failed.path.string(), failed.why), failed.cure);
}

std::vector<Removing> Store::remove(const std::vector<std::string>& keys, const Context& context) {
    std::vector<Removing> all(keys.size());
    if (std::none_of(keys.begin(), keys.end(), [&](const std::string& key) { return has(key); })) return all;
    const auto held = shop_->lock_store(context);
    const auto references = references_of(*shop_);
    PartUsers users(*shop_);
    std::set<std::string> gone;
    std::set<std::string> given_up;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& key = keys[i];
        if (!has(key)) continue;
        if (context.done()) {
            all[i].how = Removed::not_begun;
            continue;
        }
        all[i] = !references.holders_of(key).empty() ? Removing{Removed::in_use} : remove_unheld(*shop_, key);
        if (all[i].how != Removed::yes) continue;
        gone.insert(key);
        given_up.merge(users.forget(key));
    }
    forget_names(*shop_, references, gone);
    (void)shop_->sweep(users, given_up);
    return all;
}

}  // namespace crib::checkpoint
