#include "harness/engine/capsule_state.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/printable.h"
#include "harness/base/sha256.h"
#include "harness/base/size.h"
#include "harness/base/text.h"
#include "harness/base/unused.h"
#include "harness/checkpoint/qcow2_form.h"
#include "harness/checkpoint/transfer.h"
#include "harness/engine/stage_keys.h"
#include "harness/engine/state_rules.h"
#include "harness/hypervisor/foreign_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using capsule::is_plain_name;
using capsule::Need;

constexpr std::uint64_t kSmall = 4U << 20U;
constexpr std::uint64_t kLargestEntry = 16U << 20U;
constexpr std::uint64_t kLargestMachineState = 64U << 20U;
constexpr std::string_view kEntry = "state/checkpoint.json";
constexpr std::string_view kParts = "state/parts/";

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::usage, "the capsule's checkpoint: " + printable(why), "have it exported anew");
}

// --- both ---

// Whoever sent it could else fill the disk.
void require_own_sizes(const checkpoint::Entry& entry, const ClusterState& state) {
    using Kind = checkpoint::Part::Kind;
    std::map<std::string, std::uint64_t> memory;
    for (const auto& node : state.nodes) memory[node.node.name()] = node.node.asked.memory.bytes;
    for (const auto& part : entry.parts) {
        if ((part.kind == Kind::memory && part.raw_bytes != memory[part.name]) ||
            (part.kind == Kind::machine && part.raw_bytes > kLargestMachineState)) {
            refuse(fmt::format("the {} of \"{}\" is of another size", to_string(part.kind), part.name));
        }
    }
}

// The checkpoint of a cluster as crib makes them, whoever sent it: the same for who packs and who opens.
void require_own(const checkpoint::Entry& entry, const ClusterState& state) {
    try {
        require_own_parts(entry.parts, state);
    } catch (const Error& error) {
        refuse(error.what());
    }
    require_own_sizes(entry, state);
    for (const auto& node : state.nodes) {
        if (node.kernel.empty() != node.initrd.empty()) refuse("a node has a kernel without initrd");
        hypervisor::require_own_form(node.description, !node.kernel.empty());
        for (const auto& disk : node.disks) {
            if (disk.kind == NodeDisk::Kind::shared && !disk.spec.read_only) {
                refuse("a node would write to a disk that others read");
            }
        }
    }
}

// --- out ---

// Error(usage) when open would refuse it: the user is not to find that out on the other machine.
void require_openable(const checkpoint::Entry& entry, const std::string& text) {
    constexpr const char* kHint = "without --with-state the run's record is packed";
    if (text.size() > kLargestEntry) {
        throw Error(ErrorKind::usage,
                    fmt::format("the checkpoint's description has {}, and a capsule takes at most {}",
                                to_string(ByteSize{text.size()}), to_string(ByteSize{kLargestEntry})),
                    kHint);
    }
    try {
        require_own(entry, parse_cluster_state(entry.payload));
    } catch (const Error& error) {
        throw Error(ErrorKind::usage, std::string("crib open would refuse it: ") + error.what(), kHint);
    }
}

class Needs {
public:
    Needs(fs::path cache, bool with_images, const Context& context)
        : cache_(std::move(cache)), with_images_(with_images), context_(context) {}

    void add(const fs::path& file, const std::string& what, const std::string& cure) {
        if (file.empty() || !known_.insert(file).second) return;
        std::error_code problem;
        const auto bytes = fs::file_size(file, problem);
        if (problem) throw Error(ErrorKind::environment, fmt::format("{}, {}, is missing", what, file.string()), cure);
        auto place = file.lexically_relative(cache_);
        if (!capsule::is_safe_path(place.string())) place = fs::path("images") / file.filename();
        list.push_back({what, place.string(), file.string(), bytes, capsule::digest_of(file, bytes, context_), cure,
                        with_images_ || bytes <= kSmall});
    }

    std::vector<Need> list;

private:
    fs::path cache_;
    bool with_images_;
    const Context& context_;
    std::set<fs::path> known_;
};

std::string cure_of_os(const std::string& os) {
    return "crib images --build " + os;
}

