#pragma once
// Do a row's companions (what it requires) make the images that a cluster with it pulls? A checkout under test may want
// others than the version that it is called by.

#include "harness/component/table.h"

#include <string>
#include <string_view>
#include <vector>

namespace crib::component {

// The references of the images that the row, and all that it requires, make.
[[nodiscard]] std::vector<std::string> companion_images(const Table& table, const Row& row);

// What follows `image:` in a manifest, each once.
[[nodiscard]] std::vector<std::string> images_in_manifest(std::string_view manifest);

// Error(component) with the images of `wanted` that nothing makes; its hint names the versions of the component whose
// companions make them. `who` wants them: "kubeadm".
void require_companions(const Table& table, const Row& row, const std::vector<std::string>& wanted,
                        const std::string& who);

}  // namespace crib::component
