// The chapters of a cell after the recipe's steps: the checks, what is shown and kept.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/check/table.h"
#include "harness/engine/cell_session.h"
#include "harness/engine/evidence.h"
#include "harness/scenario/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace crib::engine {

using events::Outcome;

check::ClusterView& CellSession::view(const Context& context) {
    if (view_) return *view_;
    if (state_.kubeconfig.empty()) state_.kubeconfig = read_kubeconfig(context);
    write_file(folder_.kubeconfig(), state_.kubeconfig, 0600);
    view_ = parts_.viewer.view(state_.kubeconfig, network_->api_port(), nodes_, guests());
    return *view_;
}

const CellNode& CellSession::control_plane() const {
    return *std::find_if(nodes_.begin(), nodes_.end(), [](const CellNode& node) { return node.control_plane(); });
}

std::string CellSession::read_kubeconfig(const Context& context) {
    ssh::Exec exec;
    exec.script = "cat /etc/kubernetes/admin.conf";
    auto result = guest(control_plane().name()).run(exec, context);
    if (result.ok()) return result.out;
    throw Error(ErrorKind::guest, fmt::format("{} has no /etc/kubernetes/admin.conf: reading it {}",
                                              control_plane().name(), result.how_it_ended()));
}

Outcome CellSession::check(const Context& context) {
    // A checkout under test has a version of its own: that is the one to be seen in the cluster.
    auto versions = cell_.scenario.versions;
    for (const auto& [component, version] : supply_.reported) versions[component] = version;
    std::vector<check::CheckSpec> specs;
    for (const auto& wanted : cell_.scenario.checks) {
        specs.push_back({wanted.kind, wanted.params});
        for (const auto& [name, text] : wanted.written) {
            specs.back().params[name] = scenario::replace_references(text, versions).text;
        }
    }
    check::Settings settings{time_factor(), cell_.scenario.internet, versions};
    // Restored as it was when all pods ran: it has been good since, and whoever restarted meanwhile is told of.
    const bool as_saved = restored_at_ && done_stages_ == plan_.stages.size() && !state_.restarts.empty();
    if (as_saved) settings.good = check::RestartBaseline{state_.restarts, *restored_at_};
    if (settled_) settings.good = settled_;
    checks_ = std::make_unique<CheckSeries>(view(context), settings, bus_);
    const auto result = checks_->run(specs, context);
    if (!result.reason.empty()) blame(result.reason);
    return result.outcome;
}

void CellSession::show_tables(const Context& context) {
    const auto limited = context.with_timeout(std::chrono::seconds{30});
    try {
        auto& cluster = view(limited);
        const auto nodes = cluster.get("/api/v1/nodes", limited);
        const auto pods = cluster.get("/api/v1/pods", limited);
        const auto now = context.clock->wall_now();
        if (nodes.ok()) bus_.publish(events::Table{"nodes", check::nodes_table(nodes.text, now)});
        if (pods.ok()) bus_.publish(events::Table{"pods", check::pods_table(pods.text, now)});
    } catch (const Error& error) {
        bus_.warn(std::string("the tables of nodes and pods cannot be shown: ") + error.what());
    }
}

void CellSession::collect(const Context& context) {
    const auto missing = [this](const std::string& what) { bus_.warn("evidence that could not be had: " + what); };
    const auto redactor = steps_ ? steps_->redactor() : Redactor{};
    // Who is gone is not waited for: the run has said so already.
    const auto alive = within_reach();
    for (const auto* node : guests()) {
        if (std::find(alive.begin(), alive.end(), node) != alive.end()) continue;
        missing(fmt::format("the logs of {}: it is out of reach; its console.log is there", node->name()));
    }
    const auto collect_objects = [&] {
        try {
            if (!alive.empty() && alive.size() == guests_.size())
                collect_from_api(view(context), folder_, redactor, missing, context);
        } catch (const std::exception&) {
            // There is no API server yet: the control plane's journal says why.
        }
    };
    {
        const std::jthread objects(collect_objects);
        collect_from_nodes(alive, folder_, redactor, missing, context);
    }
    if (network_) {
        try {
            write_file(folder_.path / "network.txt", network_->report(context));
        } catch (const std::exception& error) {
            missing(std::string("the switch's counters: ") + error.what());
        }
    }
}

}  // namespace crib::engine