void add_needs_of(const checkpoint::Entry& entry, Needs& needs) {
    const auto state = parse_cluster_state(entry.payload);
    std::map<std::string, std::string> os_of;
    for (const auto& node : state.nodes) {
        const auto& os = node.node.asked.os;
        os_of[node.node.name()] = os;
        needs.add(node.kernel, "the kernel of " + os, cure_of_os(os));
        needs.add(node.initrd, "the initrd of " + os, cure_of_os(os));
        for (const auto& disk : node.disks) {
            if (disk.kind != NodeDisk::Kind::shared) continue;
            needs.add(disk.spec.file, "the disk of container images", "crib run the capsule's scenario once there");
        }
    }
    for (const auto* parts : {&entry.parts, &entry.layers}) {
        for (const auto& part : *parts) {
            const auto& os = os_of[split(part.name, ' ').front()];
            needs.add(part.backing.file, fmt::format("what {} stands on, of {}", part.name, os), cure_of_os(os));
        }
    }
}

// --- in ---

// Files below cache/images that may be it: by name where it was, then all of its size.
std::vector<fs::path> candidates(const fs::path& cache, const Need& need) {
    std::vector<fs::path> found;
    const auto consider = [&](const fs::path& file) {
        std::error_code problem;
        if (fs::is_regular_file(file, problem) && fs::file_size(file, problem) == need.bytes) found.push_back(file);
    };
    consider(cache / need.place);
    std::error_code problem;
    for (fs::directory_iterator it(cache / "images", problem), end; !problem && it != end; it.increment(problem)) {
        if (it->is_directory()) consider(it->path() / fs::path(need.place).filename());
        consider(it->path());
    }
    return found;
}

// A file that came with the capsule becomes one of the cache's.
fs::path take_in_image(const Need& need, const fs::path& unpacked, const fs::path& folder) {
    const auto sent = unpacked / "images" / need.sha256;
    const auto name = fs::path(need.place).filename();
    if (name.extension() == ".qcow2") checkpoint::require_plain_qcow2(sent, checkpoint::Standing::alone);
    make_folder(folder.parent_path());
    make_folder(folder);
    mark_as_cached(folder, folder.filename().string());
    mark_used(folder.string() + ".lock");
    const auto here = folder / (need.sha256.substr(0, 16) + "-" + name.string());
    std::error_code problem;
    fs::rename(sent, here, problem);
    if (problem) fs::copy_file(sent, here, fs::copy_options::overwrite_existing);
    fs::permissions(here, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    return here;
}

// Where each needed file is on this machine, by where it was on the other one.
std::map<std::string, fs::path> find_needs(const capsule::Manifest& manifest, const fs::path& unpacked,
                                           const fs::path& cache, const Context& context) {
    std::string all;
    for (const auto& need : manifest.needs) all += need.sha256;
    const auto folder = cache / "images" / ("capsule-" + sha256_hex(all).substr(0, 16));
    std::map<std::string, fs::path> here;
    std::map<fs::path, std::string> digests;  // each file is read once, however many needs are of its size
    const auto digest_of = [&](const fs::path& file, std::uint64_t bytes) -> const std::string& {
        const auto [known, is_new] = digests.try_emplace(file);
        if (is_new) known->second = capsule::digest_of(file, bytes, context);
        return known->second;
    };
    for (const auto& need : manifest.needs) {
        auto files = candidates(cache, need);
        files.insert(files.begin(),
                     folder / (need.sha256.substr(0, 16) + "-" + fs::path(need.place).filename().string()));
        const auto found = std::find_if(files.begin(), files.end(), [&](const fs::path& file) {
            std::error_code none;
            return fs::is_regular_file(file, none) && fs::file_size(file, none) == need.bytes &&
                   digest_of(file, need.bytes) == need.sha256;
        });
        if (found != files.end()) {
            here[need.file] = *found;
        } else if (need.packed) {
            here[need.file] = take_in_image(need, unpacked, folder);
            digests.erase(here[need.file]);
        } else {
            const auto what = printable(need.what);
            const auto place = printable(need.place);
            throw Error(ErrorKind::usage,
                        fmt::format("this machine has not {}, sha256 {}…, which the capsule stands on", what,
                                    need.sha256.substr(0, 12)),
                        fmt::format("{}; if that makes another one (images are not the same bit by bit), copy {} from "
                                    "the other machine's cache to {}, or export there with --with-images",
                                    printable(need.cure), place, cache.string()));
        }
    }
    return here;
}

fs::path at(const std::map<std::string, fs::path>& here, const fs::path& file) {
    if (file.empty()) return {};
    const auto found = here.find(file.string());
    if (found == here.end()) refuse("it stands on a file that its manifest does not name: " + file.string());
    return found->second;
}

// The state with this machine's paths.
ClusterState made_native(ClusterState state, const std::map<std::string, fs::path>& here, const fs::path& cache) {
    for (auto& node : state.nodes) {
        node.kernel = at(here, node.kernel);
        node.initrd = at(here, node.initrd);
        for (auto& disk : node.disks) {
            disk.base.clear();
            const bool shared = disk.kind == NodeDisk::Kind::shared;
            disk.spec.file = shared ? at(here, disk.spec.file) : fs::path();
        }
    }
    // Repositories are signed by each machine's own key: what is not here, the nodes do without.
    std::map<std::string, fs::path> served;
    for (const auto& [path, folder] : state.served) {
        const auto own = cache / "repositories" / folder.filename();
        std::error_code none;
        if (is_plain_name(folder.filename()) && fs::exists(own / "InRelease", none)) served[path] = own;
    }
    state.served = std::move(served);
    state.origin = {};  // its scenario lies on the other machine
    return state;
}

checkpoint::Entry sent_entry(const fs::path& unpacked) {
    const auto file = unpacked / kEntry;
    if (!fs::exists(file)) refuse("it is missing");
    try {
        return checkpoint::entry_of(read_file(file, kLargestEntry));
    } catch (const Error& error) {
        refuse(error.what());
    }
}

ClusterState sent_state(const checkpoint::Entry& entry) {
    try {
        return parse_cluster_state(entry.payload);
    } catch (const Error& error) {
        refuse(error.what());
    }
}

}  // namespace

