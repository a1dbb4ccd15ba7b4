#pragma once
// A memory image as what differs from another node's: the nodes of a cluster run the same system from the same files,
// and most pages of one are somewhere in the other. Internal to checkpoint.
//
// The file is one zstd frame with a checksum of its content, made with the other raw image as its prefix; the part's id
// is the file's tree digest.

#include "harness/base/context.h"
#include "harness/base/file.h"
#include "harness/checkpoint/memory_part.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace crib::checkpoint {

// A match may lie no further back than this; larger images are packed by themselves.
[[nodiscard]] bool can_be_delta(const std::filesystem::path& raw, const std::filesystem::path& like);

// Neither raw file may change meanwhile. Makes `packed`, synced. Error(environment).
PackedMemory pack_delta(const std::filesystem::path& raw, const std::filesystem::path& like,
                        const std::filesystem::path& packed, const Context& context);

// A packed file that is being read.
class DeltaReader {
public:
    // Reads and checks it all. Damage when it is not what was saved or cannot be read.
    DeltaReader(std::filesystem::path packed, const std::string& id, const Context& context);

    // Into the empty file `raw`, of which `where` is the folder; `like` is a descriptor of the other raw image. Damage
    // when that is not what it was.
    void unpack_into(int raw, std::uint64_t raw_bytes, int like, const std::filesystem::path& where,
                     const MemoryReader::Grown& grown, const Context& context) const;

private:
    std::filesystem::path packed_;
    UniqueFd file_;
};

}  // namespace crib::checkpoint
