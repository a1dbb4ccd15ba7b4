#pragma once
// What is asked of the component store, and the list of all that a cluster of given versions needs.

#include "harness/component/table.h"

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace crib::component {

// `modules`: Go modules pinned by go.sum. `local`: a checkout under test. `upstream`: package repositories and
// registries, as a user has it.
struct Source {
    enum class Kind { modules, local, upstream };
    Kind kind = Kind::modules;
    std::filesystem::path checkout;  // absolute; of kind local only

    auto operator<=>(const Source&) const = default;
};

// "modules", "upstream" or "local:PATH" (PATH may be relative to the current folder). Error(usage) for anything else.
[[nodiscard]] Source parse_source(const std::string& text);
[[nodiscard]] std::string to_string(const Source& source);

struct Request {
    std::string name;
    std::string version;
    Source source;
    std::string os = {};  // a node image's name: of upstream's repositories that have a folder an operating system

    auto operator<=>(const Request&) const = default;
};

// The row that answers a request; for a checkout see Table::row_for_checkout.
[[nodiscard]] Row row_of(const Table& table, const Request& request);

// Components with the versions that a cluster is to have of them.
using WantedVersions = std::vector<std::pair<std::string, std::string>>;

// Of words like "kubernetes" (each version on offer, newest first), "kubernetes@1.35.6", "cri-o@1.34.11=local:PATH" and
// "cri-o=local:PATH" (called by the newest version); of everything on offer without any. "kubernetes@1.31.4=upstream"
// may be of any version. Error(usage) for what the table does not have.
[[nodiscard]] std::vector<Request> select_requests(const Table& table, const std::vector<std::string>& words);

using Sources = std::map<std::string, Source>;  // component's name to where it is from

// What the request's own row requires: component to version.
[[nodiscard]] std::map<std::string, std::string> requirements_of(const Table& table, const Request& request);

// The references of the images that the request's own row makes, or that its publisher names; a manifest's are not
// known before it is there.
[[nodiscard]] std::vector<std::string> image_references(const Table& table, const Request& request);

// `wanted` and, recursively, what their rows require; each once, what is required before what requires it. What is
// required is from where `sources` says, else from upstream when what requires it is. What upstream's packages bring
// along is left out.
[[nodiscard]] std::vector<Request> with_requirements(const Table& table, const std::vector<Request>& wanted,
                                                     const Sources& sources = {});

// `os`: the node image of all nodes, empty when they differ.
[[nodiscard]] std::vector<Request> bill_of_materials(const Table& table, const WantedVersions& versions,
                                                     const Sources& sources = {}, const std::string& os = {});

}  // namespace crib::component
