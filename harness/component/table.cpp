#include "harness/component/table.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/pattern.h"
#include "harness/base/text.h"
#include "harness/component/detail/node.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using detail::json_of;
using detail::Node;
using nlohmann::json;

constexpr std::uint64_t largest_row = 1U << 20U;
constexpr const char* row_file = "component.json";

unsigned parse_mode(const Node& node) {
    const std::string text = node.text_or("mode", "0644");
    unsigned mode = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (code != std::errc{} || end != text.data() + text.size() || mode > 07777) {
        node.fail("mode must be octal digits in a string, such as \"0755\"");
    }
    return mode;
}

void require_kind(const Node& node, const std::string& from) {
    static const std::set<std::string> kinds{"bin", "file", "shared", "module"};
    const auto colon = from.find(':');
    if (colon == std::string::npos || !kinds.contains(from.substr(0, colon))) {
        node.fail(fmt::format("\"{}\" must begin with bin:, file:, shared: or module:", from));
    }
    if (from.find("..") != std::string::npos) node.fail(fmt::format("\"{}\" must not leave its folder", from));
}

void require_absolute(const Node& node, const std::string& path) {
    if (path.empty() || path[0] != '/' || path.find("..") != std::string::npos) {
        node.fail(fmt::format("\"{}\" must be an absolute path", path));
    }
}

FileEntry parse_file(const Node& node) {
    node.allow({"from", "to", "mode", "replace"});
    FileEntry entry{node.text("from"), node.text("to"), parse_mode(node), {}};
    require_kind(node, entry.from);
    require_absolute(node, entry.to);
    entry.replace = node.list("replace", [](const Node& item) {
        item.allow({"old", "new"});
        return Replacement{item.text("old"), item.text("new")};
    });
    return entry;
}

LinkEntry parse_link(const Node& node) {
    node.allow({"to", "target"});
    require_absolute(node, node.text("to"));
    return {node.text("to"), node.text("target")};
}

GoPart parse_go(const Node& node) {
    node.allow({"module", "builds", "cgo", "tags", "ldflags", "replace"});
    GoPart part;
    part.module = node.text("module");
    part.replace = node.text_map("replace");
    part.builds = node.list("builds", [&node](const Node& item) {
        item.allow({"package", "output", "cgo", "tags", "ldflags"});
        GoBuild build{
            item.text("package"), item.text("output"), item.flag_or("cgo", node.flag_or("cgo", false)), {}, {}};
        build.tags = item.has("tags") ? item.texts("tags") : node.texts("tags");
        build.ldflags = item.has("ldflags") ? item.texts("ldflags") : node.texts("ldflags");
        return build;
    });
    return part;
}

DebSpec parse_deb(const Node& node) {
    node.allow({"name", "version", "description", "depends", "recommends", "files", "links", "folders", "postinst"});
    DebSpec deb;
    deb.name = node.text("name");
    deb.version = node.text("version");
    deb.description = node.text("description");
    deb.depends = node.texts("depends");
    deb.recommends = node.texts("recommends");
    deb.files = node.list("files", parse_file);
    deb.links = node.list("links", parse_link);
    deb.folders = node.texts("folders");
    deb.postinst = node.text_or("postinst", "");
    if (!deb.postinst.empty()) require_kind(node, deb.postinst);
    return deb;
}

ImageSpec parse_image(const Node& node) {
    node.allow({"reference", "root", "files", "links", "entrypoint", "cmd", "env", "ports", "user", "stop_signal"});
    ImageSpec image;
    image.reference = node.text("reference");
    image.root = node.texts("root");
    image.files = node.list("files", parse_file);
    image.links = node.list("links", parse_link);
    image.entrypoint = node.texts("entrypoint");
    image.cmd = node.texts("cmd");
    image.env = node.texts("env");
    image.ports = node.texts("ports");
    image.user = node.text_or("user", "");
    image.stop_signal = node.text_or("stop_signal", "");
    return image;
}

ManifestSpec parse_manifest(const Node& node) {
    node.allow({"from", "output", "embedded_json"});
    ManifestSpec manifest{node.text("from"), node.text("output"), {}};
    require_kind(node, manifest.from);
    manifest.embedded_json = node.list("embedded_json", [](const Node& item) {
        item.allow({"key", "set"});
        return EmbeddedJsonEdit{item.text("key"), item.text_map("set")};
    });
    return manifest;
}

