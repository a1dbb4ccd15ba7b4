#pragma once
// Pulling a container image from a registry into an OCI layout folder, by skopeo.

#include "harness/base/context.h"
#include "harness/fetch/download.h"
#include "harness/fetch/mirrors.h"
#include "harness/process/runner.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace crib::component {

// Bytes that have come so far.
using PullProgress = std::function<void(std::uint64_t now)>;

// Pulls this machine's platform of the image to `layout` and returns the digest that its tag had: "sha256:...", of
// the manifest list where there is one. What is pulled is that digest, even when the tag moves meanwhile. Layers that
// an earlier try left in `layout` are kept. Error(component) naming the image, what is wrong, and the cure; a registry
// that is slower than `stall` is given up, and a stop ends it at once.
std::string pull_image(process::Runner& runner, const fetch::ImageAddress& image, const std::filesystem::path& layout,
                       const fetch::StallLimit& stall, const PullProgress& progress, const Context& context);

// What skopeo's last words mean for the image, in a sentence, and what to do about it. Pure.
struct PullTrouble {
    std::string reason;
    std::string hint;
};
[[nodiscard]] PullTrouble explain_pull(const std::string& stderr_text);

}  // namespace crib::component
