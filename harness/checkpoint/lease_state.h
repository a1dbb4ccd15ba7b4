#pragma once
// What a lease holds and has checked. Internal to checkpoint.

#include "harness/base/lock.h"
#include "harness/checkpoint/growing_image.h"
#include "harness/checkpoint/lease.h"
#include "harness/checkpoint/shop.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
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
    using Image = std::shared_ptr<GrowingImage>;

    // Memory that differs from this node's only in places.
    [[nodiscard]] std::vector<const Part*> likes_of(const std::string& name) const;
    [[nodiscard]] bool is_needed(const std::string& name) const;
    // The image of memory that others are like: the one that somebody has begun, or a new one.
    [[nodiscard]] Image shared_image(const Part& part, const Context& context);
    // Begins to unpack into an empty file of the folder `where`.
    [[nodiscard]] Image begin(const Part& part, UniqueFd file, const std::filesystem::path& where,
                              const Context& context);
    // The same of memory that is like no other; raw_mutex_ is held.
    [[nodiscard]] Image begin_whole(const Part& part, UniqueFd file, const std::filesystem::path& where,
                                    const Context& context);
    void unpack_like(const Part& part, GrowingImage& image, GrowingImage& like, const std::filesystem::path& where,
                     const Context& context);
    // The part, which is like another, was unpacked: the other may be needed no more.
    void end(const Part& part);
    // On a thread of its own: giving back a gigabyte takes a quarter of a second, which no machine needs to wait for.
    void throw_away(Image image);
    // What `work` finds damaged is this part.
    void blaming(const Part& part, const std::function<void()>& work) const;

    std::mutex raw_mutex_;
    std::set<std::string> done_;  // parts that are like another and were unpacked
    // Memory that others are like and that is still needed; behind what its threads use.
    std::map<std::string, Image> raws_;
    std::vector<std::jthread> throwing_away_;
};

}  // namespace crib::checkpoint
