#pragma once
// CellSession: a cell while it runs. Its methods are the chapters of a run, called in order by CellRunner.

#include "harness/base/cleanup.h"
#include "harness/check/checker.h"
#include "harness/engine/cell_runner.h"
#include "harness/engine/step_runner.h"
#include "harness/provision/plan.h"

#include <memory>
#include <string>
#include <vector>

namespace crib::engine {

class CellSession {
public:
    CellSession(const Parts& parts, events::Bus& bus, const RunStore& runs, const Cell& cell,
                const CellOptions& options, RunStore::Created& created);

    void announce();                       // RunStarted
    void prepare(const Context& context);  // components, images, room on the host
    void start(const Context& context);    // switch, disks, machines
    void boot(const Context& context);     // until SSH answers on every node; measures the host's speed
    events::Outcome provision(const Context& context);
    events::Outcome check(const Context& context);
    void show_tables(const Context& context);
    void collect(const Context& context);  // evidence
    void tear_down();                      // never throws
    void keep() { cleanup_.dismiss(); }    // leave everything running

    // What the watchdog looks at: a machine, the switch or a console that shows the end.
    std::optional<std::string> trouble();

    // The first thing that did not pass, for the last line.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    void blame(const std::string& reason);
    [[nodiscard]] bool started() const { return !guests_.empty(); }

    template <typename Body>
    auto stage(const std::string& name, const Context& context, Body&& body);

private:
    void start_machine(const CellNode& node, const Context& context);
    void choose_acceleration(const Context& context);
    void check_room(hypervisor::Acceleration acceleration) const;
    void plan_steps();
    void write_lock() const;
    [[nodiscard]] guest::Node& guest(const std::string& name);
    [[nodiscard]] std::vector<guest::Node*> guests() const;
    // Those whose machine runs, whose kernel lives, and to whom the network leads.
    [[nodiscard]] std::vector<guest::Node*> within_reach();
    // The line of a node's console after which nothing more is to be expected of it.
    [[nodiscard]] static std::optional<std::string> last_words_of(guest::Node& guest);
    check::ClusterView& view(const Context& context);
    events::Outcome run_check(class CheckSeries& series, const check::CheckSpec& spec, const Context& context);

    const Parts& parts_;
    events::Bus& bus_;
    const RunStore& runs_;
    const Cell& cell_;
    const CellOptions& options_;
    RunInfo& info_;
    RunFolder folder_;
    std::vector<CellNode> nodes_;
    Supply supply_;
    RunKeys keys_;
    hypervisor::Acceleration acceleration_ = hypervisor::Acceleration::tcg;
    std::optional<provision::Profile> profile_;
    provision::Plan plan_;
    std::string reason_;
    double slowness_ = 1.0;  // how much slower than expected this host booted its nodes; at least 1
    std::unique_ptr<ClusterNetwork> network_;
    std::vector<std::unique_ptr<guest::Node>> guests_;
    std::unique_ptr<StepRunner> steps_;
    std::unique_ptr<check::ClusterView> view_;
    CleanupStack cleanup_;  // last: it is the first to go, while all that its actions use is there
};

template <typename Body>
auto CellSession::stage(const std::string& name, const Context& context, Body&& body) {
    bus_.publish(events::StageStarted{name});
    const auto start = context.clock->now();
    const auto finish = [&](events::Outcome outcome) {
        bus_.publish(events::StageFinished{name, outcome, context.clock->now() - start});
    };
    try {
        if constexpr (std::is_void_v<decltype(body())>) {
            body();
            finish(events::Outcome::passed);
        } else {
            const auto outcome = body();
            finish(outcome);
            return outcome;
        }
    } catch (...) {
        finish(context.cancelled() ? events::Outcome::interrupted : events::Outcome::error);
        throw;
    }
}

}  // namespace crib::engine
