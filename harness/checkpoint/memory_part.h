#pragma once
// A memory image, compressed in pieces that are checked and unpacked each by itself. Internal to checkpoint.
//
// The file: the zstd frames of the pieces that are not all zero, one after the other; the index, a text with a line a
// piece; 16 bytes: the magic and the index's length. The part's id is the digest of the index, and the index has the
// digest of each frame: so every byte is accounted for, and a piece is checked before anybody gets to see it.

#include "harness/base/context.h"
#include "harness/checkpoint/memory_view.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace crib::checkpoint {

struct PackedMemory {
    std::string id;
    std::uint64_t bytes = 0;
    std::uint64_t raw_bytes = 0;
};

// Reads `raw` and makes `packed`, synced. Error(environment).
PackedMemory pack_memory(const std::filesystem::path& raw, const std::filesystem::path& packed, const Context& context);

// A packed file that is being read. Damage when it is not what was saved or is missing; other errors are of where
// it is unpacked to.
class MemoryReader {
public:
    // Reads and checks the index against `id`; the image was of so many bytes.
    MemoryReader(const std::filesystem::path& packed, const std::string& id, std::uint64_t raw_bytes);
    ~MemoryReader();
    MemoryReader(const MemoryReader&) = delete;
    MemoryReader& operator=(const MemoryReader&) = delete;

    // Into a file of that length without content, sparse; `where` is its folder, for what is said of a full disk.
    void unpack(int file, const std::filesystem::path& where, const Context& context) const;
    // The blocks that are not all zero.
    [[nodiscard]] MemoryRuns runs() const;
    // Only looks whether everything is as it was saved.
    void check(const Context& context) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crib::checkpoint
