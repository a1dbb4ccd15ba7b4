#pragma once
// FakeCluster: a ClusterView that answers from a script. Time passes only while a check waits.

#include "harness/check/cluster_view.h"

#include <deque>
#include <functional>
#include <map>
#include <mutex>

namespace crib::test {

[[nodiscard]] check::Answer body(std::string text);
[[nodiscard]] check::Answer status(int code, std::string message);
[[nodiscard]] check::Answer unreachable(std::string reason);

class FakeCluster final : public check::ClusterView {
public:
    std::vector<std::string> node_names{"master", "worker"};
    bool watchable = true;
    // What a GET of a path gives: each answer once, the last for ever. Unknown paths are 404.
    std::map<std::string, std::deque<check::Answer>> answers;
    // What a script on a node gives; without one every script fails.
    std::function<check::NodeRun(const std::string& node, const std::string& script)> on_run;
    // What a POST gives; without one it is a body.
    std::function<check::Answer(const std::string& path, const std::string& json)> on_create;
    // What a DELETE gives; without one it is a body.
    std::function<check::Answer(const std::string& path, const Context& context)> on_remove;
    // Called at the start of each wait for a change.
    std::function<void()> on_wait;

    std::vector<std::string> got;      // paths
    std::vector<std::string> created;  // JSON texts
    std::vector<std::string> removed;  // paths
    std::vector<std::string> scripts;  // "NODE: SCRIPT"
    int waits = 0;

    void always(const std::string& path, check::Answer answer) { answers[path] = {std::move(answer)}; }

    [[nodiscard]] std::vector<std::string> nodes() const override { return node_names; }
    [[nodiscard]] std::string control_plane() const override { return node_names.front(); }
    check::Answer get(const std::string& path, const Context& context) override;
    check::Answer create(const std::string& path, const std::string& json, const Context& context) override;
    check::Answer remove(const std::string& path, const Context& context) override;
    bool wait_for_change(const std::string& path, const std::string& resource_version, const Context& context) override;
    check::NodeRun run(const std::string& node, const std::string& script, const Context& context) override;

private:
    std::mutex mutex_;  // checks look side by side
};

}  // namespace crib::test
