// Store::collect and Store::verify: what keeps the store small and whole.

#include "harness/base/size_limit.h"
#include "harness/base/text.h"
#include "harness/checkpoint/memory_part.h"
#include "harness/checkpoint/references.h"
#include "harness/checkpoint/store.h"
#include "harness/checkpoint/tree_digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostByDefault = 20ULL << 30U;

// What the whole folder takes on the disk.
std::uint64_t usage_of(const Shop& shop) {
    std::uint64_t sum = 0;
    for (const auto& folder : {shop.entries(), shop.parts()}) {
        for (const auto& file : files_in(folder)) sum += disk_usage(file);
    }
    return sum;
}

bool is_word(std::string_view text, std::size_t length) {
    return text.size() == length && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == text.npos;
}

// "KEY-xxxxxxxx.partial", or "NAME.partial-xxxxxx" as write_file() has it.
bool is_partial(const std::string& name) {
    constexpr std::string_view end = ".partial";
    if (name.ends_with(end)) {
        return name.size() == 64 + 9 + end.size() && is_key(name.substr(0, 64)) && name[64] == '-' &&
               is_word(std::string_view(name).substr(65, 8), 8);
    }
    const auto dash = name.rfind(".partial-");
    return dash != std::string::npos && dash > 0 && is_word(std::string_view(name).substr(dash + 9), 6);
}

// "KEY.json-xxxxxxxx" or "ID-xxxxxxxx", as Shop::drop() and sweep() put it there.
bool is_trash(const std::string& name) {
    const auto dash = name.rfind('-');
    if (dash == std::string::npos || !is_word(std::string_view(name).substr(dash + 1), 8)) return false;
    const auto what = name.substr(0, dash);
    return is_key(what) || (what.ends_with(".json") && is_key(what.substr(0, what.size() - 5)));
}

bool is_lock(const std::string& name) {
    return name.ends_with(".lock") && is_key(name.substr(0, name.size() - 5));
}

// A partial file belongs to the draft whose key its name begins with.
bool is_stale(const Shop& shop, const std::string& partial) {
    const auto key = partial.substr(0, 64);
    return !is_key(key) || !is_locked(shop, key);
}

// What killed processes left, and what is not the store's at all.
struct Leftovers {
    std::vector<fs::path> files;
    std::vector<fs::path> locks;
    std::vector<LeftAlone> left_alone;
};

Leftovers leftovers_of(const Shop& shop) {
    Leftovers found;
    const auto look = [&](const fs::path& folder, const std::function<bool(const std::string&)>& is_known,
                          const std::function<bool(const std::string&)>& is_left) {
        require_listable(folder);
        std::error_code problem;
        for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
            const auto name = it->path().filename().string();
            if ((!is_known(name) && !is_partial(name)) || !shop.is_own_file(it->path())) {
                found.left_alone.push_back({it->path(), "it is no file that crib makes there", "move it elsewhere"});
            } else if (is_partial(name) ? is_stale(shop, name) : is_left(name)) {
                (folder == shop.locks() ? found.locks : found.files).push_back(it->path());
            }
        }
    };
    const auto never = [](const std::string&) { return false; };
    const auto any = [](const std::string&) { return true; };
    const auto is_manifest = [](const std::string& name) {
        return name.ends_with(".json") && is_key(name.substr(0, name.size() - 5));
    };
    look(shop.drafts(), is_key, [&](const std::string& key) { return !is_locked(shop, key); });
    look(shop.parts(), is_key, never);
    look(shop.entries(), is_manifest, never);
    look(shop.names(), any, never);
    look(shop.holds(), any, never);
    look(shop.trash(), is_trash, any);
    look(shop.locks(), is_lock, [&](const std::string& name) {
        const auto key = name.substr(0, 64);
        std::error_code ignored;
        return !fs::exists(shop.entry(key), ignored) && !is_locked(shop, key);
    });
    for (auto& one : shop.unreadable()) found.left_alone.push_back(std::move(one));
    return found;
}

// store.lock is held, so what others write under it is not on its way now.
std::uint64_t remove_leftovers(const Shop& shop, const Leftovers& leftovers) {
    std::uint64_t freed = 0;
    for (const auto& file : leftovers.files) {
        const auto bytes = disk_usage(file);
        if (shop.remove(file)) freed += bytes;
    }
    for (const auto& file : leftovers.locks) {
        if (const auto lock = FileLock::try_take(file)) shop.remove(file);
    }
    return freed + shop.sweep();
}

// Who would still refer to what when some entries are gone.
class Imagined {
public:
    Imagined(const Shop& shop, const std::vector<Listed>& list, const Leftovers& leftovers) : shop_(shop) {
        for (const auto& one : list) ids_[one.entry.key()] = ids_of(one.entry);
        for (const auto& draft : files_in(shop.drafts())) {
            const auto& gone = leftovers.files;
            if (std::find(gone.begin(), gone.end(), draft) != gone.end()) continue;
            for (const auto& id : lines_of(draft)) drafts_.insert(id);
        }
        for (const auto& file : files_in(shop.parts())) {
            const auto id = file.filename().string();
            if (is_key(id) && shop.is_own_file(file)) parts_[id] = disk_usage(file);
        }
    }

    // The bytes of parts that nobody refers to (any more), `among` these or all.
    std::uint64_t sweep(const std::set<std::string>* among) {
        std::set<std::string> wanted = drafts_;
        for (const auto& [key, ids] : ids_) wanted.insert(ids.begin(), ids.end());
        std::uint64_t freed = 0;
        for (auto part = parts_.begin(); part != parts_.end();) {
            const bool goes = !wanted.contains(part->first) && (among == nullptr || among->contains(part->first));
            if (goes) freed += part->second;
            part = goes ? parts_.erase(part) : std::next(part);
        }
        return freed;
    }

