#include "harness/engine/real_supplier.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"
#include "harness/base/unused.h"
#include "harness/base/version.h"
#include "harness/component/apt_repository.h"
#include "harness/engine/bill.h"
#include "harness/engine/cluster_state.h"
#include "harness/hypervisor/acceleration.h"
#include "harness/image/disks.h"
#include "harness/image/seed.h"
#include "harness/provision/recipe.h"
#include "harness/ssh/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace crib::engine {
namespace fs = std::filesystem;
namespace {

constexpr ByteSize kSwap = ByteSize::gib(1);

component::ProgressSink component_progress(events::Bus& bus) {
    return [&bus](const component::Progress& p) {
        using Kind = component::Progress::Kind;
        events::Progress event{p.component, p.what, 0, 0, false, p.elapsed};
        event.done = static_cast<unsigned>(std::max(0, p.step));
        event.total = static_cast<unsigned>(std::max(0, p.steps));
        event.finished = p.kind == Kind::finished || p.kind == Kind::reused;
        if (p.kind == Kind::reused) event.what = "up to date, nothing to build";
        if (p.kind == Kind::finished && p.what.empty()) event.what = "built";
        bus.publish(std::move(event));
    };
}

image::ProgressSink image_progress(events::Bus& bus) {
    return [&bus](const image::Progress& p) {
        using Kind = image::Progress::Kind;
        events::Progress event{p.image, p.what, 0, 0, false, p.elapsed};
        event.finished = p.kind == Kind::finished || p.kind == Kind::reused;
        if (p.kind == Kind::reused) event.what = "up to date, nothing to make";
        if (p.kind == Kind::finished) event.what = "made";
        bus.publish(std::move(event));
    };
}

void require_disk(const scenario::Node& node, const OsSupply& os) {
    if (node.disk.bytes == 0 || node.disk >= os.disk) return;
    throw Error(ErrorKind::usage,
                fmt::format("node {}: a disk of {} is smaller than that of {}, {}", node.name, to_string(node.disk),
                            node.os, to_string(os.disk)),
                "a file system can only grow: ask for more, or for nothing");
}

// A node's identity, as its image reads it at its first boot.
void write_seed(const CellNode& node, const std::vector<CellNode>& all, const RunKeys& keys, const fs::path& iso) {
    image::SeedSpec seed;
    seed.run_id = node.machine;
    seed.name = node.name();
    seed.domain = "crib.test";
    seed.ip = node.ip;
    seed.mac = node.mac;
    seed.gateway = "192.168.76.1";
    seed.authorized_key = keys.user_public;
    seed.host_key = keys.host_private;
    seed.host_key_public = keys.host_public;
    for (const auto& other : all) seed.hosts.emplace_back(other.ip, other.name());
    image::write_seed(seed, iso);
}

const component::Built& find_built(const std::vector<component::Built>& all, const std::string& name,
                                   const std::string& version = {}) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const component::Built& built) {
        return built.name == name && (version.empty() || built.version == version);
    });
    if (found == all.end()) throw Error(ErrorKind::internal, "the bill of materials has no " + name + " " + version);
    return *found;
}

void describe(const std::vector<component::Built>& built, Supply& supply) {
    for (const auto& one : built) {
        supply.facts["component " + one.name + " " + one.version] =
            fmt::format("{} from {}, {}", one.version_string, one.source, one.digest.substr(0, 12));
        supply.lock.components[one.name + " " + one.version] = one.source + " " + one.digest;
        if (one.source != "modules") supply.reported[one.name] = one.reported_version;
    }
}

// Repositories as upstream has them, one a component and minor version: {"kubernetes", "1.36"} -> packages.
using Streams = std::map<std::pair<std::string, std::string>, std::set<fs::path>>;

// What the recipe's components require, crictl and the CNI plugins, is where Kubernetes is.
void add_to_streams(const std::vector<component::Built>& built, const std::vector<std::string>& components,
                    const Versions& versions, Streams& streams) {
    for (const auto& one : built) {
        const bool is_own = std::find(components.begin(), components.end(), one.name) != components.end();
        const std::string name = is_own ? one.name : "kubernetes";
        for (const auto& deb : one.debs) {
            auto& stream = streams[{name, minor_of(versions.at(name))}];
            // Two patch versions from upstream bring the same packages of what they depend on.
            const bool there = std::any_of(stream.begin(), stream.end(), [&](const fs::path& other) {
                return other.filename() == deb.path.filename();
            });
            if (!there || one.source != "upstream") stream.insert(deb.path);
        }
    }
}

