// Store::collect and Store::verify: what keeps the store small and whole.

#include "harness/base/text.h"
#include "harness/checkpoint/memory_part.h"
#include "harness/checkpoint/references.h"
#include "harness/checkpoint/store.h"
#include "harness/checkpoint/tree_digest.h"

#include <fmt/format.h>

#include <algorithm>

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

// A partial file belongs to the draft whose key its name begins with: "KEY-xxxxxxxx.partial", "KEY.partial-xxxxxx".
bool is_stale(const Shop& shop, const fs::path& file) {
    const auto key = file.filename().string().substr(0, 64);
    return !is_key(key) || !is_locked(shop, key);
}

std::uint64_t remove_partials(const Shop& shop) {
    std::uint64_t freed = 0;
    for (const auto& folder : {shop.parts(), shop.entries(), shop.drafts(), shop.names(), shop.holds()}) {
        std::error_code problem;
        for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
            if (it->path().filename().string().find(".partial") == std::string::npos) continue;
            if (!is_stale(shop, it->path())) continue;
            freed += disk_usage(it->path());
            remove_all_quietly(it->path());
        }
    }
    return freed;
}

// What killed processes left. store.lock is held, so what others write under it is not on its way now.
std::uint64_t remove_leftovers(const Shop& shop) {
    std::uint64_t freed = 0;
    for (const auto& draft : files_in(shop.drafts())) {
        if (!is_locked(shop, draft.filename().string())) remove_all_quietly(draft);
    }
    freed += remove_partials(shop);
    for (const auto& file : files_in(shop.trash())) {
        freed += disk_usage(file);
        remove_all_quietly(file);
    }
    for (const auto& file : files_in(shop.locks())) {
        std::error_code ignored;
        const auto key = file.stem().string();
        if (fs::exists(shop.entry(key), ignored)) continue;
        if (const auto lock = FileLock::try_take(file)) remove_all_quietly(file);
    }
    return freed + shop.sweep();
}

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

Collected Store::collect(ByteSize limit, const Context& context,
                         const std::function<bool(const std::string& owner)>& alive) {
    std::error_code ignored;
    Collected result;
    if (!fs::exists(shop_->folder / "entries", ignored)) return result;
    for (const auto& [owner, hold] : holds_of(*shop_)) {
        if (hold.is_over() || (alive && !alive(owner))) release(owner);
    }
    const auto held = shop_->lock_store(context);
    result.freed = remove_leftovers(*shop_);
    result.left = usage_of(*shop_);
    for (const auto& one : list()) {
        context.throw_if_done("collecting checkpoints");
        if (result.left <= limit.bytes) break;
        const auto& key = one.entry.key();
        if (one.stays || !one.holds.empty()) continue;
        const auto lock = FileLock::try_take(shop_->lock(key));
        if (!lock) continue;
        remove_all_quietly(shop_->entry(key));
        forget_names(*shop_, key);
        remove_all_quietly(shop_->lock(key));
        shop_->sweep();
        const auto left = usage_of(*shop_);
        result.freed += result.left - std::min(left, result.left);
        result.left = left;
        result.entries.push_back(key);
    }
    result.over = result.left > limit.bytes;
    return result;
}

std::vector<Dropped> Store::verify(const Context& context) {
    std::vector<Dropped> dropped;
    std::map<std::string, std::string> known;  // part to what is wrong with it; empty: nothing
    for (const auto& key : shop_->keys()) {
        auto opened = open_unused(key, context);
        if (opened.miss == Opened::Miss::damaged) dropped.push_back({key, {}, opened.why});
        if (!opened.lease) continue;  // gone or being removed
        const auto& entry = opened.lease->entry();
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
            dropped.push_back(
                {key, entry.stage(), fmt::format("{} of {}: {}", to_string(part.kind), part.name, known[part.id])});
            shop_->drop(key, part.id);
            break;
        }
    }
    return dropped;
}

ByteSize size_limit(const std::string& given, const fs::path& folder) {
    if (!given.empty()) {
        if (const auto size = ByteSize::parse(given)) return *size;
        throw Error(ErrorKind::usage, fmt::format("CRIB_CACHE_LIMIT is \"{}\", which is no size", given),
                    "for example 20GiB, 512MiB");
    }
    fs::path there = folder;
    while (!fs::exists(there) && there != there.parent_path()) there = there.parent_path();
    return {std::min<std::uint64_t>(kMostByDefault, fs::space(there).capacity / 10)};
}

}  // namespace crib::checkpoint
