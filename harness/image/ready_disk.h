#pragma once
// Node images that somebody else made: a qcow2 on this machine or at a URL, with a kernel or with its own boot loader.

#include "harness/base/sha256.h"
#include "harness/fetch/mirrors.h"
#include "harness/image/image_file.h"
#include "harness/image/job.h"

#include <filesystem>

namespace crib::image {

// Where the files of such an image are: local ones where they always were, fetched ones in the entry's folder.
struct ReadyFiles {
    std::filesystem::path disk;
    std::filesystem::path kernel;  // empty: none
    std::filesystem::path initrd;
};

// `base` is the folder that relative paths count from: the image file's.
[[nodiscard]] ReadyFiles ready_files(const ReadyDisk& ready, const std::filesystem::path& base,
                                     const std::filesystem::path& entry);

// Local files count by place, size and time of change. Error(image) for one that is not there.
void add_to_key(KeyBuilder& key, const ReadyDisk& ready, const std::filesystem::path& base);

// Downloads what is at URLs, or at their mirrors, into `entry`, verifies all that has a sum or signed sums, and refuses
// a disk that is not a qcow2 or that stands on another file. Error(image).
void fetch_ready_disk(const ReadyDisk& ready, const fetch::Mirrors& mirrors, const std::filesystem::path& base,
                      const std::filesystem::path& entry, Job& job, const Context& context);

}  // namespace crib::image
