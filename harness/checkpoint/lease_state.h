#pragma once
// What a lease holds and has checked. Internal to checkpoint.

#include "harness/base/lock.h"
#include "harness/checkpoint/lease.h"
#include "harness/checkpoint/shop.h"
#include "harness/checkpoint/unpacking.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

namespace crib::checkpoint {

// inode, bytes, mtime and ctime in nanoseconds
using FileIdentity = std::tuple<std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;

struct Lease::State {
    using Image = std::shared_ptr<Unpacking>;

    State(std::shared_ptr<const Shop> the_shop, Entry the_entry, FileLock the_lock)
        : shop(std::move(the_shop)), entry(std::move(the_entry)), lock(std::move(the_lock)) {}

    // Reads the layer and all below it. Damage.
    void verify_disk(const Part& top, const Context& context);

    void share_memory(std::size_t users);
    // The image of memory that somebody has begun to unpack, or a new one.
    [[nodiscard]] Image image(const Part& part, const Context& context);

    void write_machine(const Part& part, const std::filesystem::path& fifo, std::size_t head,
                       const std::function<void()>& before_the_rest, const Context& context);

    // Drops the entry and the part; throws Damage with a note on whose it was.
    [[noreturn]] void damaged(const Part& part, const std::string& why) const;

    std::shared_ptr<const Shop> shop;
    Entry entry;
    FileLock lock;  // of the key, shared
    std::mutex mutex;
    std::map<std::string, FileIdentity> verified;  // part id to the file that was read

private:
    // images_mutex_ is held.
    [[nodiscard]] Image image_locked(const Part& part, const Context& context);
    [[nodiscard]] UniqueFd make_room(const Part& part);

    // A new one of that length, in the store when it cannot be in memory.
    [[nodiscard]] UniqueFd make_file(bool in_memory, std::uint64_t bytes) const;

    void unpack_like(const Part& part, int file, const Part& other, Unpacking& like, const Context& context);
    // What `work` finds damaged is this part.
    void blaming(const Part& part, const std::function<void()>& work) const;

    std::mutex images_mutex_;
    std::size_t users_ = 1;                // of each image
    std::optional<bool> in_memory_;        // decided with the first
    std::map<std::string, Image> images_;  // by node; last: their threads use the others
};

}  // namespace crib::checkpoint
