// Store::collect and Store::verify: what keeps the store small and whole.

#include "harness/base/partial_files.h"
#include "harness/base/size_limit.h"
#include "harness/base/text.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/memory_part.h"
#include "harness/checkpoint/part_users.h"
#include "harness/checkpoint/references.h"
#include "harness/checkpoint/store.h"
#include "harness/checkpoint/tree_digest.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iterator>
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
    return target_of_partial(name).has_value();
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

LeftAlone stranger(const fs::path& file) {
    struct stat found {};
    if (::lstat(file.c_str(), &found) == 0 && found.st_uid != ::geteuid()) {
        return {file, words_of_another_user(found.st_uid), kAnotherUsersCure};
    }
    return {file, "it is no file that crib makes there", "move it elsewhere"};
}

// What killed processes left, and what is not the store's at all.
struct Leftovers {
    std::vector<fs::path> files;
    std::vector<fs::path> locks;
    std::vector<LeftAlone> left_alone;
};

Leftovers leftovers_of(const Shop& shop, const References& references) {
    Leftovers found;
    const auto look = [&](const fs::path& folder, const std::function<bool(const std::string&)>& is_known,
                          const std::function<bool(const std::string&)>& is_left) {
        require_listable(folder);
        std::error_code problem;
        for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
            const auto name = it->path().filename().string();
            if ((!is_known(name) && !is_partial(name)) || !shop.is_own_file(it->path())) {
                found.left_alone.push_back(stranger(it->path()));
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
    look(
        shop.names(), [&](const std::string& name) { return is_name_file(shop.names() / name); }, never);
    look(shop.holds(), any, never);
    look(shop.trash(), is_trash, any);
    look(shop.locks(), is_lock, [&](const std::string& name) {
        const auto key = name.substr(0, 64);
        std::error_code ignored;
        return !fs::exists(shop.entry(key), ignored) && !is_locked(shop, key);
    });
    for (auto& one : unreadable_in(shop, references)) found.left_alone.push_back(std::move(one));
    for (const auto& one : references.in_doubt) found.left_alone.push_back(one);
    return found;
}

// One that cannot be read was named before it went.
void forget_evicted(const Shop& shop, Collected& result) {
    for (const auto& key : result.entries) {
        std::erase_if(result.left_alone, [&](const LeftAlone& one) { return one.path == shop.entry(key); });
    }
}

void add(Collected& result, std::uint64_t freed, std::vector<LeftAlone> failed) {
    result.freed += freed;
    result.left -= std::min(freed, result.left);
    std::move(failed.begin(), failed.end(), std::back_inserter(result.failed));
}

// store.lock is held, so what others write under it is not on its way now.
void remove_leftovers(const Shop& shop, const Leftovers& leftovers, Collected& result) {
    for (const auto& file : leftovers.files) {
        const auto bytes = disk_usage(file);
        const auto removal = shop.try_remove(file);
        if (removal.gone) result.freed += bytes;
        if (!removal.gone) result.failed.push_back(not_removed(file, removal.problem));
    }
    for (const auto& file : leftovers.locks) {
        if (const auto lock = FileLock::try_take(file)) shop.remove(file);
    }
}

// A run that is missing is forgotten some time after it was last seen.
void mark_seen(const Shop& shop, const References& references) {
    const auto now = shop.clock.wall_now();
    for (const auto& [name, hold] : references.holds) {
        const auto file = shop.holds() / name;
        const auto seen = changed_at(file);
        if (hold.presence == Presence::there && seen && shop.is_own_file(file)) renew_last_seen(file, *seen, now);
    }
}

// Who would still refer to what when some entries are gone.
class Imagined {
public:
    Imagined(const Shop& shop, const Leftovers& leftovers)
        : shop_(shop), users_(shop, {leftovers.files.begin(), leftovers.files.end()}) {
        for (const auto& file : files_in(shop.parts())) {
            const auto id = file.filename().string();
            if (is_key(id) && shop.is_own_file(file)) parts_[id] = disk_usage(file);
        }
    }

    [[nodiscard]] bool may_free() const { return users_.may_free(); }

    // The bytes of parts that nobody refers to.
    std::uint64_t sweep() {
        std::uint64_t freed = 0;
        for (auto part = parts_.begin(); part != parts_.end();) {
            const bool goes = users_.is_free(part->first, {});
            if (goes) freed += part->second;
            part = goes ? parts_.erase(part) : std::next(part);
        }
        return freed;
    }

    std::uint64_t without(const std::string& key) {
        std::uint64_t freed = disk_usage(shop_.entry(key));
        const auto given_up = users_.forget(key);
        for (const auto& id : given_up) {
            const auto part = parts_.find(id);
            if (part == parts_.end() || !users_.is_free(id, given_up)) continue;
            freed += part->second;
            parts_.erase(part);
        }
        return freed;
    }

private:
    const Shop& shop_;
    PartUsers users_;
    std::map<std::string, std::uint64_t> parts_;
};

void check_part(const Shop& shop, const Part& part, const Context& context) {
    if (part.kind != Part::Kind::disk && part.like.empty()) {
        MemoryReader(shop.part(part.id), part.id, part.raw_bytes).check(context);
        return;
    }
    (void)open_part(shop.part(part.id));
    if (tree_digest(shop.part(part.id), context) != part.id) throw Damage("it is not what was saved");
}

std::set<std::string> ids_of_readable(const Shop& shop, const std::string& key) {
    try {
        const auto entry = shop.read(key);
        return entry ? ids_of(*entry) : std::set<std::string>{};
    } catch (const Unusable&) {
        return {};
    }
}

// Damaged entries that were dropped: at the end, whatever ends it, their names and parts go, once for all.
class Dropping {
public:
    explicit Dropping(const Shop& shop) : shop_(shop) {}
    Dropping(const Dropping&) = delete;
    Dropping& operator=(const Dropping&) = delete;
    ~Dropping() {
        if (!keys_.empty()) finish();
    }

    void add(const std::string& key, std::set<std::string> ids) {
        keys_.insert(key);
        given_up_.merge(ids);
    }

private:
    void finish() noexcept {
        try {
            const auto held = shop_.lock_store(shop_.own_context());
            forget_names_of_dropped(shop_, keys_);
            const PartUsers users(shop_);
            (void)shop_.sweep(users, given_up_);
        } catch (const std::exception&) {
            // The next collect() removes the parts.
        }
    }

    const Shop& shop_;
    std::set<std::string> keys_;
    std::set<std::string> given_up_;  // parts and layers
};

// Beside the key, which need not be told twice: "its manifest: it is of format ...".
std::string why_of(const std::string& key, const std::string& why) {
    const auto note = note_of(key);
    return why.starts_with(note) ? "its manifest: " + why.substr(note.size()) : why;
}

// What is wrong with a part; nothing: nothing.
struct Verdict {
    std::string why;
    bool damaged = false;  // else it could not be read
    std::string hint;
};

Verdict judge_part(const Shop& shop, const Part& part, const Context& context) {
    try {
        check_part(shop, part, context);
        return {};
    } catch (const Damage& damage) {
        return {damage.what(), true, {}};
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::timeout) throw;
        return {error.what(), false, error.hint()};
    }
}

}  // namespace

