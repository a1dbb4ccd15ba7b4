// The chapter of a cell in which a cluster that failed, and is about to be cleaned up, is saved as it is.

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/engine/cell_session.h"
#include "harness/engine/cluster_saver.h"
#include "harness/engine/stage_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

using events::Checkpoint;
using namespace std::chrono_literals;

// A node that says nothing more must not hold up the run's end.
constexpr auto kLookLimit = 10s;

}  // namespace

std::string CellSession::save_failure(const Context& context) noexcept {
    const auto name = info_.id + "-failed";
    const auto start = context.clock->now();
    try {
        if (parts_.checkpoints == nullptr || !state_.savable) {
            throw Error(ErrorKind::environment, "no checkpoint of this cluster can be saved any more");
        }
        if (within_reach().size() != nodes_.size()) throw Error(ErrorKind::guest, "a node is out of reach");
        note_ready_nodes(context.with_timeout(kLookLimit));
        note_progress();
        const auto chain = checkpoint::extend(
            chain_of_now(), name,
            {checkpoint::text("saved at the failure of run", info_.id),
             checkpoint::text("at", to_iso8601(context.clock->wall_now())), hypervisor_entry(state_.hypervisor)});
        ClusterSaver saver(parts_.hypervisor, *parts_.checkpoints, folder_);
        const auto saved = saver.save(state_, guests(), {chain, cell_.scenario.name}, context);
        parts_.checkpoints->name(name, saved.held->key(), context);
        Checkpoint news{Checkpoint::What::saved, name, saved.held->key()};
        news.took = context.clock->now() - start;
        news.paused = saved.paused;
        news.bytes = saved.held->bytes();
        bus_.publish(news);
        return name;
    } catch (const std::exception& error) {
        bus_.publish(Checkpoint{Checkpoint::What::not_saved, name, {}, error.what()});
        return {};
    }
}

checkpoint::KeyChain CellSession::chain_of_now() const {
    const auto last = std::find(plan_.stages.begin(), plan_.stages.end(), state_.stage);
    if (last == plan_.stages.end() || chain_.empty()) return {};
    return chain_until(static_cast<std::size_t>(last - plan_.stages.begin()) + 1);
}

}  // namespace crib::engine
