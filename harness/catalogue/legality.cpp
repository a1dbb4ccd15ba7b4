#include "harness/catalogue/legality.h"

#include "harness/catalogue/judge.h"

#include <algorithm>

namespace crib::catalogue {
namespace {

template <typename T>
const T* row_of(const std::unordered_map<std::string, T>& rows, const KnownVersion* version) {
    const auto found = version ? rows.find(version->text) : rows.end();
    return found == rows.end() ? nullptr : &found->second;
}

}  // namespace

Legality::Tables::Tables(Catalogue of, std::vector<Rule> rows) : catalogue(std::move(of)), rules(std::move(rows)) {
    for (const auto& component : catalogue.components()) {
        for (const auto& known : catalogue.versions(component)) {
            versions[component].emplace(known.text, known);
            if (!catalogue.has_facts(component, known.text)) continue;
            if (component == "kubernetes") kubernetes.emplace(known.text, catalogue.kubernetes(known.text));
            if (component == "cri-o") cri_o.emplace(known.text, catalogue.cri_o(known.text));
        }
    }
    for (const auto& os : catalogue.operating_systems()) systems.emplace(os.name, os);
}

Legality::Legality(const Catalogue& catalogue, const std::filesystem::path& rules)
    : tables_(std::make_unique<Tables>(catalogue, read_rules(rules))) {}

Legality::~Legality() = default;
Legality::Legality(Legality&&) noexcept = default;
Legality& Legality::operator=(Legality&&) noexcept = default;

std::vector<Illegal> Legality::illegal(const Cell& cell) const {
    return Judge(*tables_, cell, true).look();
}

std::vector<Illegal> Legality::warnings(const Cell& cell) const {
    return Judge(*tables_, cell, false).look();
}

std::vector<std::string> Legality::rules() const {
    std::vector<std::string> ids{"no-such-version",        "not-from-source",   "kubelet-newer",
                                 "kubelet-too-old",        "cri-o-minor",       "no-common-cri",
                                 "kernel-too-old",         "kernel-old",        "kubeadm-api",
                                 "no-repository",          "cri-o-other-minor", "programs-only",
                                 "repository-unmaintained"};
    for (const auto& rule : tables_->rules) ids.push_back(rule.id);
    std::sort(ids.begin(), ids.end());
    return ids;
}

const std::string& Legality::Judge::version_of(const CellNode& node, const std::string& component) const {
    static const std::string none;
    if (const auto own = node.versions.find(component); own != node.versions.end()) return own->second;
    const auto shared = cell_.versions.find(component);
    return shared == cell_.versions.end() ? none : shared->second;
}

Source Legality::Judge::source_of(const std::string& component) const {
    const auto found = cell_.sources.find(component);
    if (found == cell_.sources.end()) return Source::modules;
    return parse_source(found->second).value_or(Source::modules);
}

const KnownVersion* Legality::Judge::known(const std::string& component, const std::string& version) const {
    const auto of_component = tables_.versions.find(component);
    if (of_component == tables_.versions.end()) return nullptr;
    const auto found = of_component->second.find(version);
    return found == of_component->second.end() ? nullptr : &found->second;
}

Legality::Judge::View Legality::Judge::view_of(const CellNode& node) const {
    View view;
    view.node = &node;
    auto& facts = view.facts;
    const auto set_version = [&](Fact fact, const std::string& component) {
        const auto& text = version_of(node, component);
        const auto* version = known(component, text);
        if (version) {
            facts.set(fact, text, version->version.numbers);
        } else if (std::count(text.begin(), text.end(), '.') > 1) {
            facts.set(fact, text);  // a checkout's, newer than what is known; not a relative name
        }
        return version;
    };
    view.kubelet_version = set_version(Fact::kubelet, "kubernetes");
    view.cri_o_version = set_version(Fact::cri_o, "cri-o");
    set_version(Fact::flannel, "flannel");
    set_version(Fact::cni_plugins, "cni-plugins");
    set_version(Fact::cri_tools, "cri-tools");
    view.kubernetes = row_of(tables_.kubernetes, view.kubelet_version);
    view.cri_o = row_of(tables_.cri_o, view.cri_o_version);
    if (view.cri_o) facts.set(Fact::cri_o_runtime_spec, view.cri_o->runtime_spec);
    if (control_plane_) facts.set(Fact::kubernetes, control_plane_->text, control_plane_->version.numbers);
    facts.set(Fact::kubernetes_source, to_string(source_of("kubernetes")));
    facts.set(Fact::cri_o_source, to_string(source_of("cri-o")));
    facts.set(Fact::flannel_source, to_string(source_of("flannel")));

    const auto& os = node.os.empty() ? cell_.os : node.os;
    const auto& runtime = node.runtime.empty() ? cell_.runtime : node.runtime;
    facts.set(Fact::os, os);
    facts.set(Fact::runtime, runtime);
    facts.set(Fact::cgroup, cell_.cgroup);
    if (const auto found = tables_.systems.find(os); found != tables_.systems.end()) {
        view.os = &found->second;
        facts.set(Fact::os_family, view.os->family);
        facts.set(Fact::os_kernel, view.os->kernel);
        if (cell_.cgroup.empty()) facts.set(Fact::cgroup, view.os->cgroup);
        // Upstream's packages bring runtimes of their own.
        const auto package = view.os->packages.find(runtime);
        if (package != view.os->packages.end() && source_of("cri-o") != Source::upstream) {
            facts.set(Fact::runtime_version, package->second.version);
        }
    }
    if (node.control_plane) {
        if (node.vcpus > 0) facts.set(Fact::control_plane_vcpus, "vcpus", {node.vcpus, 0, 0});
        if (node.memory_mib > 0) facts.set(Fact::control_plane_memory, "memory", {node.memory_mib, 0, 0});
    }
    return view;
}

std::vector<Illegal> Legality::Judge::look() {
    static const std::vector<CellNode> alone{[] {
        CellNode node;
        node.control_plane = true;
        return node;
    }()};
    const auto& nodes = cell_.nodes.empty() ? alone : cell_.nodes;
    const auto first =
        std::find_if(nodes.begin(), nodes.end(), [](const CellNode& node) { return node.control_plane; });
    control_plane_ = known("kubernetes", version_of(first == nodes.end() ? nodes.front() : *first, "kubernetes"));

    check_offer(alone.front(), cell_.versions);
    for (const auto& node : nodes) {
        if (!node.versions.empty()) check_offer(node, node.versions);
        const auto view = view_of(node);
        check_rows(view);
        check_skew(view);
        check_cri(view);
        check_kernel(view);
        check_kubeadm_api(view);
        if (view.kubernetes) check_repository(view, "kubernetes", view.kubelet_version, view.kubernetes->repositories);
        if (view.cri_o) check_repository(view, "cri-o", view.cri_o_version, view.cri_o->repositories);
    }
    return std::move(found_);
}

void Legality::Judge::check_rows(const View& view) {
    for (const auto& rule : tables_.rules) {
        if (rule.refused == refused_ && rule.applies(view.facts)) {
            add(rule.id.c_str(), view.node->name, view.facts.fill(rule.reason), rule.source, rule.about);
        }
    }
}

void Legality::Judge::add(const char* rule, const std::string& node, std::string reason, std::string source,
                          std::string about) {
    auto same = std::find_if(found_.begin(), found_.end(),
                             [&](const Illegal& other) { return other.rule == rule && other.reason == reason; });
    if (same == found_.end()) {
        found_.push_back({rule, std::move(reason), std::move(source), {}, std::move(about)});
        same = found_.end() - 1;
    }
    if (!node.empty()) same->nodes.push_back(node);
}

}  // namespace crib::catalogue
