// The chapters of a cell in which it goes on from a checkpoint, and in which it saves one.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/engine/as_saved.h"
#include "harness/engine/cell_session.h"
#include "harness/engine/cluster_restorer.h"
#include "harness/engine/cluster_saver.h"
#include "harness/engine/host_sleep.h"
#include "harness/engine/state_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

using events::Checkpoint;
using namespace std::chrono_literals;

// Until all nodes answer with the right time, and then until the API server calls them Ready. Each takes emulated
// guests some seconds on an idle host; one that was slower when it was saved, or is now, has a multiple.
constexpr auto kRestoreLimit = 3min;
// What the first of them takes on the slowest idle host known. Source: measured, two Debian nodes at once.
constexpr std::chrono::seconds kBackEmulated{15};
constexpr std::chrono::seconds kBackAccelerated{8};
constexpr auto kSaveLimit = 5min;
// A cluster that is slower is saved as it is.
constexpr auto kSettleLimit = 90s;
// What it takes to save a checkpoint on a host that does not emulate, generously.
constexpr auto kWorthSaving = 10s;

// What `body` returns; it gets a context with the limit. Says so when that was nearly used up.
template <typename Body>
auto within(Duration limit, const std::string& what, events::Bus& bus, const Context& context, Body&& body) {
    const auto start = context.clock->now();
    auto result = body(context.with_timeout(limit));
    if (const auto near = near_limit(context.clock->now() - start, limit)) bus.info(what + " " + *near);
    return result;
}

// They are, by its key; unless somebody else wrote it.
void require_same_nodes(const ClusterState& saved, const ClusterState& now) {
    const bool same = std::equal(saved.nodes.begin(), saved.nodes.end(), now.nodes.begin(), now.nodes.end(),
                                 [](const StateNode& a, const StateNode& b) { return a.node.name() == b.node.name(); });
    if (!same) throw Error(ErrorKind::environment, "its nodes are others than the scenario's");
}

}  // namespace

void CellSession::find_checkpoint(std::size_t end, const Context& context) {
    held_.reset();
    done_stages_ = 0;
    for (std::size_t stage = end; stage-- > 0;) {
        const auto& name = chain_[stage].stage;
        if (!options_.checkpoints.from.empty() && name != options_.checkpoints.from) continue;
        std::string why;
        held_ = parts_.checkpoints->find(chain_until(stage + 1), why, context);
        Checkpoint news{held_ ? Checkpoint::What::hit : Checkpoint::What::miss, name, chain_[stage].key, why};
        record_.stages[stage].hit = held_ != nullptr;
        record_.stages[stage].why = why;
        if (held_ || options_.checkpoints.save.contains(name)) bus_.publish(news);
        if (!held_) continue;
        held_name_ = name;
        done_stages_ = stage + 1;
        return;
    }
}

checkpoint::KeyChain CellSession::chain_until(std::size_t stages) const {
    return {chain_.begin(), chain_.begin() + static_cast<std::ptrdiff_t>(stages)};
}

void CellSession::require_stage_to_go_on_from() const {
    const auto& from = options_.checkpoints.from;
    if (from.empty() || held_) return;
    throw Error(ErrorKind::usage, fmt::format("--from {}: there is no checkpoint of this stage to go on from", from),
                "run without --from, or see what differs: " + runs_.next_command()("cache explain", {"RUN", from}));
}

bool CellSession::restore(const Context& context) {
    const auto fresh = state_;
    while (held_) {
        if (try_restore(fresh, context)) return true;
        find_checkpoint(done_stages_ - 1, context);
        require_stage_to_go_on_from();
    }
    start_machines(context);
    return false;
}

bool CellSession::try_restore(const ClusterState& fresh, const Context& context) {
    const auto start = context.clock->now();
    const auto key = held_->key();
    try {
        restore_held(context);
        Checkpoint news{Checkpoint::What::restored, held_name_, key};
        news.took = context.clock->now() - start;
        bus_.publish(news);
        return true;
    } catch (const Error& error) {
        view_.reset();
        guests_.clear();
        for (const auto& node : state_.nodes) parts_.hypervisor.destroy(node.node.machine);
        state_ = fresh;
        for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i] = fresh.nodes[i].node;
        if (context.cancelled()) throw;
        held_.reset();
        unusable_.insert(key);
        // What is damaged is gone already. Any other reason may be the host's of today, a busy one's above all: it
        // stays, and gives way to the one that this run saves.
        const bool late = error.kind() == ErrorKind::timeout;
        if (!late) refused_.insert(key);
        bus_.publish(Checkpoint{Checkpoint::What::miss, held_name_, key,
                                fmt::format("it could not be restored: {}", error.what())});
        return false;
    }
}

