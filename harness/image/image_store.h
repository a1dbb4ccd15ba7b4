#pragma once
// ImageStore: node images and image disks, made or fetched once and kept by content.

#include "harness/base/context.h"
#include "harness/base/folders.h"
#include "harness/base/lock.h"
#include "harness/image/image_disk.h"
#include "harness/image/image_file.h"
#include "harness/image/progress.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::image {

struct NodeImage {
    std::string name;              // "debian-13"
    std::string title;             // "Debian GNU/Linux 13 (trixie)"
    std::string family;            // "debian"
    std::string codename;          // "trixie"
    std::string package_manager;   // "apt"
    std::filesystem::path kernel;  // empty: boots by its own firmware and boot loader, with cloud-init
    std::filesystem::path initrd;
    std::filesystem::path root;                 // qcow2, read only: nodes get overlays
    ByteSize disk;                              // what a node's root disk is to hold
    std::filesystem::path packages;             // folder of the distribution's .debs that recipes install; empty: none
    std::map<std::string, std::string> inputs;  // of recipes: what suits this OS
    std::map<std::string, std::string> installed;  // package to version, those that recipes install among them
    std::string digest;                            // changes with anything that went in
    bool reused = false;                           // nothing was made
};

// Entries are in cache/images/NAME-KEY/ and cache/images/store-KEY.ext4, locked per key, made as .partial and renamed;
// key.txt says what a key is made of, logs/ has what each making said. Thread-safe; two processes may share a cache.
class ImageStore {
public:
    ImageStore(process::Runner& runner, Folders folders, ProgressSink progress = {});

    // Error(usage) for an image that is not on offer, Error(environment) when the machine lacks a tool, a package
    // source or room, Error(image) for one that cannot be made, fetched or verified, with its log's path.
    NodeImage ensure(const std::string& name, const Context& context);

    // What ensure would answer without making anything; nothing when it would.
    [[nodiscard]] std::optional<NodeImage> find(const std::string& name) const;

    // A disk with these container images, for all nodes: ext4, label crib-images, read only.
    std::filesystem::path ensure_image_disk(const std::vector<OciImage>& images, const Context& context,
                                            ImageDiskFormat format = ImageDiskFormat::store);

    // An empty swap disk: qcow2, read only. Nodes get overlays, so that a checkpoint keeps what was swapped out and no
    // more.
    std::filesystem::path ensure_swap(ByteSize size, const Context& context);

private:
    struct Plan;
    [[nodiscard]] Plan plan(const std::string& name) const;
    [[nodiscard]] std::optional<NodeImage> load(const Plan& plan) const;
    void make(const Plan& plan, const Context& context);
    [[nodiscard]] std::filesystem::path home() const { return folders_.cache / "images"; }
    [[nodiscard]] std::filesystem::path guest_files() const { return folders_.fixtures() / "image"; }
    [[nodiscard]] FileLock lock(const std::string& entry, const std::string& title, const Context& context) const;
    void say(Progress::Kind kind, const std::string& image, const std::string& what) const;

    process::Runner& runner_;
    Folders folders_;
    ProgressSink progress_;
};

}  // namespace crib::image
