#pragma once
// Catalogue: what is known of versions, by component, and of operating systems. Read once from fixtures/catalogue, then
// a plain value.

#include "harness/catalogue/facts.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::catalogue {

// Where crib can take a version of a component from.
enum class Source { modules, upstream, local };

[[nodiscard]] const char* to_string(Source source);                       // "modules", "upstream", "local"
[[nodiscard]] std::optional<Source> parse_source(std::string_view text);  // "local:PATH" too

struct KnownVersion {
    std::string text;  // "1.36.3"
    Version version;
    std::vector<Source> sources;  // none: it is known, and nothing offers it

    [[nodiscard]] bool comes_from(Source source) const;
};

// What a relative name stands for, or why it stands for nothing.
struct Resolution {
    std::optional<std::string> version;
    std::string problem;     // a sentence, when there is no version
    std::string hint;        // the nearest, or what there is
    std::string note;        // e.g. that a newer patch is known which the source does not have; may be empty
    bool elsewhere = false;  // it stands for a version, but for none that the source has
};

class Catalogue {
public:
    // `folder` is fixtures/catalogue, `components` fixtures/components: what has a component.json there comes from
    // modules. Error(component) names the file and the place of what is wrong.
    static Catalogue read(const std::filesystem::path& folder, const std::filesystem::path& components);

    [[nodiscard]] std::vector<std::string> components() const;  // sorted
    [[nodiscard]] bool knows(const std::string& component) const { return versions_.contains(component); }
    // Oldest first; nothing for an unknown component.
    [[nodiscard]] const std::vector<KnownVersion>& versions(const std::string& component) const;
    [[nodiscard]] const KnownVersion* find(const std::string& component, const std::string& version) const;

    // `wanted` is an exact version; "1.35": its newest patch; "latest"; "latest-1": the newest patch one minor behind
    // (latest-2 and so on likewise); "stable": the newest version that is a patch release, as a .0 has not yet been in
    // many hands. With a source, only what comes from there counts; without one, all that is known.
    [[nodiscard]] Resolution resolve(const std::string& component, const std::string& wanted,
                                     std::optional<Source> source = std::nullopt) const;

    // Does the table have a row for this version? (A component may be pinned before its minor has one.)
    [[nodiscard]] bool has_facts(const std::string& component, const std::string& version) const;

    // Error(usage) for a version that is not known.
    [[nodiscard]] KubernetesFacts kubernetes(const std::string& version) const;
    [[nodiscard]] CriOFacts cri_o(const std::string& version) const;
    [[nodiscard]] FlannelFacts flannel(const std::string& version) const;
    [[nodiscard]] CniPluginsFacts cni_plugins(const std::string& version) const;

    [[nodiscard]] const std::vector<KubeletFlag>& kubelet_flags() const { return kubelet_flags_; }
    // Those that a kubelet of this version does not know any more.
    [[nodiscard]] std::vector<KubeletFlag> removed_kubelet_flags(const Version& kubelet) const;

    // Error(usage) with what there is.
    [[nodiscard]] const Repository& repository(const std::string& component, const std::string& name) const;
    // Those that have this version's packages, best first: live before unmaintained before gone.
    [[nodiscard]] std::vector<Repository> repositories(const std::string& component, const std::string& version) const;
    // The operating systems known here that a repository which is not gone has packages of this version for; nothing
    // when that is all of them, or when its packages are not told apart by systems.
    [[nodiscard]] std::optional<std::vector<std::string>> packaged_for(const std::string& component,
                                                                       const std::string& version) const;

    [[nodiscard]] const std::vector<OperatingSystem>& operating_systems() const { return systems_; }
    [[nodiscard]] const OperatingSystem* find_os(std::string_view name) const;
    [[nodiscard]] const OperatingSystem& os(const std::string& name) const;  // Error(usage)

private:
    friend class Reader;

    // What changes within a minor has, beside it, the patch from which it is so.
    template <typename T>
    using ByPatch = std::map<unsigned, T>;
    struct KubernetesMinor {
        KubernetesFacts facts;
        ByPatch<ImageTags> images;
    };
    struct CriOMinor {
        CriOFacts facts;
        ByPatch<std::string> pause_image;
        ByPatch<std::string> runtime_spec;
    };
    using Minor = std::pair<unsigned, unsigned>;

    [[nodiscard]] const KnownVersion& known(const std::string& component, const std::string& version) const;
    [[nodiscard]] std::string why_not(const std::string& component, const KnownVersion& version, Source source) const;
    [[nodiscard]] std::string on_offer(const std::string& component, std::optional<Source> source) const;

    std::map<std::string, std::vector<KnownVersion>> versions_;
    std::map<Minor, KubernetesMinor> kubernetes_;
    std::map<Minor, CriOMinor> cri_o_;
    std::map<std::string, FlannelFacts> flannel_;
    std::map<std::string, CniPluginsFacts> cni_plugins_;
    std::vector<KubeletFlag> kubelet_flags_;
    std::map<std::string, std::vector<Repository>> repositories_;  // by component
    std::vector<OperatingSystem> systems_;
};

}  // namespace crib::catalogue
