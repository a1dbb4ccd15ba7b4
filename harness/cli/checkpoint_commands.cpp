// Commands on the instants of kept clusters: checkpoint, restore, rewind, fork.

#include "harness/base/error.h"
#include "harness/base/size.h"
#include "harness/base/text.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/cli/commands.h"
#include "harness/cli/signals.h"
#include "harness/cli/workshop.h"
#include "harness/engine/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace crib::cli {
namespace {

using engine::RunInfo;

constexpr std::chrono::minutes kLimit{10};

std::string seconds(const Context& context, TimePoint since) {
    return to_short_string(context.clock->now() - since);
}

// The checkpoint of a stage of this run, or the one that a person has named.
std::string key_to_rewind_to(const Services& services, const RunInfo& run, const std::string& to) {
    const auto file = services.runs.folder(run.id).checkpoints();
    if (!std::filesystem::exists(file)) return to;
    for (const auto& stage : checkpoint::read_run_stages(file).stages) {
        if (stage.key.stage == to) return stage.key.key;
    }
    return to;
}

// The forks run beside the cluster that they come from.
void say_crowding(const Services& services, const RunInfo& run, std::size_t forks) {
    const auto nodes = run.nodes.size() * (forks + 1);
    const auto kind = run.acceleration == "kvm" ? hypervisor::Acceleration::kvm : hypervisor::Acceleration::tcg;
    const auto word = engine::crowding(nodes, engine::look_at_host(services.folders.state).cores, kind);
    if (!word) return;
    fmt::print(stderr, "crib: {}; crib checkpoint {} NAME, crib down {} and crib restore NAME leave out the first\n",
               *word, run.id, run.id);
}

}  // namespace

int execute(Services& services, const CheckpointCommand& command) {
    const auto owned = own(services, command.run);
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    Workshop shop(services, owned.run.driver(), services.runs.folder(owned.run.id));
    const auto start = context.clock->now();
    const auto saved = shop.cluster().save(owned.run, command.name, context);
    shop.store().name(command.name, saved.key, context);
    fmt::print("{} is saved as {} in {}: {}, the nodes stood still for {}\n", owned.run.id, command.name,
               seconds(context, start), to_string(ByteSize{saved.bytes}), to_short_string(saved.paused));
    return 0;
}

int execute(Services& services, const RewindCommand& command) {
    const auto owned = own(services, command.run);
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    Workshop shop(services, owned.run.driver(), services.runs.folder(owned.run.id));
    const auto start = context.clock->now();
    const auto held = shop.checkpoints().named(key_to_rewind_to(services, owned.run, command.to), context);
    shop.cluster().rewind(owned.run, *held, context);
    fmt::print("{} is back at {} after {}\n", owned.run.id, command.to, seconds(context, start));
    return 0;
}

int execute(Services& services, const RestoreCommand& command) {
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    checkpoint::Store store(services.runner, services.clock, services.folders.cache / "checkpoints");
    const auto listed = store.find(command.name);
    const auto scenario = listed ? listed->entry.scenario : std::string("restored");
    const auto start = context.clock->now();
    engine::StoredCheckpoints checkpoints(store, services.cache_limit(), {}, services.folders.runs());
    const auto held = checkpoints.named(command.name, context);
    auto created = services.runs.create(command.as.empty() ? scenario : command.as, services.clock);
    created.info.scenario = scenario;
    created.info.hypervisor_uri = hypervisor::kEmbeddedUri;
    Workshop shop(services, created.info.hypervisor_uri, created.folder);
    shop.cluster().restore(created, *held, context);
    fmt::print("{} runs, from checkpoint {}, after {}\n", created.info.id, command.name, seconds(context, start));
    say_how_to_use(created.info);
    return 0;
}

// The embedded driver has one root a process, so each new run is made by a crib of its own, all at once.
int execute(Services& services, const ForkCommand& command) {
    std::string key;
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    {
        const auto owned = own(services, command.run);
        Workshop shop(services, owned.run.driver(), services.runs.folder(owned.run.id));
        const auto start = context.clock->now();
        const auto saved = shop.cluster().save(owned.run, "forked", context);
        key = saved.key;
        fmt::print("{} is saved in {}, the nodes stood still for {}\n", owned.run.id, seconds(context, start),
                   to_short_string(saved.paused));
        say_crowding(services, owned.run, command.count);
    }
    std::vector<process::Result> results(command.count);
    {
        std::vector<std::jthread> threads;
        for (auto& result : results) {
            threads.emplace_back([&] {
                process::Command crib;
                crib.program = std::filesystem::read_symlink("/proc/self/exe").string();
                crib.args = {"restore", key.substr(0, 12)};
                if (!services.given_state.empty()) crib.args.insert(crib.args.end(), {"--state", services.given_state});
                result = services.runner.run(crib, context);
            });
        }
    }
    bool all_well = true;
    for (const auto& result : results) {
        fmt::print("{}", result.out);
        if (!result.ok()) fmt::print(stderr, "crib: a fork {}: {}\n", result.how_it_ended(), last_lines(result.err, 4));
        all_well = all_well && result.ok();
    }
    return all_well ? 0 : 3;
}

}  // namespace crib::cli
