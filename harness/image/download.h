#pragma once
// Fetching one file from a URL: resumed where an earlier try stopped, verified before it counts.

#include "harness/base/context.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace crib::image {

// Bytes so far and in all (0: the server does not say).
using DownloadProgress = std::function<void(std::uint64_t now, std::uint64_t total)>;

// Fetches `url` (http, https, file) to `path`, through path.partial. A partial file of an earlier try is continued
// where the server allows it. A file whose SHA-256 is not `sha256` is removed and Error(image) says both sums;
// servers' refusals, cuts and a full disk are Error(image) as well, and what was fetched stays for the next try.
void download(const std::string& url, const std::string& sha256, const std::filesystem::path& path,
              const DownloadProgress& progress, const Context& context);

}  // namespace crib::image
