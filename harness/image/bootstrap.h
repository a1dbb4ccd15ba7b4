#pragma once
// Making a node image of a Debian-like distribution with mmdebstrap.

#include "harness/image/apt_origin.h"
#include "harness/image/image_file.h"
#include "harness/image/job.h"

#include <filesystem>
#include <vector>

namespace crib::image {

// mmdebstrap's call; pure. The tar, and what finish.sh puts aside, go into `output`.
[[nodiscard]] process::Command bootstrap_command(const ImageFile& image, const Bootstrap& how,
                                                 const std::vector<AptSource>& machine, const std::string& keyring,
                                                 const std::filesystem::path& guest_files,
                                                 const std::filesystem::path& output);

// Fills the empty folder `output`: kernel, initrd, root.qcow2, packages/*.deb, packages.txt. `guest_files` is
// fixtures/image. Error(image) with the log's path; Error(environment) when apt or a tool is missing.
void bootstrap(const ImageFile& image, const Bootstrap& how, const std::filesystem::path& guest_files,
               const std::filesystem::path& output, Job& job, const Context& context);

}  // namespace crib::image
