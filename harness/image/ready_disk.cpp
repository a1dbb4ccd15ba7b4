#include "harness/image/ready_disk.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/plain_path.h"
#include "harness/base/size.h"
#include "harness/base/text.h"
#include "harness/fetch/download.h"
#include "harness/fetch/url.h"
#include "harness/image/checksums.h"

#include <fmt/format.h>
#include <chrono>
#include <nlohmann/json.hpp>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

using fetch::is_url;

// Where what is named comes from and goes to.
struct Place {
    const fetch::Mirrors& mirrors;
    const fs::path& base;
    const fs::path& entry;
};

fs::path place_of(const Fetched& file, const fs::path& base, const fs::path& entry, const char* name) {
    return is_url(file.location) ? entry / name : plain_path(fs::absolute(base / file.location));
}

void add_one(KeyBuilder& key, const char* name, const Fetched& file, const fs::path& base) {
    if (is_url(file.location)) return;  // its sum is in the image file
    const fs::path path = place_of(file, base, {}, name);
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (failed) {
        throw Error(ErrorKind::image, fmt::format("cannot read {}: {}", path.string(), failed.message()),
                    "the image file names it: correct its path");
    }
    const auto changed = fs::last_write_time(path).time_since_epoch().count();
    key.add(name, fmt::format("{} {} {}", path.string(), size, changed));
}

void fetch_one(const Fetched& file, const Place& place, const char* name, Job& job, const Context& context) {
    const fs::path path = place_of(file, place.base, place.entry, name);
    if (is_url(file.location)) {
        if (fs::exists(path)) return;  // an earlier try fetched and verified it
        const std::string url = place.mirrors.resolve(file.location);
        std::string sum = file.sha256;
        if (file.checksums) {
            job.step("verify " + file.checksums->url);
            sum = signed_sum(job.runner(), *file.checksums, file.location, place.mirrors, place.base, context);
        }
        job.step("download " + url);
        auto last_said = context.clock->now();
        const auto progress = [&](std::uint64_t now, std::uint64_t total) {
            if (context.clock->now() - last_said < std::chrono::seconds(1)) return;
            last_said = context.clock->now();
            job.detail(fmt::format("{} of {}", to_string(ByteSize{now}),
                                   total == 0 ? "an unknown size" : to_string(ByteSize{total})));
        };
        fetch::download({.url = url, .sha256 = sum, .blame = ErrorKind::image}, path, progress, context);
        if (file.checksums) write_file(path.string() + ".sha256", sum);
        return;
    }
    if (file.sha256.empty()) return;
    job.step("verify " + path.string());
    const std::string sum = sha256_file(path);
    if (sum == file.sha256) return;
    throw Error(ErrorKind::image,
                fmt::format("{} does not verify: its SHA-256 is {}, not {}", path.string(), sum, file.sha256),
                "correct the sha256 in the image file only if you trust the file");
}

// A foreign disk that names a backing or data file would let a guest read that file of the host.
void require_plain_qcow2(const fs::path& disk, Job& job, const Context& context) {
    process::Command command;
    command.program = "qemu-img";
    command.args = {"info", "--output=json", "-f", "qcow2", disk.string()};
    const process::Result result = job.runner().run(command, context);
    context.throw_if_done("reading " + disk.string());
    if (!result.ok()) {
        throw Error(ErrorKind::image,
                    fmt::format("{} is not a qcow2 disk: {}", disk.string(), last_lines(result.err, 1)),
                    "make one with qemu-img convert -O qcow2");
    }
    const auto info = nlohmann::json::parse(result.out, nullptr, false);
    const bool has_data_file =
        info.is_object() &&
        info.value("/format-specific/data"_json_pointer, nlohmann::json::object()).contains("data-file");
    if (!info.is_object() || info.contains("backing-filename") || has_data_file) {
        throw Error(ErrorKind::image, fmt::format("{} stands on another file", disk.string()),
                    "make it whole with qemu-img convert -O qcow2");
    }
}

}  // namespace

ReadyFiles ready_files(const ReadyDisk& ready, const fs::path& base, const fs::path& entry) {
    ReadyFiles files;
    files.disk = place_of(ready.disk, base, entry, "root.qcow2");
    if (ready.kernel) files.kernel = place_of(*ready.kernel, base, entry, "kernel");
    if (ready.initrd) files.initrd = place_of(*ready.initrd, base, entry, "initrd");
    return files;
}

void add_to_key(KeyBuilder& key, const ReadyDisk& ready, const fs::path& base) {
    add_one(key, "disk", ready.disk, base);
    if (ready.kernel) add_one(key, "kernel", *ready.kernel, base);
    if (ready.initrd) add_one(key, "initrd", *ready.initrd, base);
}

void fetch_ready_disk(const ReadyDisk& ready, const fetch::Mirrors& mirrors, const fs::path& base,
                      const fs::path& entry, Job& job, const Context& context) {
    const Place place{mirrors, base, entry};
    fetch_one(ready.disk, place, "root.qcow2", job, context);
    if (ready.kernel) fetch_one(*ready.kernel, place, "kernel", job, context);
    if (ready.initrd) fetch_one(*ready.initrd, place, "initrd", job, context);
    require_plain_qcow2(ready_files(ready, base, entry).disk, job, context);
}

}  // namespace crib::image
