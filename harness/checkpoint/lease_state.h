#pragma once
// What a lease holds and has checked. Internal to checkpoint.

#include "harness/base/lock.h"
#include "harness/checkpoint/lease.h"
#include "harness/checkpoint/shop.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

namespace crib::checkpoint {

// inode, bytes, mtime and ctime in nanoseconds
using FileIdentity = std::tuple<std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;

struct Lease::State {
    State(std::shared_ptr<const Shop> the_shop, Entry the_entry, FileLock the_lock)
        : shop(std::move(the_shop)), entry(std::move(the_entry)), lock(std::move(the_lock)) {}

    [[nodiscard]] const Part& part(Part::Kind kind, const std::string& name) const;

    // Reads the layer and all below it. Damage.
    void verify_disk(const Part& top, const Context& context);

    // Drops the entry and the part; throws Damage with a note on whose it was.
    [[noreturn]] void damaged(const Part& part, const std::string& why) const;

    std::shared_ptr<const Shop> shop;
    Entry entry;
    FileLock lock;  // of the key, shared
    std::mutex mutex;
    std::map<std::string, FileIdentity> verified;  // part id to the file that was read
};

}  // namespace crib::checkpoint
