#include "harness/image/image_disk.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

const char* name_of(ImageDiskFormat format) {
    return format == ImageDiskFormat::store ? "store" : "archives";
}

// skopeo's "oci:FOLDER:NAME": the folder holds one image, so its name need not be given, but a ':' in it must not be
// read as one.
std::vector<std::string> script_args(const std::vector<OciImage>& images, ImageDiskFormat format, const fs::path& work,
                                     const fs::path& disk) {
    std::vector<std::string> args{work.string(), disk.string(), name_of(format)};
    for (const OciImage& image : images) {
        args.push_back(image.reference);
        args.push_back(image.layout.string());
    }
    return args;
}

}  // namespace

std::string image_disk_key(const std::vector<OciImage>& images, ImageDiskFormat format) {
    std::vector<OciImage> sorted = images;
    std::sort(sorted.begin(), sorted.end(),
              [](const OciImage& a, const OciImage& b) { return a.reference < b.reference; });
    KeyBuilder key;
    key.add("format", "1").add("images as", name_of(format));
    for (const OciImage& image : sorted) key.add(image.reference, read_file(image.layout / "index.json", 1U << 20U));
    return key.key();
}

void make_image_disk(const std::vector<OciImage>& images, ImageDiskFormat format, const fs::path& script,
                     const fs::path& work, const fs::path& disk, Job& job, const Context& context) {
    job.step(fmt::format("import {} images into a store", images.size()));
    process::Command command = as_owner(script, script_args(images, format, work, disk), geteuid() == 0);
    // Already in a user namespace: the store must not make another.
    command.env["_CONTAINERS_USERNS_CONFIGURED"] = "done";
    command.env["BUILDAH_ISOLATION"] = "chroot";
    command.env["XDG_RUNTIME_DIR"] = std::nullopt;
    command.env["CONTAINERS_STORAGE_CONF"] = "/dev/null";
    std::string last;
    try {
        job.run(command, "importing container images", context, [&](std::string_view line) {
            if (!line.starts_with("importing ") && !line.starts_with("packing ")) return;
            last = line;
            job.detail(last);
        });
    } catch (const Error& error) {
        throw last.empty() ? error : error.with_note(last);
    }
}

}  // namespace crib::image