std::uint64_t Store::usage() const {
    return usage_of(*shop_);
}

Collected Store::would_collect(ByteSize limit, const References& references) const {
    auto leftovers = leftovers_of(*shop_, references);
    Imagined store(*shop_, leftovers);
    Collected result;
    for (const auto& file : leftovers.files) result.freed += disk_usage(file);
    result.left = usage_of(*shop_);
    add(result, store.sweep(), {});
    for (const auto& [key, holders] : evictable(references)) {
        if (result.left <= limit.bytes || !store.may_free()) break;
        if (!holders.empty() || is_locked(*shop_, key)) continue;
        add(result, store.without(key), {});
        result.entries.push_back(key);
    }
    result.over = result.left > limit.bytes;
    result.left_alone = std::move(leftovers.left_alone);
    forget_evicted(*shop_, result);
    return result;
}

Collected Store::collect(ByteSize limit, const Context& context, const IsAlive& alive, Sweep sweep,
                         const std::set<fs::path>& going) {
    std::error_code ignored;
    Collected result;
    if (!fs::exists(shop_->folder / "entries", ignored)) return result;
    if (sweep == Sweep::only_look) {
        auto references = references_of(*shop_);
        references.forget(*shop_, references.dead_holds(alive, going));
        return would_collect(limit, references);
    }
    const auto held = shop_->lock_store(context);
    auto references = references_of(*shop_);
    const auto dead = references.dead_holds(alive, going);
    for (const auto& hold : dead) release(hold);
    references.forget(*shop_, dead);
    mark_seen(*shop_, references);
    auto leftovers = leftovers_of(*shop_, references);
    remove_leftovers(*shop_, leftovers, result);
    result.left_alone = std::move(leftovers.left_alone);
    result.left = usage_of(*shop_);
    PartUsers users(*shop_);
    auto swept = shop_->sweep(users);
    add(result, swept.freed, std::move(swept.failed));
    evict(result, users, references, limit, context);
    forget_evicted(*shop_, result);
    result.over = result.left > limit.bytes;
    return result;
}

