#include "tests/support/fake_cluster/fake_cluster.h"

namespace crib::test {

using check::Answer;

Answer body(std::string text) {
    return {Answer::Kind::body, 200, std::move(text)};
}
Answer status(int code, std::string message) {
    return {Answer::Kind::status, code, std::move(message)};
}
Answer unreachable(std::string reason) {
    return {Answer::Kind::unreachable, 0, std::move(reason)};
}

Answer FakeCluster::get(const std::string& path, const Context& /*context*/) {
    const std::scoped_lock lock(mutex_);
    got.push_back(path);
    const auto found = answers.find(path);
    if (found == answers.end() || found->second.empty()) return status(404, "nothing is scripted for " + path);
    auto answer = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return answer;
}

Answer FakeCluster::create(const std::string& path, const std::string& json, const Context& /*context*/) {
    const std::scoped_lock lock(mutex_);
    created.push_back(json);
    return on_create ? on_create(path, json) : body(json);
}

Answer FakeCluster::remove(const std::string& path, const Context& context) {
    const std::scoped_lock lock(mutex_);
    removed.push_back(path);
    return on_remove ? on_remove(path, context) : body("{}");
}

bool FakeCluster::wait_for_change(const std::string& /*path*/, const std::string& /*version*/, const Context& context) {
    {
        const std::scoped_lock lock(mutex_);
        ++waits;
    }
    if (on_wait) on_wait();
    if (!watchable) return false;
    context.clock->sleep_until(context.deadline, context.stop);
    return true;
}

check::NodeRun FakeCluster::run(const std::string& node, const std::string& script, const Context& /*context*/) {
    const std::scoped_lock lock(mutex_);
    scripts.push_back(node + ": " + script);
    if (!on_run) return {false, "exited with 127", "", "nothing is scripted"};
    return on_run(node, script);
}

}  // namespace crib::test