VersionProbe parse_probe(const Node& node) {
    node.allow({"program", "args", "prefix"});
    return {node.text("program"), node.texts("args"), node.text("prefix")};
}

ImagesProbe parse_images_probe(const Node& node) {
    node.allow({"program", "args", "prefix"});
    return {node.text("program"), node.texts("args"), node.text("prefix")};
}

MakePart parse_make(const Node& node) {
    node.allow({"folder", "args", "product", "output"});
    return {node.text("folder"), node.texts("args"), node.text("product"), node.text("output")};
}

CcPart parse_cc(const Node& node) {
    node.allow({"sources", "flags", "output"});
    CcPart part{node.texts("sources"), node.texts("flags"), node.text("output")};
    for (const std::string& source : part.sources) require_kind(node, "module:" + source);
    return part;
}

DistributionFile parse_distribution(const Node& node) {
    node.allow({"package", "file", "output"});
    return {node.text("package"), node.texts("file"), node.text("output")};
}

std::vector<std::string> folders_in(const fs::path& folder) {
    std::vector<std::string> found;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        if (entry.is_directory()) found.push_back(entry.path().filename().string());
    }
    std::sort(found.begin(), found.end(),
              [](const auto& left, const auto& right) { return compare_versions(left, right) < 0; });
    return found;
}

Row parse_document(const json& document, const fs::path& file) {
    const Node node(document, file.string() + "#");
    node.allow({"name", "version", "source", "requires", "local", "go", "make", "cc", "distribution", "version_of",
                "images_wanted", "debs", "images", "manifest"});
    Row row;
    row.name = node.text("name");
    row.version = node.text("version");
    row.source = node.text("source");
    row.requires_ = node.text_map("requires");
    row.local = node.flag_or("local", false);
    if (node.has("go")) row.go = parse_go(node.at("go"));
    row.make = node.list("make", parse_make);
    row.cc = node.list("cc", parse_cc);
    row.distribution = node.list("distribution", parse_distribution);
    if (node.has("version_of")) row.version_of = parse_probe(node.at("version_of"));
    if (node.has("images_wanted")) row.images_wanted = parse_images_probe(node.at("images_wanted"));
    row.debs = node.list("debs", parse_deb);
    row.images = node.list("images", parse_image);
    if (node.has("manifest")) row.manifest = parse_manifest(node.at("manifest"));
    row.folder = file.parent_path();
    return row;
}

// A row may be "like" another version of its component, and then says only what differs from it.
Row read_row(const fs::path& file) {
    json document = json_of(read_file(file, largest_row), file.string());
    if (!document.is_object() || !document.contains("like")) return parse_document(document, file);
    const std::string like = Node(document, file.string() + "#").text("like");
    const fs::path other = file.parent_path().parent_path() / like / row_file;
    json whole = fs::exists(other) ? json_of(read_file(other, largest_row), other.string()) : json();
    if (like.find('/') != std::string::npos || !whole.is_object() || whole.contains("like")) {
        throw Error(ErrorKind::component, fmt::format("{}#/like: no row at {} says everything", file.string(), like),
                    "name a version of the same component whose own row is not like another one");
    }
    document.erase("like");
    whole.erase("source");  // each row has its own
    whole.merge_patch(document);
    Row row = parse_document(whole, file);
    row.like = other.parent_path();
    return row;
}

// The minor versions between two versions; a major version is further than any number of those.
unsigned long distance_of(const std::string& left, const std::string& right) {
    const auto minor = [](const std::string& version) {
        const auto parts = split(version, '.');
        long major_number = 0;
        long minor_number = 0;
        std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), major_number);
        if (parts.size() > 1) std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), minor_number);
        return major_number * 1000 + minor_number;
    };
    return static_cast<unsigned long>(std::abs(minor(left) - minor(right)));
}

}  // namespace

fs::path Row::file(const std::string& relative) const {
    const fs::path own = folder / "files" / relative;
    return like.empty() || fs::exists(own) ? own : like / "files" / relative;
}

bool Row::needs_c_compiler() const {
    return !make.empty() || !cc.empty() ||
           (go && std::any_of(go->builds.begin(), go->builds.end(), [](const GoBuild& build) { return build.cgo; }));
}

