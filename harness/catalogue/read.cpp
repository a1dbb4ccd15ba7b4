// The files of fixtures/catalogue, row by row.

#include "harness/base/error.h"
#include "harness/catalogue/catalogue.h"
#include "harness/catalogue/detail/row.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace crib::catalogue {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

Version version_of(const Row& row) {
    const auto version = parse_version(row.text());
    if (!version) row.fail("must be a version");
    return *version;
}

std::string one_of(const Row& row, const std::vector<std::string>& values) {
    auto text = row.text();
    if (std::find(values.begin(), values.end(), text) == values.end()) {
        row.fail(fmt::format("must be one of {}", fmt::join(values, ", ")));
    }
    return text;
}

std::vector<std::string> sources_of(const Row& row) {
    auto sources = row.texts("source");
    if (sources.empty()) row.fail("must name its source");
    return sources;
}

std::string source_of(const Row& row) {
    auto source = row.text("source");
    if (source.empty()) row.fail("must name its source");
    return source;
}

Repository::State state_of(const Row& row) {
    const auto text = one_of(row, {"live", "unmaintained", "gone"});
    if (text == "gone") return Repository::State::gone;
    return text == "live" ? Repository::State::live : Repository::State::unmaintained;
}

Repository::Deb deb_of(const Row& row) {
    row.allow({"line", "line2", "key", "key2", "keyring", "keyring2"});
    Repository::Deb deb;
    deb.lines = {row.text("line")};
    deb.keys = {row.text("key")};
    deb.keyrings = {row.text("keyring")};
    if (row.has("line2")) {
        deb.lines.push_back(row.text("line2"));
        deb.keys.push_back(row.text("key2"));
        deb.keyrings.push_back(row.text_or("keyring2", deb.keyrings.front()));
    }
    return deb;
}

Repository repository_of(const Row& row) {
    row.allow({"name", "state", "since", "oldest", "newest", "kind", "deb", "rpm", "url", "packages", "pin", "drop_in",
               "conf_shipped", "needs_os_name", "note", "source"});
    Repository repository;
    repository.name = row.text("name");
    repository.state = state_of(row.at("state"));
    repository.since = row.text_or("since", "");
    repository.has_packages = one_of(row.at("kind"), {"packages", "binaries"}) == "packages";
    if (row.has("deb")) repository.deb = deb_of(row.at("deb"));
    if (row.has("rpm")) repository.rpm = {row.at("rpm").text("baseurl"), row.at("rpm").text("key")};
    repository.url = row.text_or("url", "");
    repository.packages = row.texts("packages");
    repository.pin = row.text_or("pin", "");
    repository.drop_in = row.text_or("drop_in", "");
    repository.conf_shipped = row.text_or("conf_shipped", "");
    repository.needs_os_name = row.has("needs_os_name") && row.flag("needs_os_name");
    repository.note = row.text_or("note", "");
    repository.source = source_of(row);
    return repository;
}

