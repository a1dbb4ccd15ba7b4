#include "harness/image/image_store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"
#include "harness/base/unused.h"
#include "harness/image/bootstrap.h"
#include "harness/image/disks.h"
#include "harness/image/installed.h"
#include "harness/image/ready_disk.h"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

// What making an image needs at its worst: the tar, the tree, the raw file and the result.
constexpr std::uint64_t kRoomForImage = 2ULL << 30U;

// Every file that goes into an image or takes part in its making, by path and content.
void add_files(KeyBuilder& key, const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) key.add("file " + fs::relative(file, folder).string(), sha256_file(file));
}

void require_room(const fs::path& folder, std::uint64_t bytes) {
    const std::uint64_t free = free_disk_bytes(folder);
    if (free >= bytes) return;
    throw Error(ErrorKind::environment,
                fmt::format("making a node image needs {} in {}, and {} are free", to_string(ByteSize{bytes}),
                            folder.string(), to_string(ByteSize{free})),
                "make room, or choose another place with --state DIR");
}

// Entries are what others' overlays stand on: nobody writes to them.
void make_read_only(const fs::path& file) {
    if (!fs::exists(file)) return;
    fs::permissions(file, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
}

}  // namespace

struct ImageStore::Plan {
    ImageFile image;
    std::string key_text;
    std::string digest;
    fs::path entry;

    [[nodiscard]] std::string id() const { return entry.filename().string(); }
    [[nodiscard]] const ReadyDisk* ready() const { return std::get_if<ReadyDisk>(&image.how); }
};

ImageStore::ImageStore(process::Runner& runner, Folders folders, ProgressSink progress)
    : runner_(runner), folders_(std::move(folders)), progress_(std::move(progress)) {}

void ImageStore::say(Progress::Kind kind, const std::string& image, const std::string& what) const {
    if (progress_) progress_({kind, image, what, {}});
}

ImageStore::Plan ImageStore::plan(const std::string& name) const {
    Plan plan;
    plan.image = find_image_file(folders_.source / "images", name);
    KeyBuilder key;
    key.add("format", "1").add("image", read_file(plan.image.file));
    if (const ReadyDisk* ready = plan.ready()) {
        add_to_key(key, *ready, plan.image.file.parent_path());
    } else {
        add_files(key, guest_files());
    }
    plan.key_text = key.text();
    plan.digest = key.key();
    plan.entry = home() / fmt::format("{}-{}", name, plan.digest.substr(0, 16));
    return plan;
}

std::optional<NodeImage> ImageStore::load(const Plan& plan) const {
    if (!fs::exists(plan.entry / "key.txt")) return std::nullopt;
    NodeImage node{.name = plan.image.name,
                   .title = plan.image.title,
                   .family = plan.image.family,
                   .codename = plan.image.codename,
                   .package_manager = plan.image.package_manager,
                   .kernel = plan.entry / "kernel",
                   .initrd = plan.entry / "initrd",
                   .root = plan.entry / "root.qcow2",
                   .disk = plan.image.disk,
                   .packages = plan.entry / "packages",
                   .inputs = plan.image.inputs,
                   .installed = packages_of(plan.entry / "packages.txt", plan.entry / "packages"),
                   .digest = plan.digest};
    if (const ReadyDisk* ready = plan.ready()) {
        const ReadyFiles files = ready_files(*ready, plan.image.file.parent_path(), plan.entry);
        node.packages.clear();
        node.kernel = files.kernel;
        node.initrd = files.initrd;
        node.root = files.disk;
        // What a signed list said is not in the image file, and so not in the key.
        const fs::path sum = files.disk.string() + ".sha256";
        if (ready->disk.checksums && fs::exists(sum)) {
            node.digest = KeyBuilder().add("image", plan.digest).add("disk", read_file(sum)).key();
        }
    }
    if (!fs::exists(node.root)) return std::nullopt;
    return node;
}

