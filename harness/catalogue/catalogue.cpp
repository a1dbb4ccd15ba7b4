#include "harness/catalogue/catalogue.h"

#include "harness/base/checkout_source.h"
#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/catalogue/obstacle.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace crib::catalogue {
namespace {

// What holds for this patch: the entry of the newest patch that is not newer.
template <typename T>
const T& at_patch(const std::map<unsigned, T>& changes, unsigned patch) {
    return std::prev(changes.upper_bound(patch))->second;
}

template <typename Key, typename T>
const T& row_of(const std::map<Key, T>& rows, const Key& key, std::string_view component, const std::string& version) {
    const auto found = rows.find(key);
    if (found != rows.end()) return found->second;
    throw Error(ErrorKind::usage, fmt::format("nothing is known of {} {}", component, version),
                fmt::format("fixtures/catalogue/{}.json has no row for it", component));
}

void replace_all(std::string& text, std::string_view name, std::string_view value) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) {
        text.replace(at, name.size(), value);
    }
}

}  // namespace

const char* to_string(Source source) {
    switch (source) {
        case Source::modules:
            return "modules";
        case Source::upstream:
            return "upstream";
        case Source::local:
            return "local";
    }
    return "?";
}

std::optional<Source> parse_source(std::string_view text) {
    if (text == "modules") return Source::modules;
    if (text == "upstream") return Source::upstream;
    if (text == "local" || is_checkout(text)) return Source::local;
    return std::nullopt;
}

const char* to_string(Repository::State state) {
    switch (state) {
        case Repository::State::live:
            return "live";
        case Repository::State::unmaintained:
            return "unmaintained";
        case Repository::State::gone:
            return "gone";
    }
    return "?";
}

std::string fill(std::string text, const Version& version, const std::string& kubic) {
    const auto minor = fmt::format("{}.{}", version.major(), version.minor());
    replace_all(text, "${minor}", minor);
    replace_all(text, "${version}", fmt::format("{}.{}", minor, version.patch()));
    replace_all(text, "${kubic}", kubic);
    return text;
}

bool KnownVersion::comes_from(Source source) const {
    return std::find(sources.begin(), sources.end(), source) != sources.end();
}

std::vector<std::string> Catalogue::components() const {
    std::vector<std::string> names;
    for (const auto& [name, unused] : versions_) names.push_back(name);
    return names;
}

const std::vector<KnownVersion>& Catalogue::versions(const std::string& component) const {
    static const std::vector<KnownVersion> none;
    const auto found = versions_.find(component);
    return found == versions_.end() ? none : found->second;
}

const KnownVersion* Catalogue::find(const std::string& component, const std::string& version) const {
    for (const auto& known : versions(component)) {
        if (known.text == version) return &known;
    }
    return nullptr;
}

const KnownVersion& Catalogue::known(const std::string& component, const std::string& version) const {
    if (const auto* found = find(component, version)) return *found;
    const auto told = resolve(component, version);
    throw Error(ErrorKind::usage, told.problem, told.hint);
}

bool Catalogue::has_facts(const std::string& component, const std::string& version) const {
    const auto* found = find(component, version);
    if (!found) return false;
    const Minor minor{found->version.major(), found->version.minor()};
    if (component == "kubernetes") return kubernetes_.contains(minor);
    if (component == "cri-o") return cri_o_.contains(minor);
    if (component == "flannel") return flannel_.contains(version);
    return component == "cni-plugins" && cni_plugins_.contains(version);
}

KubernetesFacts Catalogue::kubernetes(const std::string& version) const {
    const auto& wanted = known("kubernetes", version).version;
    const Minor key{wanted.major(), wanted.minor()};
    const auto& minor = row_of(kubernetes_, key, "kubernetes", version);
    auto facts = minor.facts;
    facts.images = at_patch(minor.images, wanted.patch());
    if (!facts.images.registry.empty()) facts.image_registry = facts.images.registry;
    return facts;
}

CriOFacts Catalogue::cri_o(const std::string& version) const {
    const auto& wanted = known("cri-o", version).version;
    const Minor key{wanted.major(), wanted.minor()};
    const auto& minor = row_of(cri_o_, key, "cri-o", version);
    auto facts = minor.facts;
    facts.pause_image = at_patch(minor.pause_image, wanted.patch());
    facts.runtime_spec = at_patch(minor.runtime_spec, wanted.patch());
    return facts;
}

FlannelFacts Catalogue::flannel(const std::string& version) const {
    return row_of(flannel_, known("flannel", version).text, "flannel", version);
}

CniPluginsFacts Catalogue::cni_plugins(const std::string& version) const {
    return row_of(cni_plugins_, known("cni-plugins", version).text, "cni-plugins", version);
}

std::vector<KubeletFlag> Catalogue::removed_kubelet_flags(const Version& kubelet) const {
    std::vector<KubeletFlag> gone;
    for (const auto& flag : kubelet_flags_) {
        if (flag.removed && kubelet.numbers >= flag.removed->numbers) gone.push_back(flag);
    }
    return gone;
}

const Repository& Catalogue::repository(const std::string& component, const std::string& name) const {
    std::vector<std::string> names;
    const auto of_component = repositories_.find(component);
    if (of_component != repositories_.end()) {
        for (const auto& repository : of_component->second) {
            if (repository.name == name) return repository;
            names.push_back(repository.name);
        }
    }
    throw Error(ErrorKind::usage, fmt::format("{} has no repository \"{}\"", component, name),
                names.empty() ? "" : "there are " + join(names, ", "));
}

std::vector<Repository> Catalogue::repositories(const std::string& component, const std::string& version) const {
    std::vector<std::string> names;
    if (component == "kubernetes") names = kubernetes(version).repositories;
    if (component == "cri-o") names = cri_o(version).repositories;
    std::vector<Repository> found;
    for (const auto& name : names) found.push_back(repository(component, name));
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.state < b.state; });
    return found;
}

std::optional<std::vector<std::string>> Catalogue::packaged_for(const std::string& component,
                                                                const std::string& version) const {
    if (component != "cri-o" || !has_facts(component, version)) return std::nullopt;
    const auto row = cri_o(version);
    const auto offered = repositories(component, version);
    std::vector<std::string> names;
    for (const auto& os : systems_) {
        const bool has_it = std::any_of(offered.begin(), offered.end(), [&](const Repository& repository) {
            return obstacle(repository, version, &os, &row).empty();
        });
        if (has_it) names.push_back(os.name);
    }
    if (names.size() == systems_.size()) return std::nullopt;
    return names;
}

const OperatingSystem* Catalogue::find_os(std::string_view name) const {
    const auto found =
        std::find_if(systems_.begin(), systems_.end(), [&](const OperatingSystem& os) { return os.name == name; });
    return found == systems_.end() ? nullptr : &*found;
}

const OperatingSystem& Catalogue::os(const std::string& name) const {
    if (const auto* found = find_os(name)) return *found;
    std::vector<std::string> names;
    for (const auto& os : systems_) names.push_back(os.name);
    const auto near = nearest(name, names);
    throw Error(ErrorKind::usage, fmt::format("there is no operating system \"{}\"", name),
                near ? fmt::format("did you mean {}?", *near) : "there are " + join(names, ", "));
}

}  // namespace crib::catalogue