KubernetesFacts kubernetes_of(const Row& row) {
    KubernetesFacts facts;
    facts.maintained = one_of(row.at("state"), {"maintained", "ended"}) == "maintained";
    facts.newest_date = row.text("newest_date");
    facts.go = row.text("go");
    const auto kubeadm = row.at("kubeadm");
    kubeadm.allow({"api", "api_default", "calls_crictl", "checks_bridge_netfilter", "swap", "oldest_kubelet"});
    facts.kubeadm_apis = kubeadm.texts("api");
    facts.kubeadm_api = one_of(kubeadm.at("api_default"), facts.kubeadm_apis);
    facts.kubeadm_calls_crictl = kubeadm.flag("calls_crictl");
    facts.kubeadm_checks_bridge_netfilter = kubeadm.flag("checks_bridge_netfilter");
    facts.swap_is_an_error = one_of(kubeadm.at("swap"), {"error", "warning"}) == "error";
    facts.oldest_kubelet = version_of(kubeadm.at("oldest_kubelet"));
    facts.image_registry = row.text("image_registry");
    facts.coredns_image = row.text("coredns_image");
    facts.cri_apis = row.texts("cri_api");
    const auto cgroup = row.at("cgroup");
    cgroup.allow({"driver", "driver_from_runtime", "v1", "v2"});
    facts.cgroup_driver = one_of(cgroup.at("driver"), {"systemd", "cgroupfs"});
    facts.cgroup_driver_from_runtime = cgroup.flag("driver_from_runtime");
    facts.cgroup_v1 = one_of(cgroup.at("v1"), {"supported", "maintenance", "refused"});
    facts.cgroup_v2 = one_of(cgroup.at("v2"), {"alpha", "beta", "supported"});
    const auto kernel = row.at("kernel");
    kernel.allow({"minimum", "when_older"});
    facts.oldest_kernel = kernel.text("minimum");
    facts.older_kernel_is_an_error = one_of(kernel.at("when_older"), {"error", "warning"}) == "error";
    facts.control_plane_labels = row.at("control_plane").texts("labels");
    facts.control_plane_taints = row.at("control_plane").texts("taints");
    facts.has_pod_security_policy = row.flag("pod_security_policy");
    facts.flannel = row.text("flannel");
    facts.repositories = row.texts("repositories");
    facts.source = sources_of(row);
    return facts;
}

CriOFacts cri_o_of(const Row& row) {
    CriOFacts facts;
    facts.maintained = one_of(row.at("state"), {"maintained", "ended"}) == "maintained";
    facts.newest_date = row.text("newest_date");
    facts.go = row.text("go");
    facts.cri_apis = row.texts("cri_api");
    facts.tells_cgroup_driver = row.flag("tells_cgroup_driver");
    facts.cgroup_manager = one_of(row.at("cgroup_manager"), {"systemd", "cgroupfs"});
    facts.default_runtime = one_of(row.at("default_runtime"), {"crun", "runc"});
    facts.packaged_runtime = one_of(row.at("packaged_runtime"), {"crun", "runc"});
    facts.monitor_key = one_of(row.at("monitor"), {"conmon", "monitor_path"});
    facts.conf = row.text("conf");
    facts.drop_ins = row.text("drop_in");
    facts.socket = row.text("socket");
    facts.unit = row.text("unit");
    facts.alias = row.text("alias");
    facts.bridge = row.text("bridge");
    facts.short_names = one_of(row.at("short_names"), {"permissive", "enforcing"});
    facts.repositories = row.texts("repositories");
    facts.kubic_os = row.texts("kubic_os");
    facts.source = sources_of(row);
    return facts;
}

FlannelFacts flannel_of(const Row& row) {
    row.allow({"version", "namespace", "image", "plugin_image", "cni_version", "pod_security_policy",
               "checks_br_netfilter", "install_conf", "source"});
    return {row.text("namespace"),           row.text("image"),
            row.text("plugin_image"),        row.text("cni_version"),
            row.flag("pod_security_policy"), row.flag("checks_br_netfilter"),
            row.flag("install_conf"),        source_of(row)};
}

KubeletFlag kubelet_flag_of(const Row& row) {
    row.allow({"flag", "deprecated", "removed", "instead", "source"});
    KubeletFlag flag{row.text("flag"), std::nullopt, std::nullopt, row.text("instead"), source_of(row)};
    if (row.has("deprecated")) flag.deprecated = version_of(row.at("deprecated"));
    if (row.has("removed")) flag.removed = version_of(row.at("removed"));
    return flag;
}

