#include "harness/check/live_cluster.h"

#include <fmt/format.h>

namespace crib::check {

LiveCluster::LiveCluster(KubernetesClient& client, RunOnNode run_on_node, std::vector<std::string> nodes,
                         std::string control_plane)
    : client_(client),
      run_on_node_(std::move(run_on_node)),
      nodes_(std::move(nodes)),
      control_plane_(std::move(control_plane)) {}

Answer LiveCluster::get(const std::string& path, const Context& context) {
    return client_.get(path, context);
}

Answer LiveCluster::create(const std::string& path, const std::string& json, const Context& context) {
    return client_.create(path, json, context);
}

Answer LiveCluster::remove(const std::string& path, const Context& context) {
    return client_.remove(path, context);
}

bool LiveCluster::wait_for_change(const std::string& path, const std::string& resource_version,
                                  const Context& context) {
    const char joint = path.find('?') == std::string::npos ? '?' : '&';
    // The server ends the watch by itself a little after our own deadline, should we fail to hang up.
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(context.remaining()).count() + 5;
    const auto url = fmt::format("{}{}watch=1&resourceVersion={}&timeoutSeconds={}", path, joint,
                                 percent_encode(resource_version), seconds);
    // Any line will do: a change, or "too old a version", after which the caller lists anew.
    bool changed = false;
    const auto answer = client_.stream(
        url,
        [&](std::string_view) {
            changed = true;
            return false;
        },
        context);
    return changed || (answer.ok() && context.done());
}

NodeRun LiveCluster::run(const std::string& node, const std::string& script, const Context& context) {
    return run_on_node_(node, script, context);
}

}  // namespace crib::check
