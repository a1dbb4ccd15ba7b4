#pragma once
// Signed lists of sums: what a file at a URL must hash to, said by its publisher.

#include "harness/base/context.h"
#include "harness/fetch/mirrors.h"
#include "harness/image/image_file.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <optional>
#include <string>

namespace crib::image {

// The sum of the file called `name` in a list as sha256sum writes it; nothing when it is not listed. Pure.
[[nodiscard]] std::optional<std::string> find_sum(const std::string& list, const std::string& name);

// Fetches the list, its signature and the key (a path counts from `base`), verifies, and answers the sum of the file
// that `url` ends with. Error(image) says which of them is wrong, and how.
[[nodiscard]] std::string signed_sum(process::Runner& runner, const Checksums& sums, const std::string& url,
                                     const fetch::Mirrors& mirrors, const std::filesystem::path& base,
                                     const Context& context);

}  // namespace crib::image
