#pragma once
// A memory image as what differs from another node's: the nodes of a cluster run the same system from the same files,
// and most pages of one are somewhere in the other. Internal to checkpoint.
//
// The file is zstd frames one after the other, each with its content's length and checksum; the part's id is the file's
// tree digest. The first frame is a short beginning that stands for itself: what a hypervisor looks at before it starts
// a machine is there while the other image is still being unpacked. The others are made with the other raw image as
// their prefix and know nothing of each other: they are unpacked side by side. (Format 1 had one frame, with the
// prefix.)

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

    // Where an image goes: an empty file and its folder, for what is said of a full disk. `grown`, when there is one,
    // is told how many of the first bytes are there.
    struct Target {
        int file;
        std::uint64_t bytes;
        std::filesystem::path where;
        MemoryReader::Grown grown;
    };
    // First what needs no other image, then the rest; `like` is a descriptor of the other raw image. Damage when that
    // is not what it was.
    void unpack_beginning(const Target& target, const Context& context) const;
    void unpack_rest(const Target& target, int like, const Context& context) const;

private:
    std::filesystem::path packed_;
    UniqueFd file_;
};

}  // namespace crib::checkpoint
