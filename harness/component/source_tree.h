#pragma once
// The upstream source tree of a row: the pinned Go module in the module cache, or a checkout under test.

#include "harness/base/context.h"
#include "harness/component/request.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <string>

namespace crib::component {

// 64 hexadecimal digits that change when anything that a build reads in `checkout` changes: the commit, what differs
// from it and untracked files with git, else all files (but .git, _output and bin).
[[nodiscard]] std::string fingerprint(process::Runner& runner, const std::filesystem::path& checkout,
                                      const Context& context);

// "1.36.3" for modules, "1.36.3+local.0123abcd" for a checkout with that fingerprint.
[[nodiscard]] std::string stamp_of(const std::string& version, const std::string& fingerprint);

}  // namespace crib::component
