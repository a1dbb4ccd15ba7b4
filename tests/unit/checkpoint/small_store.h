#pragma once
// SmallStore: a store in a temporary folder, with small "memory" and a qemu-img that only copies.

#include "harness/base/file.h"
#include "harness/checkpoint/store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <filesystem>
#include <string>

namespace crib::checkpoint {

// Where syncing costs nothing: in memory, if this machine has such a folder.
[[nodiscard]] std::filesystem::path quick_folder();

class SmallStore {
public:
    SmallStore();

    [[nodiscard]] Context context() { return Context::with_clock(clock); }

    // A chain of one stage that depends on `what`.
    [[nodiscard]] static KeyChain chain(const std::string& what);

    // A file of the run's, made of `content`.
    std::filesystem::path file(const std::string& name, const std::string& content) const;

    // An entry whose node "master" has this memory, and a disk of the same content on a node image. Returns its key.
    std::string save(const std::string& what, const std::string& memory);

    [[nodiscard]] std::string memory_of(const Lease& lease, const std::string& name = "master");
    [[nodiscard]] std::vector<std::string> files(const std::string& folder) const;  // of the store, by name
    [[nodiscard]] std::vector<std::string> keys() const;                            // that list() has, in its order

    TempFolder folder{quick_folder(), "crib-store"};
    test::ManualClock clock;
    test::RecordingRunner runner;
    Store store{runner, clock, folder.path() / "checkpoints"};
    std::filesystem::path base;  // the node image's disk
};

// `size` bytes that do not compress, the same for the same seed.
[[nodiscard]] std::string noise(std::size_t size, unsigned seed);

// Changes one byte of a file, read-only or not.
void flip(const std::filesystem::path& file, std::uint64_t offset);

}  // namespace crib::checkpoint
