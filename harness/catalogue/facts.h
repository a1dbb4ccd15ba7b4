#pragma once
// What is known of versions and of operating systems. Plain values; fixtures/catalogue has the rows and their sources.

#include "harness/catalogue/version.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::catalogue {

// Where packages or programs of a component are to be had. In its texts ${minor} ("1.36"), ${version} ("1.36.3") and
// ${kubic} (the name that kubic has for the operating system) are to be replaced: see fill().
struct Repository {
    enum class State { live, unmaintained, gone };
    struct Deb {
        std::vector<std::string> lines;     // of sources.list
        std::vector<std::string> keys;      // URL of the key of each line
        std::vector<std::string> keyrings;  // where each key goes; "apt-key": into apt's own ring
    };
    struct Rpm {
        std::string baseurl;
        std::string key;
    };
    std::string name;  // "pkgs.k8s.io", "isv"
    State state = State::live;
    std::string since;         // the day it went, if it is gone
    bool has_packages = true;  // false: programs only
    std::optional<Deb> deb;
    std::optional<Rpm> rpm;
    std::string url;                    // of programs
    std::vector<std::string> packages;  // what to install from it, where it matters
    std::string pin;                    // how a version of a package is written: "${version}-*"
    std::string drop_in;                // where its kubeadm puts kubelet's drop-in
    std::string conf_shipped;           // the configuration that its CRI-O package brings
    bool needs_os_name = false;         // one repository an operating system, by its kubic name
    std::string note;
    std::string source;
};

[[nodiscard]] const char* to_string(Repository::State state);  // "live", "unmaintained", "gone"

// `text` with ${minor}, ${version} and ${kubic} replaced.
[[nodiscard]] std::string fill(std::string text, const Version& version, const std::string& kubic);

// Tags of what kubeadm runs beside its own images: "3.10.2", "3.6.8-0", "v1.14.2".
struct ImageTags {
    std::string pause;
    std::string etcd;
    std::string coredns;
    std::string registry{};  // where it is not the minor's
};

struct KubernetesFacts {
    bool maintained = false;
    std::string newest_date;                // of the newest known patch of the minor: "2026-07-23"
    std::string go;                         // the Go release that builds it: "1.26"
    std::vector<std::string> kubeadm_apis;  // of its configuration that kubeadm reads: "v1beta3", "v1beta4"
    std::string kubeadm_api;                // the newest of them, to be written
    bool kubeadm_calls_crictl = false;
    bool kubeadm_checks_bridge_netfilter = false;
    bool swap_is_an_error = false;      // for kubeadm; kubelet refuses swap in every version unless told otherwise
    Version oldest_kubelet;             // that kubeadm lets into a cluster
    ImageTags images;                   // of this very patch
    std::string image_registry;         // of this very patch: "registry.k8s.io"
    std::string coredns_image;          // below the registry: "coredns/coredns"
    std::vector<std::string> cri_apis;  // what kubelet speaks: "v1", "v1alpha2"
    std::string cgroup_driver;          // what kubeadm configures: "systemd", or kubelet's default "cgroupfs"
    bool cgroup_driver_from_runtime = false;  // kubelet asks the runtime
    std::string cgroup_v1;                    // "supported", "maintenance", "refused"
    std::string cgroup_v2;                    // "alpha", "beta", "supported"
    std::string oldest_kernel;                // "5.4"
    bool older_kernel_is_an_error = false;    // else a warning
    std::vector<std::string> control_plane_labels;
    std::vector<std::string> control_plane_taints;  // keys; the effect is NoSchedule
    bool has_pod_security_policy = false;
    std::string flannel;                    // one that its clusters can run
    std::vector<std::string> repositories;  // names
    std::vector<std::string> source;
};

struct KubeletFlag {
    std::string flag;                   // "--container-runtime"
    std::optional<Version> deprecated;  // since
    std::optional<Version> removed;     // since
    std::string instead;
    std::string source;
};

struct CriOFacts {
    bool maintained = false;
    std::string newest_date;
    std::string go;
    std::string pause_image;            // "registry.k8s.io/pause:3.10.1"
    std::string runtime_spec;           // the OCI runtime specification that it writes: "1.3"
    std::vector<std::string> cri_apis;  // what it serves
    bool tells_cgroup_driver = false;   // CRI's RuntimeConfig
    std::string cgroup_manager;         // "systemd"
    std::string default_runtime;        // of the code
    std::string packaged_runtime;       // of its packages' configuration
    std::string monitor_key;            // "conmon" (one for all), "monitor_path" (of a runtime)
    std::string conf;                   // "/etc/crio/crio.conf"
    std::string drop_ins;               // "/etc/crio/crio.conf.d/"
    std::string socket;
    std::string unit;         // "crio.service"
    std::string alias;        // "cri-o.service"; empty: upstream's unit has none
    std::string bridge;       // its own CNI configuration: "10-crio-bridge.conflist"
    std::string short_names;  // "permissive", "enforcing"
    std::vector<std::string> repositories;
    std::vector<std::string> kubic_os;  // operating systems that kubic has it for
    std::vector<std::string> source;
};

struct FlannelFacts {
    std::string namespace_;    // "kube-flannel"
    std::string image;         // of the manifest in that tag
    std::string plugin_image;  // empty: the manifest installs no plugin
    std::string cni_version;   // of its CNI configuration: "0.3.1"
    bool pod_security_policy = false;
    bool checks_br_netfilter = false;
    bool install_conf = false;  // its image needs /opt/bin/install-conf
    std::string source;
};

struct CniPluginsFacts {
    bool flannel = false;     // is the plugin of that name among them?
    std::string cni_library;  // "1.3.0"
    std::string go;
    std::string source;
};

struct OperatingSystem {
    struct Package {
        std::string version;  // upstream's part: "1.8.1"; empty: not there
        std::string from;     // "bookworm/main"
    };
    std::string name;                             // "debian-12": the same as of a node image
    std::string title;                            // "Debian GNU/Linux 12 (bookworm)"
    std::string family;                           // "debian", "ubuntu", "rhel", "fedora"
    std::string release;                          // "12"
    std::string codename;                         // may be empty
    std::string package_manager;                  // "apt", "dnf"
    std::string kubic;                            // "xUbuntu_18.04"; empty: kubic has none
    std::string kernel;                           // of the stock image: "5.10"
    std::string systemd;                          // "252"
    std::string cgroup;                           // "v1" (hybrid too), "v2": what the stock image boots with
    std::string keyring;                          // how apt is given keys: "apt-key", "keyrings", "deb822"
    std::string iptables;                         // what `iptables` is: "legacy", "nft"
    std::string python;                           // of /usr/bin/python3
    bool swap = false;                            // do stock images have it?
    std::map<std::string, Package> packages;      // conmon, crun, runc, containernetworking-plugins
    std::map<std::string, std::string> left_out;  // figure to why it is not here
    std::vector<std::string> source;
};

}  // namespace crib::catalogue