    std::uint64_t without(const std::string& key) {
        const auto ids = ids_.extract(key).mapped();
        return disk_usage(shop_.entry(key)) + sweep(&ids);
    }

private:
    const Shop& shop_;
    std::map<std::string, std::set<std::string>> ids_;  // by entry
    std::set<std::string> drafts_;
    std::map<std::string, std::uint64_t> parts_;
};

void check_part(const Shop& shop, const Part& part, const Context& context) {
    if (part.kind != Part::Kind::disk && part.like.empty()) {
        MemoryReader(shop.part(part.id), part.id, part.raw_bytes).check(context);
    } else if (tree_digest(shop.part(part.id), context) != part.id) {
        throw Damage("it is not what was saved");
    }
}

}  // namespace

std::uint64_t Store::usage() const {
    return usage_of(*shop_);
}

Collected Store::would_collect(ByteSize limit, const IsAlive& alive) const {
    auto leftovers = leftovers_of(*shop_);
    const auto list = this->list();
    Imagined store(*shop_, list, leftovers);
    Collected result;
    for (const auto& file : leftovers.files) result.freed += disk_usage(file);
    result.left = usage_of(*shop_);
    const auto free = [&](std::uint64_t bytes) {
        result.freed += bytes;
        result.left -= std::min(bytes, result.left);
    };
    if (shop_->unreadable().empty()) free(store.sweep(nullptr));
    for (const auto& one : list) {
        if (result.left <= limit.bytes) break;
        const bool held = std::any_of(one.holds.begin(), one.holds.end(),
                                      [&](const std::string& owner) { return !alive || alive(owner); });
        if (one.stays || one.in_use || held) continue;
        free(store.without(one.entry.key()));
        result.entries.push_back(one.entry.key());
    }
    result.over = result.left > limit.bytes;
    result.left_alone = std::move(leftovers.left_alone);
    return result;
}

Collected Store::collect(ByteSize limit, const Context& context, const IsAlive& alive, Sweep sweep) {
    std::error_code ignored;
    Collected result;
    if (!fs::exists(shop_->folder / "entries", ignored)) return result;
    if (sweep == Sweep::only_look) return would_collect(limit, alive);
    for (const auto& [owner, hold] : holds_of(*shop_)) {
        if (hold.is_over() || (alive && !alive(owner))) release(owner);
    }
    const auto held = shop_->lock_store(context);
    auto leftovers = leftovers_of(*shop_);
    result.freed = remove_leftovers(*shop_, leftovers);
    result.left_alone = std::move(leftovers.left_alone);
    result.left = usage_of(*shop_);
    for (const auto& one : list()) {
        context.throw_if_done("collecting checkpoints");
        if (result.left <= limit.bytes) break;
        const auto& key = one.entry.key();
        if (one.stays || !one.holds.empty()) continue;
        const auto lock = FileLock::try_take(shop_->lock(key));
        if (!lock) continue;
        shop_->remove(shop_->entry(key));
        forget_names(*shop_, key);
        shop_->remove(shop_->lock(key));
        shop_->sweep(ids_of(one.entry));
        const auto left = usage_of(*shop_);
        result.freed += result.left - std::min(left, result.left);
        result.left = left;
        result.entries.push_back(key);
    }
    result.over = result.left > limit.bytes;
    return result;
}

std::vector<Dropped> Store::verify(const Context& context, Sweep sweep) {
    std::vector<Dropped> dropped;
    std::map<std::string, std::string> known;  // part to what is wrong with it; empty: nothing
    const auto check = [&](const Entry& entry) {
        auto all = entry.parts;
        all.insert(all.end(), entry.layers.begin(), entry.layers.end());
        for (const auto& part : all) {
            if (!known.contains(part.id)) {
                try {
                    check_part(*shop_, part, context);
                    known[part.id].clear();
                } catch (const Error& error) {
                    if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::timeout) throw;
                    known[part.id] = error.what();
                }
            }
            if (known[part.id].empty()) continue;
            dropped.push_back({entry.key(), entry.stage(),
                               fmt::format("{} of {}: {}", to_string(part.kind), part.name, known[part.id])});
            if (sweep == Sweep::remove) shop_->drop(entry.key(), part.id);
            return;
        }
    };
    for (const auto& key : shop_->keys()) {
        if (sweep == Sweep::remove) {
            const auto opened = open_unused(key, context);
            if (opened.miss == Opened::Miss::damaged) dropped.push_back({key, {}, opened.why});
            if (opened.lease) check(opened.lease->entry());  // else it is gone or being removed
            continue;
        }
        try {
            const auto entry = shop_->read(key);
            if (!entry) continue;
            shop_->require_parts(*entry);
            check(*entry);
        } catch (const Damage& damage) {
            dropped.push_back({key, {}, damage.what()});
        }
    }
    return dropped;
}

ByteSize size_limit(const std::string& given, const fs::path& folder) {
    if (!given.empty()) {
        if (const auto size = ByteSize::parse(given)) return *size;
        const auto* what = is_too_large_a_size(given) ? "too large a size" : "no size";
        throw Error(ErrorKind::usage, fmt::format("CRIB_CACHE_LIMIT is \"{}\", which is {}", given, what),
                    "for example 20GiB, 512MiB");
    }
    fs::path there = folder;
    while (!fs::exists(there) && there != there.parent_path()) there = there.parent_path();
    return {std::min<std::uint64_t>(kMostByDefault, fs::space(there).capacity / 10)};
}

}  // namespace crib::checkpoint
