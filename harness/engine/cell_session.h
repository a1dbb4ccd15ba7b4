#pragma once
// CellSession: a cell while it runs. Its methods are the chapters of a run, called in order by CellRunner.

#include "harness/base/cleanup.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/engine/cell_runner.h"
#include "harness/engine/check_series.h"
#include "harness/engine/checkpoints.h"
#include "harness/engine/cluster_state.h"
#include "harness/engine/step_runner.h"
#include "harness/engine/swap_watch.h"
#include "harness/provision/plan.h"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace crib::engine {

// What a run waits for at the end of a swap has this name among its steps.
inline constexpr const char* kSettleStep = "settle";

class CellSession {
public:
    CellSession(const Parts& parts, events::Bus& bus, const RunStore& runs, const Cell& cell,
                const CellOptions& options, RunStore::Created& created);

    void announce();                       // RunStarted
    void prepare(const Context& context);  // components, images, room on the host; looks for a checkpoint
    void start(const Context& context);    // the switch; and the machines, unless there is a checkpoint to go on from
    // Goes on from the checkpoint that prepare() found, or from one of an earlier stage when that one is damaged. False
    // when there is none: the machines are then started.
    bool restore(const Context& context);

    // In place of these three, for a kept cluster that goes back to before options.redo. Error(usage) when there is
    // nothing to go back to, or the scenario has changed before it; the cluster is then as it was.
    void prepare_redo(const Context& context);
    void take_over(const Context& context);  // its machines end
    void go_back(const Context& context);
    [[nodiscard]] bool taken_over() const { return taken_over_; }

    void boot(const Context& context);  // until SSH answers on every node; measures the host's speed
    events::Outcome provision(const Context& context);
    events::Outcome check(const Context& context);
    void show_tables(const Context& context);
    void collect(const Context& context);  // evidence
    // Of a failed run: the name of its checkpoint, or nothing when it cannot be saved, which is told and no more.
    std::string save_failure(const Context& context) noexcept;
    void tear_down();                            // never throws
    void keep(const Context& context) noexcept;  // leave everything running, but for what checks made

    // What the watchdog looks at: a machine, the switch or a console that shows the end.
    std::optional<std::string> trouble();
    // Why a node was lost: a machine or the switch that died is sometimes seen a moment after its connections are cut.
    std::optional<std::string> cause_of_loss(const Context& context);

    // The first thing that did not pass, for the last line.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    void blame(const std::string& reason);
    [[nodiscard]] bool started() const { return !guests_.empty(); }
    // The run ends before the recipe does. A redo from a step beyond that end goes on to the recipe's.
    [[nodiscard]] bool cut_short() const { return cut_short_; }
    [[nodiscard]] bool has_checkpoint() const { return held_ != nullptr; }

