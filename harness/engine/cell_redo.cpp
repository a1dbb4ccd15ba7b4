// The chapters of a cell whose cluster is there already, kept by an earlier crib: it goes back to before a step.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/engine/cell_session.h"
#include "harness/engine/cluster_restorer.h"
#include "harness/engine/cluster_state_file.h"
#include "harness/engine/instant_search.h"
#include "harness/engine/kept_network.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

// What an earlier crib wrote down of the run's stages; nothing of a run that came out of somebody else's capsule.
checkpoint::RunStages stages_of_run(const RunFolder& folder) {
    return std::filesystem::exists(folder.checkpoints()) ? checkpoint::read_run_stages(folder.checkpoints())
                                                         : checkpoint::RunStages{};
}

}  // namespace

void CellSession::prepare_redo(const Context& context) {
    supply_ = parts_.supplier.prepare(cell_.scenario, context);
    choose_acceleration(context);
    plan_steps();
    describe_cluster();
    key_stages();
    find_instant(context);
}

// held_ is what is found.
void CellSession::find_instant(const Context& context) {
    const InstantSearch search(*parts_.checkpoints,
                               {plan_, chain_, unusable_, info_.id, cell_.scenario.file.string(), runs_.next_command()},
                               stages_of_run(folder_), read_cluster_state(folder_));
    auto found = search.before(options_.redo, context);
    held_ = std::move(found.held);
    held_name_ = found.instant.name;
    done_stages_ = found.instant.stages;
    record_.stages[done_stages_ - 1].hit = true;
    const auto before = steps_before(plan_, options_.redo, done_stages_);
    bus_.info(fmt::format("back to {}, the last checkpoint before {}{}", held_name_, options_.redo,
                          before.empty() ? "" : "; run again before it: " + join(before, ", ")));
}

void CellSession::take_over(const Context& context) {
    const auto now = read_cluster_state(folder_);
    context.throw_if_done("taking the cluster over");
    network_ = network_again(parts_, bus_, folder_, now,
                             {info_.id, nodes_, supply_.served, cell_.scenario.internet, {}}, context);
    if (options_.before_taking_over) options_.before_taking_over();
    // From here on the run is what the scenario says now.
    taken_over_ = true;
    write_lock();
    write_checkpoint_record();
    ClusterRestorer(parts_, bus_, folder_, info_.id).make_way(now);
    make_folder(folder_.disks());
    remove_in_run(folder_, folder_.kubeconfig().lexically_relative(folder_.path));
    for (const auto& node : nodes_) make_folder(folder_.node(node.name()));
}

void CellSession::go_back(const Context& context) {
    const auto fresh = state_;
    while (!try_restore(fresh, context)) {
        try {
            find_instant(context);
        } catch (const Error& error) {
            throw Error(ErrorKind::environment, fmt::format("{}; its machines have ended", error.what()),
                        runs_.next_command()("down", {info_.id}) + ", and crib run anew");
        }
    }
    // Now: it stands on it also when this crib is killed.
    parts_.checkpoints->hold(info_.id, held_->key());
}

}  // namespace crib::engine
