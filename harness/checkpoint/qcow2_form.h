#pragma once
// Whether a disk that somebody sent is a plain qcow2: nothing in it makes QEMU read another file than it is told to.

#include <filesystem>

namespace crib::checkpoint {

enum class Standing { alone, on_another };

// Reads the header alone. Error(usage) naming the file when it is no qcow2, is encrypted, keeps its data in another
// file, has features or snapshots that crib's layers have not, or, `alone`, names a file that it stands on.
void require_plain_qcow2(const std::filesystem::path& file, Standing standing);

}  // namespace crib::checkpoint