bool Row::needs_root() const {
    return !distribution.empty() ||
           std::any_of(images.begin(), images.end(), [](const ImageSpec& image) { return !image.root.empty(); });
}

Row parse_row(const std::string& text, const fs::path& file) {
    return parse_document(json_of(text, file.string()), file);
}

int compare_versions(const std::string& left, const std::string& right) {
    const auto a = split(left, '.');
    const auto b = split(right, '.');
    const auto less = [](const std::string& x, const std::string& y) {
        return x.size() != y.size() ? x.size() < y.size() : x < y;
    };
    if (std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), less)) return -1;
    return a == b ? 0 : 1;
}

std::string expand(const std::string& text, const std::string& version, const std::string& stamp) {
    const auto parts = split(version, '.');
    const std::map<std::string, std::string> values{
        {"version", version}, {"stamp", stamp}, {"major", parts[0]}, {"minor", parts.size() > 1 ? parts[1] : ""}};
    std::string result;
    std::size_t at = 0;
    for (std::size_t start = text.find("${"); start != std::string::npos; start = text.find("${", at)) {
        const std::size_t end = text.find('}', start);
        const std::string name = end == std::string::npos ? "" : text.substr(start + 2, end - start - 2);
        const auto value = values.find(name);
        if (value == values.end()) {
            throw Error(ErrorKind::component, fmt::format("unknown variable ${{{}}} in \"{}\"", name, text),
                        "known are version, stamp, major and minor");
        }
        result += text.substr(at, start - at) + value->second;
        at = end + 1;
    }
    return result + text.substr(at);
}

std::vector<std::string> Table::names() const {
    std::vector<std::string> found = folders_in(folder_);
    std::erase_if(found, [this](const std::string& name) { return versions(name).empty(); });
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> Table::versions(const std::string& name) const {
    std::vector<std::string> found = folders_in(folder_ / name);
    std::erase_if(found, [&](const std::string& version) { return !fs::exists(folder_ / name / version / row_file); });
    return found;
}

void Table::require_component(const std::string& name) const {
    const auto known = names();
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    throw Error(ErrorKind::usage, fmt::format("there is no component \"{}\"", name),
                fmt::format("components on offer: {}", join(known, ", ")));
}

Offer Table::offer(const std::string& name) const {
    return read_offer(folder_ / name / "offer.json");
}

Row Table::row(const std::string& name, const std::string& version) const {
    require_component(name);
    const auto on_offer = versions(name);
    if (std::find(on_offer.begin(), on_offer.end(), version) == on_offer.end()) {
        const Offer offer = this->offer(name);
        const AbsentVersions* absent = offer.find_absent(version);
        throw Error(ErrorKind::usage,
                    fmt::format("{} has no version {}{}", name, version, absent ? ": " + absent->why : ""),
                    fmt::format("versions on offer: {}; {}", join(on_offer, ", "),
                                absent ? absent->instead : "fixtures/components/README.md says how to add one"));
    }
    const fs::path file = folder_ / name / version / row_file;
    Row row = read_row(file);
    if (row.name != name || row.version != version) {
        throw Error(ErrorKind::component, fmt::format("{} describes {} {}", file.string(), row.name, row.version),
                    "name and version must be those of its folders");
    }
    return row;
}

Row Table::row_for_checkout(const std::string& name, const std::string& version) const {
    require_component(name);
    const auto on_offer = versions(name);
    if (std::find(on_offer.begin(), on_offer.end(), version) != on_offer.end()) return row(name, version);
    // It goes into names of files and packages.
    static const Pattern shape(R"(\d+(\.\d+)+[0-9A-Za-z.~+-]*)");
    if (!shape.matches_whole(version)) {
        throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a version of {}", version, name),
                    fmt::format("call the checkout by one like {}", on_offer.back()));
    }
    // The newest of the nearest minor: versions are ordered, oldest first.
    const auto nearest = std::min_element(on_offer.rbegin(), on_offer.rend(), [&](const auto& left, const auto& right) {
        return distance_of(left, version) < distance_of(right, version);
    });
    Row row = this->row(name, *nearest);
    row.version = version;
    return row;
}

}  // namespace crib::component
