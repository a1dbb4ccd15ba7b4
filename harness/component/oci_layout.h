#pragma once
// An OCI image layout folder written by code: no daemon, no root rights, the same bytes for the same input.

#include "harness/component/table.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace crib::component {

struct LayerFile {
    std::string to;  // absolute in the image
    std::filesystem::path content;
    unsigned mode = 0644;
};

// A tar of files and links, all root's, all from 1970. Parent folders are entries too when `with_folders`
// (a layer on a base layer must not change the modes of folders that exist there).
void write_layer(const std::filesystem::path& tar, const std::vector<LayerFile>& files,
                 const std::vector<LinkEntry>& links, bool with_folders);

// Makes `folder` an OCI layout with one image. The layer files are moved into it or, where they are shared,
// hard-linked or copied; the lowest layer first. `reference` is the image's ref name.
struct Layer {
    std::filesystem::path tar;
    std::string sha256;  // empty: computed
    bool shared = false;
};
void write_oci_layout(const std::filesystem::path& folder, const std::string& reference, const ImageSpec& config,
                      const std::vector<Layer>& layers);

// "amd64", "arm64": as Debian and OCI both call the machine crib was built for.
[[nodiscard]] std::string architecture();

// A folder name of a reference: "registry.example/a/b:v1" -> "registry.example_a_b_v1"
[[nodiscard]] std::string folder_name_of(const std::string& reference);

}  // namespace crib::component
