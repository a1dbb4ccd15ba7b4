#pragma once
// Lease: the use of one checkpoint, which nobody evicts meanwhile. Thread-safe.

#include "harness/base/context.h"
#include "harness/checkpoint/entry.h"

#include <filesystem>
#include <memory>
#include <string>

namespace crib::checkpoint {

class Shop;

// Whatever turns out to be damaged is Damage, and the entry has been dropped; the lease is of no use then. A name that
// the entry does not have is Error(internal).
class Lease {
public:
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) noexcept;
    ~Lease();

    [[nodiscard]] const Entry& entry() const;

    // The memory as it was saved. A FIFO is waited for until somebody reads it and is written in order; any other path
    // becomes a sparse file of mode 0600, which is removed again on failure. No byte is written unchecked. A reader
    // that goes away is Error(process).
    void write_memory(const std::string& name, const std::filesystem::path& to, const Context& context) const;

    // The same into an open pipe, socket or file, in order. The descriptor stays the caller's.
    void write_memory(const std::string& name, int fd, const Context& context) const;

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
