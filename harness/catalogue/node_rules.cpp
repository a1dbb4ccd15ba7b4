// The rules that follow from the tables: what is on offer, skew of versions, CRI, kernel, kubeadm's API. Those about
// repositories: repository_rules.cpp.

#include "harness/base/text.h"
#include "harness/catalogue/judge.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::catalogue {
namespace {

constexpr const char* kSkewPolicy = "https://kubernetes.io/releases/version-skew-policy/";
constexpr const char* kKubernetes = "versions.kubernetes";
constexpr const char* kCriO = "versions.cri-o";
constexpr const char* kCriOPolicy = "cri-o/cri-o@v1.36.3:README.md, compatibility matrix";

int minors_between(const KnownVersion& newer, const KnownVersion& older) {
    return static_cast<int>(newer.version.minor()) - static_cast<int>(older.version.minor());
}

bool have_one_in_common(const std::vector<std::string>& left, const std::vector<std::string>& right) {
    return std::any_of(left.begin(), left.end(), [&](const std::string& word) {
        return std::find(right.begin(), right.end(), word) != right.end();
    });
}

std::string source_names(const KnownVersion& version) {
    std::vector<std::string> names;
    for (const auto source : version.sources) names.emplace_back(to_string(source));
    return join(names, ", ");
}

}  // namespace

void Legality::Judge::check_offer(const CellNode& node, const std::map<std::string, std::string>& versions) {
    if (!refused_) return;
    for (const auto& [component, version] : versions) check_version(node, component, version);
}

void Legality::Judge::check_version(const CellNode& node, const std::string& component, const std::string& version) {
    if (!tables_.versions.contains(component)) return;  // a recipe's own, e.g. the distribution's containerd
    const auto source = source_of(component);
    const auto* found = known(component, version);
    if (found && found->comes_from(source)) return;
    if (!found) {
        const bool is_exact = std::count(version.begin(), version.end(), '.') > 1;
        // Checkouts and publishers may be ahead of what is known here.
        if (source == Source::local || (source == Source::upstream && is_exact)) return;
        const auto told = tables_.catalogue.resolve(component, version);
        auto reason = told.version ? fmt::format("{} is no exact version; it stands for {}", version, *told.version)
                                   : told.problem;
        if (!told.version && !told.hint.empty()) reason += "; " + told.hint;
        add("no-such-version", node.name, std::move(reason), "fixtures/catalogue", "versions." + component);
        return;
    }
    if (source == Source::upstream && component == "kubernetes") return;  // check_repository says more
    const auto elsewhere = source_names(*found);
    auto reason = source == Source::modules
                      ? fmt::format("{0} {1} cannot be built from Go modules: there is no fixtures/components/{0}/{1}",
                                    component, version)
                      : fmt::format("{} {} is not to be had from source {}", component, version, to_string(source));
    reason += elsewhere.empty() ? "" : fmt::format("; it can come from {}", elsewhere);
    add("not-from-source", node.name, std::move(reason), "fixtures/components/README.md", "versions." + component);
}

void Legality::Judge::check_skew(const View& view) {
    if (!view.kubelet_version) return;
    const auto& kubelet = *view.kubelet_version;
    if (control_plane_ && refused_) {
        const auto& server = *control_plane_;
        if (minors_between(kubelet, server) > 0) {
            add("kubelet-newer", view.node->name,
                fmt::format("kubelet {} is newer than the API server {}", kubelet.text, server.text), kSkewPolicy,
                kKubernetes);
        }
        const int allowed = kubelet.version.minor() < 25 ? 2 : 3;
        if (minors_between(server, kubelet) > allowed) {
            add("kubelet-too-old", view.node->name,
                fmt::format("kubelet {} is more than {} minors older than the API server {}", kubelet.text, allowed,
                            server.text),
                kSkewPolicy, kKubernetes);
        }
    }
    if (!view.cri_o_version) return;
    // Other minors than Kubernetes' own are against the documented rule, yet up to two are within CRI-O's skew policy.
    const auto& cri_o = *view.cri_o_version;
    const int apart = std::abs(minors_between(kubelet, cri_o));
    if (apart == 0 || refused_ != (apart > 2)) return;
    const auto& own = view.node->versions;
    const bool is_kubelets_own = own.contains("kubernetes") && !own.contains("cri-o");  // what makes this node differ
    add(refused_ ? "cri-o-minor" : "cri-o-other-minor", view.node->name,
        fmt::format("CRI-O {} is made for Kubernetes {}.{}, not for kubelet {}{}", cri_o.text, cri_o.version.major(),
                    cri_o.version.minor(), kubelet.text,
                    refused_ ? ": more than the two minors of CRI-O's skew policy lie between them" : ""),
        kCriOPolicy, is_kubelets_own ? kKubernetes : kCriO);
}

void Legality::Judge::check_cri(const View& view) {
    if (!refused_ || !view.kubernetes || !view.cri_o) return;
    if (have_one_in_common(view.kubernetes->cri_apis, view.cri_o->cri_apis)) return;
    add("no-common-cri", view.node->name,
        fmt::format("kubelet {} speaks CRI {} and CRI-O {} serves {}: they have no version in common",
                    view.kubelet_version->text, join(view.kubernetes->cri_apis, ", "), view.cri_o_version->text,
                    join(view.cri_o->cri_apis, ", ")),
        "https://github.com/cri-o/cri-o/issues/6554; cri-o/cri-o:cmd/crio/main.go at v1.20.9, v1.21.0 and v1.26.0",
        kCriO);
}

void Legality::Judge::check_kernel(const View& view) {
    if (!view.kubernetes || !view.facts.known(Fact::os_kernel)) return;
    if (view.kubernetes->older_kernel_is_an_error != refused_) return;
    const auto oldest = parse_version(view.kubernetes->oldest_kernel);
    if (!oldest || view.facts.version(Fact::os_kernel).numbers >= oldest->numbers) return;
    add(refused_ ? "kernel-too-old" : "kernel-old", view.node->name,
        fmt::format("kernel {} of {} is older than {}, {} kubeadm {} (preflight check SystemVerification)",
                    view.os->kernel, view.os->name, view.kubernetes->oldest_kernel,
                    refused_ ? "the oldest for" : "of which warns", view.kubelet_version->text),
        "kubernetes/system-validators:validators/types_unix.go at the version in go.mod of k8s.io/kubernetes", "os");
}

void Legality::Judge::check_kubeadm_api(const View& view) {
    if (!refused_ || !view.kubernetes || cell_.kubeadm_api.empty()) return;
    const auto& known_apis = view.kubernetes->kubeadm_apis;
    if (std::find(known_apis.begin(), known_apis.end(), cell_.kubeadm_api) != known_apis.end()) return;
    add("kubeadm-api", view.node->name,
        fmt::format("kubeadm {} does not read configuration of {}: it knows {}", view.kubelet_version->text,
                    cell_.kubeadm_api, join(known_apis, ", ")),
        "kubernetes/sig-release:releases (v1beta2 gone in 1.27, v1beta3 in 1.37, v1beta4 new in 1.31)", kKubernetes);
}

}  // namespace crib::catalogue
