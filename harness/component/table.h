#pragma once
// The component table: fixtures/components/NAME/VERSION/component.json, one row a version. Data only; nothing is built
// here.

#include "harness/component/offer.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::component {

// `old_text` must occur in the file, else the row no longer fits its upstream: an error.
struct Replacement {
    std::string old_text;
    std::string new_text;
};

// `from` is KIND:PATH with KIND bin (a program built or fetched for this row), file (files/ beside
// component.json), shared (fixtures/components/shared) or module (the upstream source tree).
struct FileEntry {
    std::string from;
    std::string to;  // absolute, in the guest or the image
    unsigned mode = 0644;
    std::vector<Replacement> replace;
};

struct LinkEntry {
    std::string to;
    std::string target;
};

struct GoBuild {
    std::string package;
    std::string output;
    bool cgo = false;
    std::vector<std::string> tags;
    std::vector<std::string> ldflags;
};

struct GoPart {
    std::string module;  // the one that module: paths are relative to
    std::vector<GoBuild> builds;
    std::map<std::string, std::string> replace;  // by pin.sh: modules not offered at the version that upstream wants
};

// `make ARGS` in a writable copy of the upstream source tree's FOLDER.
struct MakePart {
    std::string folder;
    std::vector<std::string> args;
    std::string product;  // relative to the folder
    std::string output;
};

// A program of C files in the upstream source tree, by the machine's own compiler.
struct CcPart {
    std::vector<std::string> sources;  // relative to the tree
    std::vector<std::string> flags;
    std::string output;
};

// A program out of a package of the machine's own distribution; the first of `files` that it holds.
struct DistributionFile {
    std::string package;
    std::vector<std::string> files;
    std::string output;
};

// Run after building: each line of its output that begins with `prefix` is an image that a cluster with this row pulls,
// so that the row or one that it requires must make it.
struct ImagesProbe {
    std::string program;
    std::vector<std::string> args;
    std::string prefix;
};

// Run after building: the rest of the first line of its output that begins with `prefix` is the version string.
struct VersionProbe {
    std::string program;
    std::vector<std::string> args;
    std::string prefix;
};

struct DebSpec {
    std::string name;
    std::string version;
    std::string description;
    std::vector<std::string> depends;
    std::vector<std::string> recommends;
    std::vector<FileEntry> files;
    std::vector<LinkEntry> links;
    std::vector<std::string> folders;  // empty ones
    std::string postinst;              // as FileEntry::from; empty: none
};

struct ImageSpec {
    std::string reference;
    std::vector<std::string> root;  // distribution packages of the base layer; empty: from scratch
    std::vector<FileEntry> files;
    std::vector<LinkEntry> links;
    std::vector<std::string> entrypoint;
    std::vector<std::string> cmd;
    std::vector<std::string> env;
    std::vector<std::string> ports;
    std::string user;
    std::string stop_signal;
};

struct EmbeddedJsonEdit {
    std::string key;                         // of the YAML block scalar that holds JSON
    std::map<std::string, std::string> set;  // JSON pointer -> new string
};

struct ManifestSpec {
    std::string from;
    std::string output;
    std::vector<EmbeddedJsonEdit> embedded_json;
};

struct Row {
    std::string name;
    std::string version;
    std::string source;                            // where each fact of the row is from
    std::map<std::string, std::string> requires_;  // other components at a version
    bool local = false;                            // can be built from a checkout
    std::optional<GoPart> go;
    std::vector<MakePart> make;
    std::vector<CcPart> cc;
    std::vector<DistributionFile> distribution;
    std::optional<VersionProbe> version_of;
    std::optional<ImagesProbe> images_wanted;
    std::vector<DebSpec> debs;
    std::vector<ImageSpec> images;
    std::optional<ManifestSpec> manifest;
    std::filesystem::path folder;  // that holds component.json, go.mod, go.sum, files/
    std::filesystem::path like;    // the folder of the row that it takes the rest from; empty: it says everything

    // files/RELATIVE of the row, or of the one that it is like; may not exist.
    [[nodiscard]] std::filesystem::path file(const std::string& relative) const;
    [[nodiscard]] bool needs_c_compiler() const;
    [[nodiscard]] bool needs_root() const;  // a base layer or a program out of the distribution
};

// One component.json that says everything. Error(component) names the file and the place in it.
[[nodiscard]] Row parse_row(const std::string& text, const std::filesystem::path& file);

// -1, 0, 1: numbers within a version compare as numbers.
[[nodiscard]] int compare_versions(const std::string& left, const std::string& right);

// ${version}, ${major}, ${minor} and ${stamp} (the version that binaries are to report) in `text`; another ${name} is
// an error.
[[nodiscard]] std::string expand(const std::string& text, const std::string& version, const std::string& stamp);

class Table {
public:
    // `folder` is fixtures/components.
    explicit Table(std::filesystem::path folder) : folder_(std::move(folder)) {}

    [[nodiscard]] std::vector<std::string> names() const;                            // alphabetically
    [[nodiscard]] std::vector<std::string> versions(const std::string& name) const;  // oldest first

    [[nodiscard]] Offer offer(const std::string& name) const;

    // Error(usage) with what is on offer for an unknown name or version.
    [[nodiscard]] Row row(const std::string& name, const std::string& version) const;

    // The row for a checkout that its owner calls `version`: any version, because the table need not have a checkout's.
    // Without a row of its own it is built as the nearest minor's newest version is.
    [[nodiscard]] Row row_for_checkout(const std::string& name, const std::string& version) const;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    void require_component(const std::string& name) const;

    std::filesystem::path folder_;
};

}  // namespace crib::component