void CellSession::restore_held(const Context& context) {
    auto saved = usable_state(*held_);
    require_same_nodes(saved, state_);
    // What lies on this machine is this run's; what the guests know of themselves is theirs.
    for (std::size_t i = 0; i < saved.nodes.size() && i < state_.nodes.size(); ++i) {
        saved.nodes[i].kernel = state_.nodes[i].kernel;
        saved.nodes[i].initrd = state_.nodes[i].initrd;
        saved.nodes[i].node.asked = state_.nodes[i].node.asked;
    }
    saved.served = supply_.served;
    saved.origin = state_.origin;
    saved.stage = chain_[done_stages_ - 1].stage;
    saved.begun = false;
    state_ = std::move(saved);
    write_run_info();
    bring_back(context);
    for (std::size_t i = 0; i < state_.nodes.size(); ++i) nodes_.at(i) = state_.nodes[i].node;
    for (const auto& node : state_.nodes) {
        cleanup_.add("end " + node.node.name(),
                     [this, machine = node.node.machine] { parts_.hypervisor.destroy(machine); });
    }
    if (has_ready_nodes(state_)) {
        const auto pods_are =
            within(restore_limit(), "waiting for its nodes to be Ready again", bus_, context,
                   [&](const auto& inner) { return await_as_saved(view(inner), state_, bus_, inner); });
        if (!pods_are.empty()) bus_.info("not all pods run as they did when it was saved: " + pods_are);
    }
    write_file(folder_.state(), to_json(state_), 0600);
}

Duration CellSession::restore_limit() const {
    return std::chrono::duration_cast<Duration>(kRestoreLimit * state_.slowness);
}

// How long it takes until the nodes answer tells how slow this host is now: the boot that told it may have been a week
// ago, in the run that made the checkpoint.
void CellSession::bring_back(const Context& context) {
    const auto start = context.clock->now();
    ClusterRestorer restorer(parts_, bus_, folder_, info_.id);
    guests_ = within(restore_limit(), "restoring it", bus_, context,
                     [&](const auto& inner) { return restorer.restore(*held_, state_, *network_, inner); });
    restored_at_ = context.clock->now();
    learn_slowness(*restored_at_ - start, {kBackEmulated, kBackAccelerated}, "the restored nodes took", "to answer");
}

bool CellSession::saves_after(const std::string& stage) const {
    return parts_.checkpoints != nullptr && options_.checkpoints.save.contains(stage);
}

// The first check after the set-up waits for the pods anyway.
void CellSession::settle(const std::string& stage, const Context& context) {
    state_.restarts.clear();  // those of an earlier stage
    const auto& stages = cell_.recipe.stages;
    const auto first = std::find(stages.begin(), stages.end(), cell_.recipe.pods_run_after);
    if (std::find(first, stages.end(), stage) == stages.end()) return;
    const auto limit = std::chrono::duration_cast<Duration>(kSettleLimit * state_.slowness);
    try {
        const auto limited = context.with_timeout(limit);
        const auto unsettled = await_settled(view(limited), state_, bus_, limited);
        if (!unsettled.empty() && !context.done()) bus_.info("it is saved as it is: " + unsettled);
    } catch (const Error&) {
        // It is saved as it is.
    }
    context.throw_if_done("waiting for the pods");
}

bool CellSession::pass_over(std::size_t number, const Context& context) {
    if (options_.checkpoints.asked) return false;
    const auto why = why_not_worth_saving(number, context);
    if (why.empty()) return false;
    const auto& stage = chain_[number].stage;
    record_.stages[number].why = why;
    write_checkpoint_record();
    bus_.info(fmt::format("no checkpoint of {} is saved: {} (--save {} does)", stage, why, stage));
    return true;
}

