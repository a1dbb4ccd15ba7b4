#pragma once
// Check: one running assertion; it may keep what it saw or made from one look to the next.

#include "harness/base/wait.h"
#include "harness/check/detail/probe.h"
#include "harness/check/params.h"
#include "harness/check/restarts.h"

#include <memory>
#include <optional>
#include <string>

namespace crib::check::detail {

class Check {
public:
    virtual ~Check() = default;
    // Begins what takes a while in the cluster. May not be called, and trouble in it is no verdict: observe() sees it.
    virtual void prepare(Probe& /*probe*/) {}
    virtual Observation observe(Probe& probe) = 0;
    // Removes what the check made in the cluster. Called once, at the end, however it ended.
    virtual void clean_up(Probe& /*probe*/) noexcept {}
};

struct MakeInputs {
    Params params;
    const Settings& settings;
    std::optional<RestartBaseline>& baseline;  // no-restarts takes one when there is none yet
};

std::unique_ptr<Check> make_nodes_ready(const MakeInputs& inputs);
std::unique_ptr<Check> make_container_runtime(const MakeInputs& inputs);
std::unique_ptr<Check> make_node_versions(const MakeInputs& inputs);
std::unique_ptr<Check> make_pods_running(const MakeInputs& inputs);
std::unique_ptr<Check> make_pods_on_every_node(const MakeInputs& inputs);
std::unique_ptr<Check> make_no_restarts(const MakeInputs& inputs);
std::unique_ptr<Check> make_http(const MakeInputs& inputs);
std::unique_ptr<Check> make_pod_to_pod(const MakeInputs& inputs);
std::unique_ptr<Check> make_dns(const MakeInputs& inputs);
std::unique_ptr<Check> make_shared_pid(const MakeInputs& inputs);

}  // namespace crib::check::detail
