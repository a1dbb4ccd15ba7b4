#pragma once
// Shop: the store's folder and the few operations on it that others build on. Internal to checkpoint.
//
// Locks: locks/KEY.lock is alone with who saves or removes the entry, and shared by who uses it; store.lock is held
// for the moment in which names in parts/, drafts/ or entries/ change. The key's lock is taken first.

#include "harness/base/context.h"
#include "harness/base/lock.h"
#include "harness/base/mark.h"
#include "harness/base/next_command.h"
#include "harness/base/removal.h"
#include "harness/checkpoint/entry.h"
#include "harness/process/runner.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace crib::checkpoint {

class PartUsers;

class Shop {
public:
    Shop(process::Runner& runner, Clock& clock, std::filesystem::path folder, NextCommand next_command = {});

    process::Runner& runner;
    Clock& clock;
    const std::filesystem::path folder;
    const NextCommand next_command;  // that acts on this store

    [[nodiscard]] std::filesystem::path entries() const { return folder / "entries"; }
    [[nodiscard]] std::filesystem::path entry(const std::string& key) const { return entries() / (key + ".json"); }
    [[nodiscard]] std::filesystem::path parts() const { return folder / "parts"; }
    [[nodiscard]] std::filesystem::path part(const std::string& id) const { return parts() / id; }
    [[nodiscard]] std::filesystem::path drafts() const { return folder / "drafts"; }
    [[nodiscard]] std::filesystem::path draft(const std::string& key) const { return drafts() / key; }
    [[nodiscard]] std::filesystem::path locks() const { return folder / "locks"; }
    [[nodiscard]] std::filesystem::path lock(const std::string& key) const { return locks() / (key + ".lock"); }
    [[nodiscard]] std::filesystem::path names() const { return folder / "names"; }
    [[nodiscard]] std::filesystem::path holds() const { return folder / "holds"; }
    [[nodiscard]] std::filesystem::path trash() const { return folder / "trash"; }

    void make_folders() const;
    [[nodiscard]] FileLock lock_store(const Context& context) const;

    // Of what has to be done whatever happened: no deadline but its own, of a minute.
    [[nodiscard]] Context own_context() const;

    // Keys with a manifest, readable or not. Sorted.
    [[nodiscard]] std::vector<std::string> keys() const;

    [[nodiscard]] bool has(const std::string& key) const;  // also one that cannot be looked at

    // Nothing when there is no such entry. Damage with what is wrong with the manifest; Unusable when it cannot be read
    // now.
    [[nodiscard]] std::optional<Entry> read(const std::string& key) const;

    // Damage when a part or layer is missing or of another size, or a file that disks stand on is not the same any
    // more. Unusable when that cannot be found out now, or such a file is not there: it may have been moved.
    void require_parts(const Entry& entry) const;

    // The entry goes, whoever uses it; `bad_part` (empty: none) too, and its names and all parts that nobody refers to
    // any more, unless the caller sweeps. Never throws: why the entry could not be removed, else nothing.
    enum class Parts { swept, left };
    [[nodiscard]] std::string drop(const std::string& key, const std::string& bad_part,
                                   Parts parts = Parts::swept) const noexcept;

    // The entry's manifest and lock. What is left of it is swept by the caller. store.lock must be held.
    [[nodiscard]] Removal remove_entry(const std::string& key) const;

    // Removes parts that are free (PartUsers) and tells their bytes. store.lock must be held.
    struct Swept {
        std::uint64_t freed = 0;
        std::vector<LeftAlone> failed;  // parts that could not be removed
    };
    [[nodiscard]] Swept sweep(const PartUsers& users, const std::set<std::string>& given_up = {}) const;
    // The same of those alone that were given up.
    [[nodiscard]] Swept sweep_given_up(const PartUsers& users, const std::set<std::string>& given_up) const;

    // A file of this user directly in one of the store's own folders, none of them a link: all that is ever removed.
    [[nodiscard]] bool is_own_file(const std::filesystem::path& file) const;
    bool remove(const std::filesystem::path& file) const noexcept;  // true when it is gone
    // The same with the reason why not: "Permission denied".
    [[nodiscard]] Removal try_remove(const std::filesystem::path& file) const noexcept;

private:
    [[nodiscard]] Removal take_away(const std::filesystem::path& path) const;  // renamed, then deleted
    void sweep_part(const std::filesystem::path& part, Swept& swept) const;
};

// Of what could not be removed.
[[nodiscard]] LeftAlone not_removed(const std::filesystem::path& path, const std::string& why);

// Parts and layers.
[[nodiscard]] std::set<std::string> ids_of(const Entry& entry);

// Of a key, for people.
inline constexpr std::size_t kShownDigits = 12;

// What Shop::read() puts in front of what is wrong with a manifest: "the manifest of checkpoint f00646f0422f: ".
[[nodiscard]] std::string note_of(const std::string& key);

// A key is 64 hex digits: it becomes a file's name.
[[nodiscard]] bool is_key(const std::string& text);

// Files of one of the store's folders, and the content of the small ones in names/, holds/ and drafts/. Partial ones
// are left out, and what is no file: crib makes no such thing there. What is not there holds nothing.
// Error(environment) for what is there and cannot be read.
[[nodiscard]] std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder);
struct SmallFile {
    std::vector<std::string> lines;
    std::string damage;  // why it is not as crib writes them: "it is empty"; empty: nothing of that kind
};
// Nothing: it was removed meanwhile.
[[nodiscard]] std::optional<SmallFile> read_small(const std::filesystem::path& file);

// Of a file that disks stand on. Error(environment) when it is not there.
[[nodiscard]] Backing backing_of(const std::filesystem::path& file);

// Disk blocks in bytes; 0 when it is not there.
[[nodiscard]] std::uint64_t disk_usage(const std::filesystem::path& file);

}  // namespace crib::checkpoint
