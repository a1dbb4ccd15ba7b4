#pragma once
// The image disk: container images in a store that every node mounts read only, so that none is pulled.

#include "harness/base/context.h"
#include "harness/image/job.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::image {

// One container image: what it is called in the cluster, and an OCI layout folder that holds only it.
struct OciImage {
    std::string reference;  // "registry.example/name:tag"
    std::filesystem::path layout;
};

// How the images lie on the disk: in a containers-storage store, which CRI-O uses where it is; or as archives, one an
// image, uncompressed, which any runtime can import (ARCHIVES/registry.example_name_tag.tar).
enum class ImageDiskFormat { store, archives };

// What the disk's content depends on: references and the layouts' manifests, in order of reference.
[[nodiscard]] std::string image_disk_key(const std::vector<OciImage>& images, ImageDiskFormat format);

// Makes `disk`: ext4, label crib-images. `script` is fill-image-store.sh, `work` a folder beside the disk. Error(image)
// naming the image that could not be imported.
void make_image_disk(const std::vector<OciImage>& images, ImageDiskFormat format, const std::filesystem::path& script,
                     const std::filesystem::path& work, const std::filesystem::path& disk, Job& job,
                     const Context& context);

}  // namespace crib::image
