// Commands on the instants of kept clusters: checkpoint, rewind. New clusters of an instant: restore_commands.cpp.

#include "harness/base/error.h"
#include "harness/base/size.h"
#include "harness/base/text.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/cli/cache_sweep.h"
#include "harness/cli/commands.h"
#include "harness/cli/signals.h"
#include "harness/cli/workshop.h"

#include <fmt/format.h>

#include <utility>

namespace crib::cli {
namespace {

using engine::RunInfo;

constexpr std::chrono::minutes kLimit{10};

// The checkpoint of a stage of this run, or the one that a person has named.
std::string key_to_rewind_to(const Services& services, const RunInfo& run, const std::string& to) {
    const auto file = services.runs.folder(run.id).checkpoints();
    if (!std::filesystem::exists(file)) return to;
    for (const auto& stage : checkpoint::read_run_stages(file).stages) {
        if (stage.key.stage == to) return stage.key.key;
    }
    return to;
}

}  // namespace

int execute(Services& services, const CheckpointCommand& command) {
    // Saving takes a while, and makes the nodes stand still.
    checkpoint_store(services).require_free_name(command.name);
    const auto owned = own(services, command.run);
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    Workshop shop(services, owned.run.driver(), services.runs.folder(owned.run.id), context);
    const auto start = context.clock->now();
    const auto saved = shop.cluster().save(owned.run, command.name, context);
    with_note(fmt::format("{} is saved as {}, without a name", owned.run.id, saved.key.substr(0, kKeyDigits)),
              [&] { shop.store().name(command.name, saved.key, context); });
    services.output.print("{} is saved as {} in {}: {}, the nodes stood still for {}\n", owned.run.id, command.name,
                          seconds(context, start), to_string(ByteSize{saved.bytes}), to_short_string(saved.paused));
    return 0;
}

int execute(Services& services, const RewindCommand& command) {
    const auto owned = own(services, command.run);
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    auto store = checkpoint_store(services);
    engine::StoredCheckpoints checkpoints(store, services.cache_limit(), {}, services.folders.runs());
    const auto start = context.clock->now();
    const auto held = checkpoints.named(key_to_rewind_to(services, owned.run, command.to), context);
    auto state = state_of(*held, command.to, services.folders.next_command);
    Workshop shop(services, owned.run.driver(), services.runs.folder(owned.run.id), context);
    shop.cluster().rewind(owned.run, *held, std::move(state), context);
    services.output.print("{} is back at {} after {}\n", owned.run.id, command.to, seconds(context, start));
    return 0;
}

}  // namespace crib::cli