std::vector<fs::path> debs_in(const fs::path& folder) {
    std::vector<fs::path> debs;
    if (folder.empty()) return debs;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".deb") debs.push_back(entry.path());
    }
    std::sort(debs.begin(), debs.end());
    return debs;
}

}  // namespace

RealSupplier::RealSupplier(process::Runner& runner, const Folders& folders, events::Bus& bus)
    : runner_(runner),
      folders_(folders),
      bus_(bus),
      components_(runner, folders, component_progress(bus)),
      images_(runner, folders, image_progress(bus)) {}

Supply RealSupplier::prepare(const scenario::Scenario& scenario, const Context& context) {
    make_folder(folders_.cache);
    Supply supply;
    // Images are the cluster's alone: a node with another version needs no more than its packages.
    const auto recipe = provision::load_recipe(folders_.fixtures() / "recipes" / scenario.recipe);
    const auto built = build_components(scenario, recipe.components, scenario.versions, context);
    describe(built, supply);
    supply.images["pause"] = find_built(built, "pause", pause_of(components_.table(), scenario)).images.at(0).reference;
    supply.images["nginx"] = find_built(built, "nginx").images.at(0).reference;
    supply.flannel_manifest = read_file(find_built(built, "flannel").manifest.value());
    std::vector<image::OciImage> preloaded;
    for (const auto& one : built) {
        for (const auto& oci : one.images) preloaded.push_back({oci.reference, oci.layout});
    }
    make_images(scenario, supply, context);
    const auto format = recipe.image_archives ? image::ImageDiskFormat::archives : image::ImageDiskFormat::store;
    supply.image_store = images_.ensure_image_disk(preloaded, context, format);
    Streams streams;
    for (const auto& versions : version_sets(scenario)) {
        const bool is_usual = versions == scenario.versions;
        const auto of_node = is_usual ? built : build_components(scenario, recipe.components, versions, context);
        if (!is_usual) describe(of_node, supply);
        add_to_streams(of_node, recipe.components, versions, streams);
    }
    for (const auto& [stream, debs] : streams) {
        const auto& [name, minor] = stream;
        supply.served[fmt::format("/{}/v{}/deb", name, minor)] =
            repository(fmt::format("{} v{}", name, minor), {debs.begin(), debs.end()}, context);
    }
    add_swaps(scenario, supply, context);
    return supply;
}

void RealSupplier::add_swaps(const scenario::Scenario& scenario, Supply& supply, const Context& context) {
    for (const auto& [name, source] : scenario.swaps) {
        const auto built =
            components_.ensure({name, scenario.versions.at(name), component::parse_source(source)}, context);
        bus_.info(fmt::format("{} under test is {}, built from {}", name, built.version_string, built.source));
        std::vector<fs::path> debs;
        for (const auto& deb : built.debs) debs.push_back(deb.path);
        supply.served[fmt::format("/under-test/{}/deb", name)] = repository(name + " under test", debs, context);
        supply.reported[name] = built.reported_version;
        supply.lock.components[name + " under test"] = built.source + " " + built.digest;
        supply.facts["component " + name + " under test"] =
            fmt::format("{} from {}, {}", built.version_string, built.source, built.digest.substr(0, 12));
    }
}

std::vector<component::Built> RealSupplier::build_components(const scenario::Scenario& scenario,
                                                             const std::vector<std::string>& components,
                                                             const Versions& versions, const Context& context) {
    auto built = components_.ensure_all(bill_of(components_.table(), scenario, components, versions), context);
    for (const auto& one : built) {
        if (one.source == "modules") continue;
        bus_.info(fmt::format("{} is {}, {} from {}", one.name, one.version_string,
                              one.source == "upstream" ? "fetched" : "built", one.source));
    }
    return built;
}