std::string CellSession::why_not_worth_saving(std::size_t number, const Context& context) const {
    const auto& key = chain_[number].key;
    if (unusable_.contains(key)) return {};  // there was one, and people count on it
    if (restored_at_) {
        const auto since = context.clock->now() - *restored_at_;
        if (since <= std::chrono::duration_cast<Duration>(kWorthSaving * time_factor())) {
            return fmt::format("it was reached {} after that of {} was restored, and saving it takes as long",
                               to_short_string(since), held_name_);
        }
    }
    // A failure that is reproduced: others go on from before the change that causes it.
    if (cell_.scenario.expect && number >= shared_stages_ && !reached_before(key)) {
        return "the scenario is expected to fail, and its changes are run for the first time";
    }
    return {};
}

bool CellSession::reached_before(const std::string& key) const {
    constexpr std::size_t kLookedAt = 20;
    std::size_t looked_at = 0;
    const auto all = runs_.list();
    for (auto run = all.rbegin(); run != all.rend() && looked_at < kLookedAt; ++run) {
        if (run->id == info_.id || run->scenario != info_.scenario) continue;
        ++looked_at;
        try {
            const auto record = checkpoint::read_run_stages(runs_.folder(run->id).checkpoints());
            const auto is_it = [&](const checkpoint::RunStage& stage) { return stage.key.key == key; };
            if (std::ranges::any_of(record.stages, is_it)) return true;
        } catch (const Error&) {
            // It ended before it had any, or its record is damaged.
        }
    }
    return false;
}

// A run without a checkpoint is still a run: what goes wrong is told and no more.
void CellSession::save_checkpoint(const std::string& stage, const Context& context) {
    const auto found = std::find_if(chain_.begin(), chain_.end(), [&](const auto& s) { return s.stage == stage; });
    const auto number = static_cast<std::size_t>(found - chain_.begin());
    if (!state_.savable || pass_over(number, context)) return;
    this->stage("save " + stage, context, [&] {
        settle(stage, context);
        save_settled(number, context);
    });
}

void CellSession::save_settled(std::size_t number, const Context& context) {
    const auto& stage = chain_[number].stage;
    const auto& key = chain_[number].key;
    auto& record = record_.stages[number];
    const auto start = context.clock->now();
    standing_still_ = true;
    // A run from nothing takes the place of what an earlier one left, and whoever saves that of one that was refused.
    if (!options_.checkpoints.resume || refused_.contains(key)) parts_.checkpoints->drop(key);
    try {
        const auto limited = context.with_timeout(kSaveLimit);
        note_ready_nodes(limited);
        state_.outputs = steps_->outputs();
        state_.stage = stage;
        state_.begun = false;
        ClusterSaver saver(parts_.hypervisor, *parts_.checkpoints, folder_);
        auto saved = saver.save(state_, guests(), {chain_until(number + 1), cell_.scenario.name}, limited);
        held_ = std::move(saved.held);
        Checkpoint news{Checkpoint::What::saved, stage, key};
        news.took = context.clock->now() - start;
        news.paused = saved.paused;
        news.bytes = held_->bytes();
        bus_.publish(news);
        record.saved = true;
        write_file(folder_.state(), to_json(state_), 0600);
    } catch (const std::exception& error) {
        record.why = error.what();
        bus_.publish(Checkpoint{Checkpoint::What::not_saved, stage, key, error.what()});
    }
    standing_still_ = false;
    write_checkpoint_record();
}

void CellSession::write_checkpoint_record() const {
    checkpoint::write_run_stages(folder_.checkpoints(), record_);
}

void CellSession::keep(const Context& context) noexcept {
    cleanup_.dismiss();
    if (!started()) return;  // a redo that was refused: all is as it was
    if (checks_) checks_->clean_up(context);
    try {
        note_progress();
        write_file(folder_.state(), to_json(state_), 0600);
        note_awake(folder_, slept_so_far());
    } catch (const std::exception& error) {
        bus_.warn(std::string("it is not written down how far the cluster has come: ") + error.what());
    }
    if (!held_) return;
    try {
        parts_.checkpoints->hold(info_.id, held_->key());
    } catch (const std::exception& error) {
        bus_.warn(std::string("the checkpoint that the cluster stands on may be evicted: ") + error.what());
    }
}

void CellSession::note_ready_nodes(const Context& context) {
    forget_readiness(state_);
    try {
        note_readiness(view(context), state_, context);
    } catch (const Error&) {
        // There is no API server at this stage.
    }
}

}  // namespace crib::engine
