#pragma once
// What crib reads out of the API server's JSON. Pure: text in, plain values out.

#include "harness/base/clock.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::check {

struct Node {
    std::string name;
    std::string ready;          // the Ready condition: "True", "False", "Unknown", or "" when there is none yet
    std::string ready_reason;   // "KubeletNotReady"
    std::string ready_message;  // "container runtime network not ready: ..."
    bool unschedulable = false;
    std::vector<std::string> roles;  // sorted: "control-plane"
    std::string kubelet_version;     // "v1.36.3"
    std::string runtime;             // "cri-o://1.36.3"
    std::string os_image;
    std::string kernel;
    std::string architecture;  // "amd64"
    std::string internal_ip;
    std::string external_ip;
    std::optional<WallTime> created;

    [[nodiscard]] bool is_ready() const { return ready == "True"; }
};

struct Container {
    std::string name;
    std::string id;  // the runtime's: "0123abcd..."; empty before it has one
    bool init = false;
    bool sidecar = false;  // an init container that keeps running
    bool ready = false;
    bool started = false;
    bool running = false;
    std::optional<WallTime> running_since;
    std::string waiting_reason;  // "CrashLoopBackOff"; empty when it does not wait
    std::string waiting_message;
    bool terminated = false;
    std::string terminated_reason;  // "Completed", "Error"
    int exit_code = 0;
    int signal = 0;
    int restarts = 0;
    std::string last_exit;                 // how it ended last time: "Error, exit code 1"; empty when it did not
    std::optional<WallTime> last_started;  // of that time
    std::optional<WallTime> last_finished;
};

struct Pod {
    std::string name_space;
    std::string name;
    std::string uid;
    std::map<std::string, std::string> labels;
    std::string node;   // empty: not scheduled
    std::string phase;  // "Pending", "Running", "Succeeded", "Failed", "Unknown"
    std::string reason;
    std::string message;
    std::string ip;
    bool host_network = false;
    bool owned = false;               // something makes another when this one is gone
    std::string owner;                // its kind: "DaemonSet", "ReplicaSet", "Node" (a static pod); empty: nobody
    std::string owner_name;           // "kube-flannel-ds"
    bool deleting = false;            // its deletion was asked for
    bool ready = false;               // the Ready condition
    std::optional<WallTime> turned;   // when it became what it is
    std::string unscheduled_message;  // why the scheduler found no node
    std::string scheduling_reason;    // of the PodScheduled condition: "Unschedulable", "SchedulingGated"
    std::string nominated_node;
    std::size_t readiness_gates = 0;
    std::size_t readiness_gates_met = 0;
    std::vector<Container> containers;  // init containers first; those that spec names, started or not
    std::vector<int> ports;             // containerPorts, in order
    std::string image;                  // of the first container
    std::vector<std::string> command;   // of the same, with its arguments, as far as the pod says it
    std::optional<WallTime> created;

    [[nodiscard]] std::string full_name() const { return name_space + "/" + name; }
    // The runtime's id of the first container that runs; empty when none does.
    [[nodiscard]] std::string running_container() const;
    [[nodiscard]] bool is_running() const;  // phase Running, every container ready, not being deleted
};

// A Lease of coordination.k8s.io as leader election uses it (client-go, tools/leaderelection).
struct Lease {
    std::string holder;               // "master_3ea7c3bb-59f0-4570-8356-c102388bc42f"; empty: nobody
    std::optional<WallTime> renewed;  // by the holder's clock

    friend bool operator==(const Lease&, const Lease&) = default;
};

// Lists (or a single object, which counts as a list of one). Error(internal) when the text is not such JSON.
[[nodiscard]] std::vector<Node> parse_nodes(std::string_view json);
[[nodiscard]] std::vector<Pod> parse_pods(std::string_view json);

// A single object. Error(internal) when the text is no JSON.
[[nodiscard]] Lease parse_lease(std::string_view json);

// metadata.resourceVersion of a list; empty when there is none.
[[nodiscard]] std::string resource_version_of(std::string_view json);

// The first address of a Service; empty when it has none.
[[nodiscard]] std::string cluster_ip_of(std::string_view json);
// Its first port; nothing when it has none.
[[nodiscard]] std::optional<int> service_port_of(std::string_view json);

// spec.selector.matchLabels as a label selector: "app=flannel,tier=node".
[[nodiscard]] std::string match_labels_of(std::string_view json);

// "2026-11-23T12:05:00Z" as Kubernetes writes it; nothing when it is not.
[[nodiscard]] std::optional<WallTime> parse_time(std::string_view text);

}  // namespace crib::check
