#pragma once
// Lease: the use of one checkpoint, which nobody evicts meanwhile. Thread-safe.

#include "harness/base/context.h"
#include "harness/checkpoint/entry.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace crib::checkpoint {

class Shop;

// Whatever turns out to be damaged is Damage, and the entry has been dropped; the lease is of no use then. What cannot
// be read for another reason is Error(environment), and stays. A name that the entry does not have is Error(internal).
class Lease {
public:
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) noexcept;
    ~Lease();

    [[nodiscard]] const Entry& entry() const;

    // So many machines will map each node's memory. To be said before it is asked for; without it, one.
    void share_memory(std::size_t users);

    // Where a node's memory is being unpacked to: a path to a sparse file that has the right length at once, for every
    // process of this user while this process and the lease live. It is unpacked once. To be mapped or read after
    // wait_for_memory(), never to be written to. The context's clock outlives the lease.
    [[nodiscard]] std::filesystem::path memory(const std::string& name, const Context& context) const;
    void wait_for_memory(const std::string& name, const Context& context) const;

    // The machine's state into a FIFO, which is waited for until somebody reads it: the first `head` bytes at once, the
    // rest when `before_the_rest` has returned. A reader that goes away is Error(process).
    void write_machine(const std::string& name, const std::filesystem::path& fifo, std::size_t head,
                       const std::function<void()>& before_the_rest, const Context& context) const;

    // The layer's file, to stand an overlay on: never to write to. It and all that it stands on have been read and
    // compared; once a lease, unless a file changed.
    [[nodiscard]] std::filesystem::path disk(const std::string& name, const Context& context) const;

private:
    friend class Store;
    struct State;
    explicit Lease(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace crib::checkpoint
