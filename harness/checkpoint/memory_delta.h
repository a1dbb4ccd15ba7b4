#pragma once
// A memory image as what differs from another node's: the nodes of a cluster run the same system from the same files,
// and most pages of one are somewhere in the other. Internal to checkpoint.
//
// The file: a skippable zstd frame with a text, "crib-delta BYTES" and a line "OFFSET BYTES" for each run of the image;
// then zstd frames of those runs' content, one after the other, each with its content's length and checksum. Each was
// made with the runs of the other image as its prefix and knows nothing of the others: they are unpacked side by side.
// The part's id is the file's tree digest.

#include "harness/base/context.h"
#include "harness/base/file.h"
#include "harness/checkpoint/memory_part.h"
#include "harness/checkpoint/memory_view.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace crib::checkpoint {

// A match may lie no further back than two gigabytes, and a list of runs has its limit: other images are packed by
// themselves.
[[nodiscard]] bool can_be_delta(const std::filesystem::path& raw, const std::filesystem::path& like,
                                const Context& context);

// Neither raw file may change meanwhile. Makes `packed`, synced. Error(environment).
PackedMemory pack_delta(const std::filesystem::path& raw, const std::filesystem::path& like,
                        const std::filesystem::path& packed, const Context& context);

// A packed file that is being read.
class DeltaReader {
public:
    // Reads and checks it all; the image was of so many bytes. Damage when it is not what was saved or is missing.
    DeltaReader(const std::filesystem::path& packed, const std::string& id, std::uint64_t raw_bytes,
                const Context& context);

    // In a file of that length; `where` is its folder, for what is said of a full disk.
    void make_room(int file, const std::filesystem::path& where) const;

    // Into that room. `like` is the other raw image, of which `like_runs` are what is not zero. Damage when that is not
    // what it was.
    void unpack(int file, int like, const MemoryRuns& like_runs, const Context& context) const;

private:
    void read_head(std::uint64_t raw_bytes);

    std::filesystem::path path_;
    UniqueFd file_;
    MemoryRuns runs_;
    std::uint64_t head_ = 0;  // bytes before the first frame
};

}  // namespace crib::checkpoint
