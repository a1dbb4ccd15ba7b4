#pragma once
// What a lease holds and has checked. Internal to checkpoint.

#include "harness/base/lock.h"
#include "harness/checkpoint/lease.h"
#include "harness/checkpoint/shop.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

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

    // Memory into a new file, or into a pipe.
    void unpack(const Part& part, const std::filesystem::path& to, const Context& context);
    void unpack(const Part& part, int fd, const Context& context);

private:
    // An unpacked image; its file may have no name.
    using Raw = std::shared_ptr<UniqueFd>;

    // Memory that differs from this node's only in places.
    [[nodiscard]] std::vector<const Part*> likes_of(const std::string& name) const;
    [[nodiscard]] bool is_needed(const std::string& name) const;
    Raw raw_of(const Part& part, const Context& context);
    [[nodiscard]] Raw find_raw(const std::string& name, const Context& context);
    // Runs `work`, which unpacks this memory and returns it for those that wait for it. Damage is the entry's.
    Raw make_raw(const Part& part, const std::function<Raw()>& work);
    void end_raw(const std::string& name, const Raw& raw);
    void unpack_whole(const Part& part, const std::filesystem::path& to, const Context& context);
    void unpack_like(const Part& part, int to, const std::filesystem::path& where, const Context& context);

    std::mutex raw_mutex_;
    std::map<std::string, Raw> raws_;  // whole memory that was unpacked and is still needed
    std::set<std::string> at_work_;    // whole memory that somebody unpacks now
    std::set<std::string> done_;       // parts that are like another and were unpacked
};

}  // namespace crib::checkpoint