StateSources sources_of_state(const checkpoint::Store& store, const checkpoint::Lease& lease, const fs::path& cache,
                              bool with_images, const Context& context) {
    StateSources state;
    Needs needs(cache, with_images, context);
    add_needs_of(lease.entry(), needs);
    state.sources.push_back({std::string(kEntry), {}, checkpoint::text_of(lease.entry())});
    require_openable(lease.entry(), state.sources.front().text);
    for (const auto& part : checkpoint::files_of(store, lease)) {
        state.sources.push_back({std::string(kParts) + part.id, part.file});
    }
    std::set<std::string> packed;
    for (const auto& need : needs.list) {
        if (need.packed && packed.insert(need.sha256).second) {
            state.sources.push_back({"images/" + need.sha256, need.file});
        }
    }
    state.needs = std::move(needs.list);
    state.hypervisor = hypervisor_of(lease.entry().chain);
    return state;
}

std::string take_in_state(checkpoint::Store& store, const capsule::Manifest& manifest, const fs::path& unpacked,
                          const fs::path& cache, const Context& context) {
    auto entry = sent_entry(unpacked);
    auto state = sent_state(entry);
    require_own(entry, state);
    const auto here = find_needs(manifest, unpacked, cache, context);
    state = made_native(std::move(state), here, cache);
    // Not the key that it had: a run of this machine must never go on from what somebody sent.
    const auto chain = checkpoint::extend(
        {}, "opened",
        {checkpoint::text("of a capsule of run", manifest.run), hypervisor_entry(printable(manifest.hypervisor)),
         checkpoint::content("checkpoint", checkpoint::text_of(entry))});
    const auto key = checkpoint::key_of(chain);
    auto begun = store.begin(chain, checkpoint::Store::IfBusy::wait, context);
    if (!begun.draft) return key;
    begun.draft->adopt(
        entry, unpacked / kParts, [&](const fs::path& file) { return at(here, file); }, context);
    std::vector<std::string> nodes;
    for (const auto& node : state.nodes) nodes.push_back(node.node.name());
    (void)begun.draft->commit({printable(entry.scenario), printable(entry.program), nodes, to_json(state)}, context);
    return key;
}

hypervisor::Acceleration acceleration_of_state(const fs::path& unpacked) {
    return sent_state(sent_entry(unpacked)).acceleration;
}

}  // namespace crib::engine
