#pragma once
// Draft: a checkpoint that is being saved. It exists for others only after commit().

#include "harness/base/context.h"
#include "harness/checkpoint/entry.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace crib::checkpoint {

class Shop;  // the store's folder and what works in it; internal

// A draft that is destroyed without commit() leaves nothing behind. Parts may be added from several threads.
//
// A full disk is Error(environment) with what was to be written; anything that cannot be read likewise.
class Draft {
public:
    Draft(Draft&&) noexcept;
    Draft& operator=(Draft&&) noexcept;
    ~Draft();

    // Compresses `raw`, a node's memory from its first byte to its last, the first on two threads, others as what
    // differs from the first. The file stays the caller's, of the same content until commit().
    void add_memory(const std::string& name, const std::filesystem::path& raw, const Context& context);

    // Compresses the state of a node's machine, a file that the hypervisor made.
    void add_machine(const std::string& name, const std::filesystem::path& state, const Context& context);

    // Keeps only the clusters that `frozen`, a qcow2 that nobody writes to any more, has of its own, compressed.
    // `backing` is what they will stand on, of the same content as what `frozen` stands on: a node image's disk, or a
    // path that lease.disk() gave.
    void add_disk(const std::string& name, const std::filesystem::path& frozen, const std::filesystem::path& backing,
                  const Context& context);

    // Takes the parts of an entry that was made on another machine, with the layers that its disks stand on: `files`
    // has them by their ids, and they are moved from there. Nothing in them is believed: memory is compared with its
    // id, disks must be plain qcow2 files and are told what they stand on here. `find_base` says where a file that is
    // not a layer is on this machine. Error(usage) for what crib would not have made.
    void adopt(const Entry& theirs, const std::filesystem::path& files,
               const std::function<std::filesystem::path(const std::filesystem::path& file)>& find_base,
               const Context& context);

    struct Description {
        std::string scenario;
        std::string program;
        std::vector<std::string> nodes;
        std::string payload;  // UTF-8
    };
    // Writes the manifest; from then on the entry is there, also after a power cut.
    Entry commit(const Description& description, const Context& context);

    [[nodiscard]] const std::string& key() const;

private:
    friend class Store;
    struct State;
    class Adoption;
    explicit Draft(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace crib::checkpoint
