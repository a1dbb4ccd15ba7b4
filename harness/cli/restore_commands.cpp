// Commands that make new clusters of an instant: restore, fork.

#include "harness/base/cleanup.h"
#include "harness/base/error.h"
#include "harness/base/owned_folder.h"
#include "harness/base/text.h"
#include "harness/capsule/manifest.h"
#include "harness/cli/commands.h"
#include "harness/cli/signals.h"
#include "harness/cli/workshop.h"
#include "harness/engine/host.h"
#include "harness/engine/offered_memory.h"
#include "harness/hypervisor/libvirt/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kLimit{10};
constexpr std::chrono::minutes kGrace{5};  // for a copy that is to stop: it ends its machines first

// How many emulated machines there are for the cores, when they are too many.
std::optional<std::string> crowding(const Services& services, const engine::ClusterState& cluster, std::size_t count) {
    return engine::crowding(cluster.nodes.size() * count, engine::look_at_host(services.folders.state).cores,
                            cluster.acceleration);
}

// Each copy has the limit of one, and tells its own reason when it comes to it.
Duration limit_of(std::size_t copies, std::size_t side_by_side) {
    const auto rounds = (copies + side_by_side - 1) / side_by_side;
    return kLimit * static_cast<int>(rounds) + kGrace;
}

std::size_t at_once(const Services& services, const engine::ClusterState& cluster) {
    return engine::clusters_at_once(cluster.nodes.size(), engine::look_at_host(services.folders.state).cores,
                                    cluster.acceleration);
}

checkpoint::Lease lease_of(checkpoint::Store& store, const std::string& key, const Context& context) {
    auto opened = store.open(key, context);
    if (!opened.lease) throw Error(ErrorKind::environment, "the checkpoint is gone: " + opened.why);
    return std::move(*opened.lease);
}

// Several clusters of one checkpoint at once. The embedded driver has one root a process, so each is made by a crib of
// its own; this one unpacks the memory, which the machines of all of them map.
class Copies {
public:
    // A second interrupt also hurries the copies.
    // A checkpoint that has no name is called by the beginning of its key.
    struct Words {
        std::string name;
        std::string as;
    };
    Copies(Services& services, checkpoint::Lease& lease, std::size_t count, const Words& words, std::size_t at_once,
           const Interrupts& interrupts)
        : services_(services),
          lease_(lease),
          words_(words),
          at_once_(at_once),
          hurry_(interrupts.hurry()),
          folder_(services.folders.state / "copies", "crib-copies"),
          results_(count) {
        lease_.share_memory(count);
    }

    // crib's exit code.
    int make(const Context& context) {
        std::stop_source broken;
        const std::stop_callback pass_on(context.stop, [&] { broken.request_stop(); });
        const auto inner = context.with_stop(broken.get_token());
        std::exception_ptr unpacking;
        engine::OfferedMemory memory(lease_, folder_.path(), inner);
        {
            std::atomic<std::size_t> next = 0;
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < std::min(at_once_, results_.size()); ++i) {
                threads.emplace_back([&] {
                    for (auto mine = next++; mine < results_.size(); mine = next++) make_one(mine, inner);
                });
            }
            try {
                memory.unpack(inner);
            } catch (...) {
                unpacking = std::current_exception();
                broken.request_stop();  // they would wait for it
            }
        }
        if (unpacking) std::rethrow_exception(unpacking);
        for (const auto& result : results_) services_.output.print_lines(result.out);
        context.throw_if_done("making the copies");
        bool all_well = true;
        for (std::size_t i = 0; i < results_.size(); ++i) {
            if (results_[i].ok()) continue;
            services_.output.say("crib: copy {} {}\n", i + 1, results_[i].how_it_ended());
            all_well = false;
        }
        return all_well ? 0 : 3;
    }

private:
    void make_one(std::size_t i, const Context& context) {
        try {
            results_[i] = services_.runner.run(command(i), context);
        } catch (const std::exception& problem) {
            results_[i].end = process::Exited{3};
            services_.output.say("copy {}: {}\n", i + 1, problem.what());
        }
    }

    [[nodiscard]] process::Command command(std::size_t i) const {
        process::Command crib;
        crib.program = fs::read_symlink("/proc/self/exe").string();
        crib.args = {"restore", lease_.entry().key().substr(0, kKeyDigits), "--memory-from", folder_.path().string()};
        if (!words_.as.empty()) crib.args.insert(crib.args.end(), {"--as", words_.as});
        if (!words_.name.empty()) crib.args.push_back("--called=" + words_.name);
        if (!services_.given_state.empty()) crib.args.insert(crib.args.end(), {"--state", services_.given_state});
        crib.on_err = [this, i](std::string_view line) { services_.output.say("copy {}: {}\n", i + 1, line); };
        crib.ends_with_crib = true;
        crib.grace = kGrace;
        crib.again = hurry_;
        return crib;
    }

    Services& services_;
    checkpoint::Lease& lease_;
    Words words_;
    std::size_t at_once_;
    std::stop_token hurry_;
    OwnedTempFolder folder_;  // crib gc removes it when this process was killed
    std::vector<process::Result> results_;
};