OperatingSystem system_of(const Row& row) {
    row.allow({"name", "title", "family", "release", "codename", "package_manager", "kubic", "kernel", "systemd",
               "cgroup", "keyring", "iptables", "python", "swap", "packages", "left_out", "source"});
    OperatingSystem os;
    os.name = row.text("name");
    os.title = row.text("title");
    os.family = one_of(row.at("family"), {"debian", "ubuntu", "rhel", "fedora"});
    os.release = row.text("release");
    os.codename = row.text_or("codename", "");
    os.package_manager = one_of(row.at("package_manager"), {"apt", "dnf"});
    os.kubic = row.text_or("kubic", "");
    os.kernel = row.text_or("kernel", "");
    os.systemd = row.text_or("systemd", "");
    os.cgroup = one_of(row.at("cgroup"), {"v1", "v2"});
    os.keyring = one_of(row.at("keyring"), {"apt-key", "keyrings", "deb822", "rpm"});
    os.iptables = row.has("iptables") ? one_of(row.at("iptables"), {"legacy", "nft"}) : "";
    os.python = row.text_or("python", "");
    os.swap = row.has("swap") && row.flag("swap");
    if (row.has("packages")) {
        for (const auto& [name, package] : row.at("packages").members()) {
            package.allow({"version", "from"});
            os.packages[name] = {package.text("version"), package.text("from")};
        }
    }
    if (row.has("left_out")) {
        for (const auto& [figure, why] : row.at("left_out").members()) os.left_out[figure] = why.text();
    }
    os.source = sources_of(row);
    return os;
}

void add_unless_there(std::vector<Source>& sources, Source source) {
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(source);
}

}  // namespace

class Reader {
public:
    Reader(fs::path folder, fs::path components) : folder_(std::move(folder)), components_(std::move(components)) {}

    Catalogue read() {
        read_kubernetes();
        read_cri_o();
        read_flannel();
        read_cni_plugins();
        read_systems();
        add_modules();
        for (auto& [component, versions] : catalogue_.versions_) {
            std::sort(versions.begin(), versions.end(), [](const KnownVersion& a, const KnownVersion& b) {
                return std::tie(a.version, a.text) < std::tie(b.version, b.text);
            });
        }
        return std::move(catalogue_);
    }

private:
    // Calls `use` with the file as a Row.
    template <typename Use>
    void with_file(const char* name, Use use) {
        const auto file = folder_ / name;
        const json document = read_json(file);
        const Row row(document, file.string() + "#");
        for (const auto& repository : row.rows("repositories")) {
            catalogue_.repositories_[row.text("component")].push_back(repository_of(repository));
        }
        use(row);
    }

    void add(const std::string& component, const std::string& text, bool upstream, bool local) {
        KnownVersion known{text, parse_version(text).value_or(Version{}), {}};
        if (upstream) known.sources.push_back(Source::upstream);
        if (local) known.sources.push_back(Source::local);
        catalogue_.versions_[component].push_back(std::move(known));
    }

    bool has_packages(const std::string& component, const std::vector<std::string>& repositories) const {
        return std::any_of(repositories.begin(), repositories.end(), [&](const std::string& name) {
            const auto& repository = catalogue_.repository(component, name);
            return repository.has_packages && repository.state != Repository::State::gone;
        });
    }

    // The minor of a row; its patches become known versions.
    Catalogue::Minor add_minor(const Row& file, const Row& row, const std::vector<std::string>& repositories) {
        const auto component = file.text("component");
        const auto minor = version_of(row.at("minor"));
        const auto patches = row.rows("patches");
        if (patches.empty()) row.fail("must have patches");
        for (const auto& patch : patches) {
            add(component, fmt::format("{}.{}", row.text("minor"), patch.number()),
                has_packages(component, repositories), file.flag("local"));
        }
        return {minor.major(), minor.minor()};
    }

    void read_kubernetes() {
        with_file("kubernetes.json", [this](const Row& file) {
            file.allow({"about", "component", "local", "minors", "repositories", "kubelet_flags"});
            for (const auto& row : file.rows("minors")) {
                row.allow({"minor", "patches", "newest_date", "state", "go", "kubeadm", "images", "image_registry",
                           "coredns_image", "cri_api", "cgroup", "kernel", "control_plane", "pod_security_policy",
                           "flannel", "repositories", "source"});
                auto facts = kubernetes_of(row);
                auto& minor = catalogue_.kubernetes_[add_minor(file, row, facts.repositories)];
                minor.facts = std::move(facts);
                for (const auto& images : row.rows("images")) {
                    minor.images[images.at("from").number()] = {images.text("pause"), images.text("etcd"),
                                                                images.text("coredns"), images.text_or("registry", "")};
                }
                if (!minor.images.contains(0)) row.fail("images must begin with those from patch 0");
            }
            for (const auto& row : file.rows("kubelet_flags"))
                catalogue_.kubelet_flags_.push_back(kubelet_flag_of(row));
        });
    }

