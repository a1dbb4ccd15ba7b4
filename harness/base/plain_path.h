#pragma once
// A path without "." and "..", that leads where the kernel is led by it.

#include <filesystem>

namespace crib {

// LINK/.. is the folder above the one that the link leads to, not the one that the link lies in, as it would be by the
// text alone. Other links stay, and so does a ".." that a relative path begins with. Of what is not there the text
// alone counts.
[[nodiscard]] std::filesystem::path plain_path(const std::filesystem::path& path);

}  // namespace crib