void restore_here(Services& services, checkpoint::Store& store, const RestoreCommand& command, const Context& context) {
    const auto start = context.clock->now();
    engine::StoredCheckpoints checkpoints(store, services.cache_limit(), {}, services.folders.runs());
    const auto held = checkpoints.named(command.name, context, command.memory_from);
    const auto& shown = command.called.empty() ? command.name : command.called;
    auto state = state_of(*held, shown, services.folders.next_command);
    const auto listed = store.find(command.name);
    const bool has_scenario = listed && capsule::is_plain_name(listed->entry.scenario);  // others may have written it
    const auto scenario = has_scenario ? listed->entry.scenario : std::string("restored");
    hypervisor::require_limits_for_libvirt();
    auto created = services.runs.create(command.as.empty() ? scenario : command.as, services.clock);
    CleanupStack undo;
    undo.add("remove the run that was not to be", [&] { (void)services.runs.remove(created.info.id); });
    created.info.scenario = scenario;
    created.info.hypervisor_uri = hypervisor::kEmbeddedUri;
    Workshop shop(services, created.info.hypervisor_uri, created.folder, context);
    undo.dismiss();  // from now on the run's record tells what happens
    restore_or_record(services, shop, created, *held, std::move(state), context);
    services.output.print("{} runs, from checkpoint {}, after {}\n", created.info.id, shown, seconds(context, start));
    say_how_to_use(services, created.info);
}

}  // namespace

int execute(Services& services, const RestoreCommand& command) {
    require_run_name(command.as);
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    checkpoint::Store store(services.runner, services.clock, services.folders.cache / "checkpoints",
                            services.folders.next_command);
    if (command.copies == 1) {
        restore_here(services, store, command, context);
        return 0;
    }
    engine::StoredCheckpoints checkpoints(store, services.cache_limit(), {}, services.folders.runs());
    const auto held = checkpoints.named(command.name, context);
    const auto state = state_of(*held, command.name, services.folders.next_command);
    const auto word = crowding(services, state, command.copies);
    if (word) services.output.say("crib: {}\n", *word);
    auto lease = lease_of(store, held->key(), context);
    const auto side_by_side = at_once(services, state);
    const auto limit = limit_of(command.copies, side_by_side);
    return Copies(services, lease, command.copies, {command.name, command.as}, side_by_side, interrupts)
        .make(services.context().with_stop(interrupts.stop()).with_timeout(limit));
}

int execute(Services& services, const ForkCommand& command) {
    Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop()).with_timeout(kLimit);
    checkpoint::Store store(services.runner, services.clock, services.folders.cache / "checkpoints",
                            services.folders.next_command);
    std::optional<checkpoint::Lease> lease;
    std::size_t side_by_side = 1;
    {
        const auto owned = own(services, command.run);
        Workshop shop(services, owned.run.driver(), services.runs.folder(owned.run.id), context);
        const auto start = context.clock->now();
        const auto saved = shop.cluster().save(owned.run, "forked", context);
        lease = lease_of(store, saved.key, context);
        services.output.print("{} is saved in {}, the nodes stood still for {}\n", owned.run.id,
                              seconds(context, start), to_short_string(saved.paused));
        const auto state = engine::parse_cluster_state(lease->entry().payload);
        side_by_side = at_once(services, state);
        if (const auto word = crowding(services, state, command.count + 1)) {
            const auto& next_command = services.folders.next_command;
            services.output.say("crib: {}; {}, {} and {} leave out the first\n", *word,
                                next_command("checkpoint", {owned.run.id, "NAME"}),
                                next_command("down", {owned.run.id}),
                                next_command("restore", {"NAME"}, {"--copies", std::to_string(command.count)}));
        }
    }
    const auto limit = limit_of(command.count, side_by_side);
    return Copies(services, *lease, command.count, {}, side_by_side, interrupts)
        .make(services.context().with_stop(interrupts.stop()).with_timeout(limit));
}

}  // namespace crib::cli