// store.lock is held.
void Store::evict(Collected& result, PartUsers& users, const References& references, ByteSize limit,
                  const Context& context) const {
    std::set<std::string> gone;
    for (const auto& [key, holders] : evictable(references)) {
        if (context.done() || result.left <= limit.bytes || !users.may_free()) break;
        if (!holders.empty()) continue;
        const auto lock = FileLock::try_take(shop_->lock(key));
        if (!lock) continue;
        const auto bytes = disk_usage(shop_->entry(key));
        const auto removal = shop_->remove_entry(key);
        if (!removal.gone) {
            result.failed.push_back(not_removed(shop_->entry(key), removal.problem));
            continue;
        }
        auto swept = shop_->sweep_given_up(users, users.forget(key));
        add(result, bytes + swept.freed, std::move(swept.failed));
        gone.insert(key);
        result.entries.push_back(key);
    }
    forget_names(*shop_, references, gone);
}

std::vector<Dropped> Store::verify(const Context& context, Sweep sweep) {
    std::vector<Dropped> dropped;
    std::map<std::string, Verdict> known;  // by part
    Dropping dropping(*shop_);
    const auto check = [&](const Entry& entry) {
        auto all = entry.parts;
        all.insert(all.end(), entry.layers.begin(), entry.layers.end());
        for (const auto& part : all) {
            if (!known.contains(part.id)) known[part.id] = judge_part(*shop_, part, context);
            const auto& verdict = known[part.id];
            if (verdict.why.empty()) continue;
            Dropped one{entry.key(), entry.stage(),
                        fmt::format("{} of {}: {}", to_string(part.kind), part.name, verdict.why), !verdict.damaged,
                        verdict.hint};
            if (verdict.damaged && sweep == Sweep::remove) {
                one.not_removed = shop_->drop(entry.key(), part.id, Shop::Parts::left);
            }
            dropped.push_back(std::move(one));
            return;
        }
    };
    for (const auto& key : shop_->keys()) {
        if (sweep == Sweep::remove) {
            auto ids = ids_of_readable(*shop_, key);
            const auto before = dropped.size();
            const auto opened = open_unused(key, context, true);
            const bool unusable = opened.miss == Opened::Miss::unusable;
            if (unusable || opened.miss == Opened::Miss::damaged) {
                dropped.push_back({key, {}, why_of(key, opened.why), unusable, opened.hint, opened.not_removed});
            }
            if (opened.lease) check(opened.lease->entry());  // else it is gone or being removed
            const bool goes = dropped.size() > before && !dropped.back().unusable && dropped.back().not_removed.empty();
            if (goes) dropping.add(key, std::move(ids));
            continue;
        }
        try {
            const auto entry = shop_->read(key);
            if (!entry) continue;
            shop_->require_parts(*entry);
            check(*entry);
        } catch (const Damage& damage) {
            dropped.push_back({key, {}, why_of(key, damage.what())});
        } catch (const Unusable& unusable) {
            const auto hint = whole_hint(*shop_, references_of(*shop_), key, unusable.hint());
            dropped.push_back({key, {}, why_of(key, unusable.what()), true, hint});
        }
    }
    return dropped;
}

ByteSize size_limit(const std::string& given, const fs::path& folder) {
    if (!given.empty()) {
        const auto objection = objection_to_limit(given);
        if (objection.empty()) return ByteSize::parse(given).value();
        throw Error(ErrorKind::usage, fmt::format("CRIB_CACHE_LIMIT is \"{}\", which is {}", given, objection),
                    "for example 20GiB, 512MiB");
    }
    fs::path there = folder;
    while (!fs::exists(there) && there != there.parent_path()) there = there.parent_path();
    return {std::min<std::uint64_t>(kMostByDefault, fs::space(there).capacity / 10)};
}

}  // namespace crib::checkpoint
