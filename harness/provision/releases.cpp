#include "harness/provision/releases.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/provision/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace crib::provision {
namespace {

constexpr const char* kNginx = "docker.io/library/nginx:1.27";

const Release& release_of(const std::vector<Release>& releases, const std::string& version) {
    const auto found =
        std::find_if(releases.begin(), releases.end(), [&](const Release& r) { return r.minor == minor_of(version); });
    if (found != releases.end()) return *found;
    std::vector<std::string> minors;
    for (const auto& release : releases) minors.push_back(release.minor);
    const auto meant = nearest(minor_of(version), minors);
    throw Error(
        ErrorKind::usage, fmt::format("no release of {} is known", version),
        (meant ? fmt::format("did you mean {}? ", *meant) : "") + "the minor versions are: " + join(minors, ", "));
}

bool is_minor(const std::string& version) {
    return minor_of(version) == version;
}

}  // namespace

std::vector<Release> load_releases(const std::filesystem::path& fixtures) {
    const auto file = fixtures / "recipes" / "releases.json";
    try {
        std::vector<Release> releases;
        const auto table = nlohmann::json::parse(read_file(file));
        for (const auto& row : table.at("releases")) {
            Release release{row.at("minor").get<std::string>(), {}, row.at("pause").get<std::string>()};
            for (const auto* name : {"kubernetes", "cri-o", "flannel"}) {
                release.versions[name] = row.at(name).get<std::string>();
            }
            releases.push_back(std::move(release));
        }
        return releases;
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), error.what()));
    }
}

RunFacts example_facts(const std::vector<Release>& releases, const ShowRequest& request) {
    const auto asked = request.versions.find("kubernetes");
    const auto& release = asked == request.versions.end() ? releases.back() : release_of(releases, asked->second);
    RunFacts facts;
    facts.versions = release.versions;
    for (const auto& [name, version] : request.versions) {
        const bool has_row = release.versions.count(name) != 0;
        facts.versions[name] = has_row && is_minor(version) && name != "flannel"
                                   ? release_of(releases, version).versions.at(name)
                                   : version;
    }
    facts.nodes = {{"master", true, "192.0.2.11", request.os, {}}, {"worker", false, "192.0.2.12", request.os, {}}};
    facts.images = {{"pause", release.pause}, {"nginx", kNginx}};
    facts.flannel_manifest = fmt::format("# the manifest of flannel {}\n", facts.versions.at("flannel"));
    facts.source = request.source;
    return facts;
}

}  // namespace crib::provision
