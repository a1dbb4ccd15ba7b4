#pragma once
// The small disks of a node: its overlay on the shared root, and its swap.

#include "harness/base/context.h"
#include "harness/base/size.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <optional>
#include <string>

namespace crib::image {

// A qcow2 at `path` whose unwritten blocks are those of `base` (qcow2, absolute path); larger than it when `size` says
// so. Error(image) when qemu-img refuses, naming a full disk.
void make_overlay(process::Runner& runner, const std::filesystem::path& base, const std::filesystem::path& path,
                  const Context& context, std::optional<ByteSize> size = std::nullopt);

// The same content as a qcow2. Error(image) likewise.
void to_qcow2(process::Runner& runner, const std::filesystem::path& raw, const std::filesystem::path& path,
              const Context& context);

// A sparse file with a swap signature and `label` (at most 15 bytes). At least 64 KiB.
void make_swap_disk(const std::filesystem::path& path, ByteSize size, const std::string& label = "crib-swap");

}  // namespace crib::image