    static Catalogue::ByPatch<std::string> by_patch(const Row& row, const char* key) {
        Catalogue::ByPatch<std::string> found;
        for (const auto& item : row.rows(key)) found[item.at("from").number()] = item.text("is");
        if (!found.contains(0)) row.fail(fmt::format("{} must begin with that from patch 0", key));
        return found;
    }

    void read_cri_o() {
        with_file("cri-o.json", [this](const Row& file) {
            file.allow({"about", "component", "local", "minors", "repositories"});
            for (const auto& row : file.rows("minors")) {
                row.allow({"minor",
                           "patches",
                           "newest_date",
                           "state",
                           "go",
                           "pause_image",
                           "runtime_spec",
                           "cri_api",
                           "tells_cgroup_driver",
                           "cgroup_manager",
                           "default_runtime",
                           "packaged_runtime",
                           "monitor",
                           "conf",
                           "drop_in",
                           "socket",
                           "unit",
                           "alias",
                           "bridge",
                           "short_names",
                           "repositories",
                           "kubic_os",
                           "source"});
                auto facts = cri_o_of(row);
                auto& minor = catalogue_.cri_o_[add_minor(file, row, facts.repositories)];
                minor.facts = std::move(facts);
                minor.pause_image = by_patch(row, "pause_image");
                minor.runtime_spec = by_patch(row, "runtime_spec");
            }
        });
    }

    void read_flannel() {
        with_file("flannel.json", [this](const Row& file) {
            file.allow({"about", "component", "local", "versions", "manifest"});
            for (const auto& row : file.rows("versions")) {
                catalogue_.flannel_[row.text("version")] = flannel_of(row);
                add("flannel", row.text("version"), true, file.flag("local"));
            }
        });
    }

    void read_cni_plugins() {
        with_file("cni-plugins.json", [this](const Row& file) {
            file.allow({"about", "component", "local", "versions"});
            for (const auto& row : file.rows("versions")) {
                row.allow({"version", "flannel", "cni_library", "go", "source"});
                catalogue_.cni_plugins_[row.text("version")] = {row.flag("flannel"), row.text("cni_library"),
                                                                row.text("go"), source_of(row)};
                add("cni-plugins", row.text("version"), true, file.flag("local"));
            }
        });
    }

    void read_systems() {
        with_file("operating-systems.json", [this](const Row& file) {
            file.allow({"about", "systems"});
            for (const auto& row : file.rows("systems")) catalogue_.systems_.push_back(system_of(row));
        });
    }

    // What crib can build from Go modules is what has a row in fixtures/components.
    void add_modules() {
        std::error_code failed;
        for (const auto& component : fs::directory_iterator(components_, failed)) {
            if (!component.is_directory()) continue;
            for (const auto& version : fs::directory_iterator(component.path())) {
                if (fs::exists(version.path() / "component.json")) {
                    add_module(component.path().filename().string(), version.path().filename().string());
                }
            }
        }
    }

    void add_module(const std::string& component, const std::string& version) {
        auto& versions = catalogue_.versions_[component];
        auto found = std::find_if(versions.begin(), versions.end(),
                                  [&](const KnownVersion& known) { return known.text == version; });
        if (found == versions.end()) {
            add(component, version, false, false);
            found = versions.end() - 1;
        }
        add_unless_there(found->sources, Source::modules);
        std::sort(found->sources.begin(), found->sources.end());
    }

    fs::path folder_;
    fs::path components_;
    Catalogue catalogue_;
};

Catalogue Catalogue::read(const fs::path& folder, const fs::path& components) {
    return Reader(folder, components).read();
}

}  // namespace crib::catalogue