    template <typename Body>
    auto stage(const std::string& name, const Context& context, Body&& body);

private:
    void start_machines(const Context& context);
    void start_machine(StateNode& node, const Context& context);
    void write_run_info();
    void describe_cluster();  // state_, as far as it is known before anything is started
    void choose_acceleration(const Context& context);
    void check_room(hypervisor::Acceleration acceleration) const;
    [[nodiscard]] provision::RunFacts plan_facts() const;
    void plan_steps();
    void key_stages();
    void write_lock() const;
    // Looks for checkpoints of the stages before `end`, the last one first; held_ is what was found.
    void find_checkpoint(std::size_t end, const Context& context);
    void require_stage_to_go_on_from() const;
    [[nodiscard]] checkpoint::KeyChain chain_until(std::size_t stages) const;
    // False when the checkpoint cannot be used, which is told; state_ is `fresh` again.
    bool try_restore(const ClusterState& fresh, const Context& context);
    void restore_held(const Context& context);
    void bring_back(const Context& context);  // its machines, until all nodes answer
    [[nodiscard]] Duration restore_limit() const;
    // Saving this stage of the chain spares no later run anything: told, and not done.
    [[nodiscard]] bool pass_over(std::size_t number, const Context& context);
    [[nodiscard]] std::string why_not_worth_saving(std::size_t number, const Context& context) const;
    [[nodiscard]] bool reached_before(const std::string& key) const;  // by an earlier run of the scenario
    void settle(const std::string& stage, const Context& context);
    void find_instant(const Context& context);
    [[nodiscard]] bool saves_after(const std::string& stage) const;
    void save_checkpoint(const std::string& stage, const Context& context);
    void save_settled(std::size_t number, const Context& context);  // the chain's stage of this number
    void note_ready_nodes(const Context& context);
    void write_checkpoint_record() const;
    void note_progress();                                     // how far the steps have come, into state_
    [[nodiscard]] checkpoint::KeyChain chain_of_now() const;  // of the stages that have ended
    events::Outcome run_chapter(const std::vector<std::size_t>& steps, const Context& context);
    [[nodiscard]] std::vector<std::vector<std::size_t>> chapters() const;
    // How much longer than on a quick host things take here.
    [[nodiscard]] double time_factor() const;
    // The last task of the stage in which components are swapped.
    events::Outcome settle_swapped(const std::string& node, const Context& context);
    [[nodiscard]] Duration settle_limit() const;
    // What something takes an idle host of each kind.
    struct Usual {
        std::chrono::seconds emulated{};
        std::chrono::seconds accelerated{};
    };
    // What took so much longer than usual tells how busy this host is: "WHO 3.0 times as long as expected WHAT".
    void learn_slowness(Duration took, const Usual& usual, const std::string& who, const std::string& what);
    [[nodiscard]] double slowness_by(Duration took, const Usual& usual) const;
    void tell_slowness(const std::string& what_took);
    [[nodiscard]] guest::Node& guest(const std::string& name);
    [[nodiscard]] std::vector<guest::Node*> guests() const;
    // Those whose machine runs, whose kernel lives, and to whom the network leads.
    [[nodiscard]] std::vector<guest::Node*> within_reach();
    // The line of a node's console after which nothing more is to be expected of it.
    [[nodiscard]] static std::optional<std::string> last_words_of(guest::Node& guest);
    [[nodiscard]] const CellNode& control_plane() const;  // the first
    check::ClusterView& view(const Context& context);
    [[nodiscard]] std::string read_kubeconfig(const Context& context);

    const Parts& parts_;
    events::Bus& bus_;
    const RunStore& runs_;
    const Cell& cell_;
    const CellOptions& options_;
    RunInfo& info_;
    RunFolder folder_;
    std::vector<CellNode> nodes_;
    Supply supply_;
    std::optional<provision::Profile> profile_;
    provision::Plan plan_;
    ClusterState state_;
    checkpoint::KeyChain chain_;            // of the plan's stages; empty without a keeper
    checkpoint::RunStages record_;          // the same, with what came of looking for them and of saving
    std::unique_ptr<HeldCheckpoint> held_;  // what the nodes' disks are built upon
    std::optional<TimePoint> restored_at_;  // its nodes went on then
    std::string held_name_;                 // its stage, or what a person calls it
    std::set<std::string> unusable_;        // keys of checkpoints that did not come back
    std::set<std::string> refused_;         // those of them that give way to what this run saves
    std::set<std::string> passed_stages_;   // all of their steps have passed, in this run
    bool set_up_ = false;                   // all steps have
    bool taken_over_ = false;               // the kept cluster's machines were ended
    bool cut_short_ = false;
    std::size_t shared_stages_ = 0;             // so many of the chain's are as without the scenario's mutations
    std::size_t done_stages_ = 0;               // so many of the plan's stages came out of a checkpoint
    std::atomic<bool> standing_still_ = false;  // the machines do, because they are being saved
    std::string reason_;
    std::unique_ptr<ClusterNetwork> network_;
    std::vector<std::unique_ptr<guest::Node>> guests_;
    std::unique_ptr<StepRunner> steps_;
    std::unique_ptr<check::ClusterView> view_;
    std::unique_ptr<CheckSeries> checks_;
    SwapWatch swap_watch_;
    std::optional<check::RestartBaseline> settled_;  // after a swap
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
