#include "harness/provision/releases.h"

#include "harness/base/error.h"
#include "harness/base/version.h"

#include <fmt/format.h>

namespace crib::provision {
namespace {

constexpr const char* kNginx = "docker.io/library/nginx:1.27";

std::string version_of(const catalogue::Catalogue& known, const std::string& component, const std::string& wanted) {
    auto found = known.resolve(component, wanted);
    if (found.version) return std::move(*found.version);
    throw Error(ErrorKind::usage, found.problem, found.hint);
}

}  // namespace

RunFacts example_facts(const catalogue::Catalogue& known, const ShowRequest& request) {
    RunFacts facts;
    const auto asked = request.versions.find("kubernetes");
    auto& kubernetes = facts.versions["kubernetes"];
    kubernetes = version_of(known, "kubernetes", asked == request.versions.end() ? "latest" : asked->second);
    const auto minor = minor_of(kubernetes);
    const auto row = known.kubernetes(kubernetes);
    facts.versions["cri-o"] = version_of(known, "cri-o", minor);
    facts.versions["flannel"] = row.flannel;
    for (const auto& [name, version] : request.versions) {
        if (name != "kubernetes") facts.versions[name] = version_of(known, name, version);
    }
    facts.nodes = {{"master", true, "192.0.2.11", request.os, {}}, {"worker", false, "192.0.2.12", request.os, {}}};
    facts.images = {{"pause", fmt::format("{}/pause:{}", row.image_registry, row.images.pause)}, {"nginx", kNginx}};
    facts.flannel_manifest = fmt::format("# the manifest of flannel {}\n", facts.versions.at("flannel"));
    facts.source = request.source;
    return facts;
}

}  // namespace crib::provision