void RealSupplier::make_images(const scenario::Scenario& scenario, Supply& supply, const Context& context) {
    for (const auto& node : scenario.nodes) {
        if (supply.os.contains(node.os)) {
            require_disk(node, supply.os.at(node.os));
            continue;
        }
        const auto image = images_.ensure(node.os, context);
        supply.os[node.os] = {image.kernel, image.initrd, image.root, image.disk, image.inputs};
        supply.os[node.os].system = system_facts(image.family, image.package_manager);
        require_disk(node, supply.os.at(node.os));
        supply.facts["image " + node.os] = fmt::format("{}, {}", image.title, image.digest.substr(0, 12));
        supply.lock.images[node.os] = image.digest;
        for (const auto& [package, version] : image.installed) {
            supply.lock.packages[node.os + " " + package] = version;
        }
        supply.served["/distribution/" + node.os] =
            repository("distribution " + node.os, debs_in(image.packages), context);
    }
}

fs::path RealSupplier::repository(const std::string& label, const std::vector<fs::path>& debs, const Context& context) {
    const auto signing_home = folders_.cache / "signing";
    KeyBuilder key;
    key.add("format", "1")
        .add("label", label)
        .add("signed-by", component::ensure_signing_key(runner_, signing_home, context));
    for (const auto& deb : debs) key.add(deb.filename().string(), sha256_file(deb));
    const auto folder = folders_.cache / "repositories" / key.key().substr(0, 32);
    make_folder(folder.parent_path());
    mark_used(folder.string() + ".lock");
    if (!fs::exists(folder / "InRelease")) {
        component::make_repository(runner_, {debs, "crib", label}, signing_home, folder, context);
    }
    return folder;
}

std::vector<NodeDisk> RealSupplier::make_disks(const Supply& supply, const CellNode& node,
                                               const std::vector<CellNode>& all, const RunKeys& keys,
                                               const fs::path& folder, const Context& context) {
    const auto& os = supply.os.at(node.asked.os);
    image::make_overlay(runner_, os.base_disk, folder / "root.qcow2", context, std::max(os.disk, node.asked.disk));
    write_seed(node, all, keys, folder / "seed.iso");
    const auto swap = images_.ensure_swap(kSwap, context);
    image::make_overlay(runner_, swap, folder / "swap.qcow2", context);
    using hypervisor::DiskFormat;
    using Kind = NodeDisk::Kind;
    return {{Kind::layered, {folder / "root.qcow2", DiskFormat::qcow2, false, "crib-root"}, os.base_disk},
            {Kind::seed, {folder / "seed.iso", DiskFormat::raw, true, "crib-seed"}},
            {Kind::layered, {folder / "swap.qcow2", DiskFormat::qcow2, false, "crib-swap"}, swap},
            {Kind::shared, {supply.image_store, DiskFormat::raw, true, "crib-images"}}};
}

std::vector<NodeDisk> RealSupplier::make_disks_over(const Layers& layers, const StateNode& node,
                                                    const ClusterState& state, const fs::path& folder,
                                                    const Context& context) {
    std::vector<CellNode> all;
    for (const auto& other : state.nodes) all.push_back(other.node);
    auto disks = node.disks;
    for (std::size_t i = 0; i < disks.size(); ++i) {
        auto& disk = disks[i];
        if (disk.kind == NodeDisk::Kind::layered) {
            disk.base = layers.at(hypervisor::target_of_disk(i));
            disk.spec.file = folder / (hypervisor::target_of_disk(i) + ".qcow2");
            image::make_overlay(runner_, disk.base, disk.spec.file, context);
        } else if (disk.kind == NodeDisk::Kind::seed) {
            disk.spec.file = folder / "seed.iso";
            write_seed(node.node, all, state.keys, disk.spec.file);
        }
    }
    return disks;
}

RunKeys RealSupplier::make_keys(const std::string& run_id) {
    const auto user = ssh::make_key_pair("crib " + run_id);
    const auto host = ssh::make_key_pair("nodes of " + run_id);
    return {user.private_pem, user.public_line, host.private_pem, host.public_line};
}

Supplier::Acceleration RealSupplier::find_acceleration(const Supply& supply, const Context& context) {
    const auto& os = supply.os.begin()->second;
    hypervisor::AccelerationProbe probe(runner_, folders_.cache / "probe");
    if (os.kernel.empty()) {
        const auto seen = probe.look(context);
        return {seen.best(), hypervisor::explain(seen)};
    }
    bus_.publish(events::Progress{"acceleration", "does KVM boot a kernel here?", 0, 0, false, {}});
    const auto found = probe.find(os.kernel, os.initrd, context);
    return {found.best(), hypervisor::explain(found)};
}

}  // namespace crib::engine
