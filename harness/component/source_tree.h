#pragma once
// The upstream source tree of a row: the pinned Go module in the module cache, or a checkout under test.

#include "harness/base/context.h"
#include "harness/component/request.h"

#include <filesystem>
#include <string>

namespace crib::component {

// Error(usage) when the row is not built from checkouts, or when the source's is one of another module.
void require_checkout_of(const Row& row, const Source& source);

// GOWORK of a build of `checkout`: its own go.work, else "off". One in a folder above is another project's.
[[nodiscard]] std::string workspace_of(const std::filesystem::path& checkout);

// 64 hexadecimal digits that change when anything changes that a build of `checkout` may read: its files, whatever git
// says of them, and those of the folders that its go.work, its go.mod and its links lead to. Some 10,000 files are read
// each time. Error(usage) for what cannot be read.
[[nodiscard]] std::string fingerprint(const std::filesystem::path& checkout, const Context& context);

// "1.36.3" for modules, "1.36.3+local.0123abcd" for a checkout with that fingerprint.
[[nodiscard]] std::string stamp_of(const std::string& version, const std::string& fingerprint);

}  // namespace crib::component
