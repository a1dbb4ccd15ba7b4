#pragma once
// ClusterView: all that a check sees of a running cluster, and may do to it.

#include "harness/base/context.h"
#include "harness/check/answer.h"

#include <string>
#include <vector>

namespace crib::check {

// What came of a script on a node. A node that could not be reached is an Error instead.
struct NodeRun {
    bool ok = false;     // the script ran to its end with exit code 0
    std::string ending;  // "exited with 1", "did not end in time"
    std::string out;
    std::string err;
};

class ClusterView {
public:
    virtual ~ClusterView() = default;

    // The scenario's nodes by name, in its order.
    [[nodiscard]] virtual std::vector<std::string> nodes() const = 0;
    // The node that the cluster was made on.
    [[nodiscard]] virtual std::string control_plane() const = 0;

    // Paths of the API server, percent-encoded: "/api/v1/nodes". An unreachable server is an answer.
    virtual Answer get(const std::string& path, const Context& context) = 0;
    virtual Answer create(const std::string& path, const std::string& json, const Context& context) = 0;
    virtual Answer remove(const std::string& path, const Context& context) = 0;

    // Waits until the list at `path` is no longer as it was at `resource_version`, or the context is
    // done. False when changes cannot be watched at the moment, so the caller has to poll.
    virtual bool wait_for_change(const std::string& path, const std::string& resource_version,
                                 const Context& context) = 0;

    // Runs a POSIX shell script as root on a node. Error when the node cannot be reached. Scripts on different nodes
    // may be run by several threads at once.
    virtual NodeRun run(const std::string& node, const std::string& script, const Context& context) = 0;
};

}  // namespace crib::check
