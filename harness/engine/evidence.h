#pragma once
// Evidence: what is brought home from the nodes and the API server before anything is torn down.

#include "harness/base/context.h"
#include "harness/check/cluster_view.h"
#include "harness/engine/redact.h"
#include "harness/engine/run_store.h"
#include "harness/guest/node.h"

#include <functional>
#include <string>
#include <vector>

namespace crib::engine {

// What could not be had is told to `on_missing`; nothing here throws. Secrets are taken out of every line.
using OnMissing = std::function<void(const std::string& what)>;

// Into nodes/NAME: journal.log, crio.log, kubelet.log, containers.log (crictl's lists and the end of each
// container's log). All nodes at once.
void collect_from_nodes(const std::vector<guest::Node*>& nodes, const RunFolder& folder, const Redactor& redactor,
                        const OnMissing& on_missing, const Context& context);

// Into api/: nodes.json, pods.json, events.json, services.json, daemonsets.json, deployments.json.
void collect_from_api(check::ClusterView& view, const RunFolder& folder, const Redactor& redactor,
                      const OnMissing& on_missing, const Context& context);

}  // namespace crib::engine