void ImageStore::make(const Plan& plan, const Context& context) {
    const fs::path partial = plan.entry.string() + ".partial";
    Job job(runner_, progress_, plan.image.name, home() / "logs" / (plan.id() + ".log"), *context.clock);
    try {
        if (const ReadyDisk* ready = plan.ready()) {
            // What an earlier try fetched is kept: the download goes on where it stopped.
            make_folder(partial);
            mark_as_cached(partial, plan.id());
            fetch_ready_disk(*ready, fetch::Mirrors::load(folders_.mirrors), plan.image.file.parent_path(), partial,
                             job, context);
        } else {
            remove_owned(runner_, partial, *context.clock);
            make_folder(partial);
            mark_as_cached(partial, plan.id());
            require_room(partial, kRoomForImage);
            bootstrap(plan.image, std::get<Bootstrap>(plan.image.how), guest_files(), partial, job, context);
        }
        for (const char* file : {"kernel", "initrd", "root.qcow2"}) make_read_only(partial / file);
        write_file(partial / "key.txt", plan.key_text);
    } catch (...) {
        if (plan.ready() == nullptr) remove_owned(runner_, partial, *context.clock);
        throw;
    }
    remove_all_quietly(plan.entry);  // one that load() found wanting
    fs::rename(partial, plan.entry);
    job.finished();
}

FileLock ImageStore::lock(const std::string& entry, const std::string& title, const Context& context) const {
    make_folder(home());
    return FileLock::take(home() / (entry + ".lock"), context, [&](const std::string& holder) {
        say(Progress::Kind::waiting, title, fmt::format("{} is making the same", holder));
    });
}

NodeImage ImageStore::ensure(const std::string& name, const Context& context) {
    const Plan wanted = plan(name);
    if (auto ready = load(wanted)) {
        ready->reused = true;
        mark_used(home() / (wanted.id() + ".lock"));
        say(Progress::Kind::reused, name, "in the cache");
        return *ready;
    }
    const FileLock held = lock(wanted.id(), name, context);
    if (auto made_by_another = load(wanted)) return *made_by_another;
    with_note("node image " + name, [&] { make(wanted, context); });
    if (auto made = load(wanted)) return *made;
    throw Error(ErrorKind::internal, fmt::format("{} was made but is not in the cache", name));
}

std::optional<NodeImage> ImageStore::find(const std::string& name) const {
    auto found = load(plan(name));
    if (found) found->reused = true;
    return found;
}

fs::path ImageStore::ensure_image_disk(const std::vector<OciImage>& images, const Context& context,
                                       ImageDiskFormat format) {
    const std::string title = "container images";
    const fs::path script = guest_files() / "fill-image-store.sh";
    const std::string key =
        KeyBuilder().add("images", image_disk_key(images, format)).add("script", sha256_file(script)).key();
    const std::string id = fmt::format("store-{}", key.substr(0, 16));
    const fs::path disk = home() / (id + ".ext4");
    if (fs::exists(disk)) {
        mark_used(home() / (id + ".lock"));
        say(Progress::Kind::reused, title, "in the cache");
        return disk;
    }
    const FileLock held = lock(id, title, context);
    if (fs::exists(disk)) return disk;
    const fs::path work = home() / (id + ".partial");
    const fs::path partial = home() / (id + ".ext4.partial");
    Job job(runner_, progress_, title, home() / "logs" / (id + ".log"), *context.clock);
    try {
        remove_owned(runner_, work, *context.clock);
        make_image_disk(images, format, script, work, partial, job, context);
        make_read_only(partial);
    } catch (...) {
        remove_owned(runner_, work, *context.clock);
        remove_all_quietly(partial);
        throw;
    }
    fs::rename(partial, disk);
    job.finished();
    return disk;
}

fs::path ImageStore::ensure_swap(ByteSize size, const Context& context) {
    const std::string id = fmt::format("swap-{}MiB", size.in_mib());
    const fs::path disk = home() / (id + ".qcow2");
    mark_used(home() / (id + ".lock"));
    if (fs::exists(disk)) return disk;
    const FileLock held = lock(id, "swap disk", context);
    if (fs::exists(disk)) return disk;
    const fs::path raw = home() / (id + ".raw.partial");
    const fs::path partial = home() / (id + ".qcow2.partial");
    try {
        make_swap_disk(raw, size);
        to_qcow2(runner_, raw, partial, context);
        make_read_only(partial);
    } catch (...) {
        remove_all_quietly(raw);
        remove_all_quietly(partial);
        throw;
    }
    remove_all_quietly(raw);
    fs::rename(partial, disk);
    return disk;
}

}  // namespace crib::image
