#pragma once
// What a lease holds and has checked. Internal to checkpoint.

#include "harness/base/lock.h"
#include "harness/checkpoint/lease.h"
#include "harness/checkpoint/shop.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>

namespace crib::checkpoint {

// inode, bytes, mtime and ctime in nanoseconds
using FileIdentity = std::tuple<std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;

// A memory image that was unpacked and that others are like.
struct RawFile {
    RawFile() = default;
    ~RawFile();
    RawFile(const RawFile&) = delete;
    RawFile& operator=(const RawFile&) = delete;

    UniqueFd fd;
    std::filesystem::path temporary;  // removed with this object; empty: the caller's file
};

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
    void unpack_whole(const Part& part, const std::filesystem::path& to, const Context& context);
    void unpack_like(const Part& part, const std::filesystem::path& to, const Context& context);
    [[nodiscard]] std::shared_ptr<RawFile> find_raw(const std::string& name, const Context& context);
    std::shared_ptr<RawFile> make_raw(const Part& part, const std::filesystem::path& to, bool is_temporary,
                                      const Context& context);
    [[nodiscard]] bool is_needed(const std::string& name) const;

    std::mutex raw_mutex_;
    std::map<std::string, std::shared_ptr<RawFile>> raws_;  // whole memory that was unpacked and is still needed
    std::set<std::string> at_work_;                         // whole memory that somebody unpacks now
    std::set<std::string> done_;                            // parts that are like another and were unpacked
};

}  // namespace crib::checkpoint
