// crib cache: the checkpoints on this machine.

#include "harness/base/error.h"
#include "harness/base/size_limit.h"
#include "harness/base/text.h"
#include "harness/check/table.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/checkpoint/store.h"
#include "harness/cli/cache_sweep.h"
#include "harness/cli/commands.h"
#include "harness/cli/signals.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::cli {
namespace {

constexpr std::size_t kShortKey = 12;

std::string size_of(std::uint64_t bytes) {
    return to_string(ByteSize{bytes});
}

std::string standing_of(const checkpoint::Listed& one) {
    auto words = one.holds;
    for (auto& word : words) word.insert(0, "run ");
    if (words.empty() && one.in_use) words.emplace_back("in use");
    return words.empty() ? "-" : join(words, ", ");
}

checkpoint::Listed find_one(const checkpoint::Store& store, const std::string& name) {
    if (auto found = store.find(name)) return std::move(*found);
    throw Error(ErrorKind::usage, fmt::format("there is no checkpoint \"{}\", or several whose keys begin so", name),
                "see: crib cache ls");
}

std::string title_of(const checkpoint::Listed& one) {
    return fmt::format("{} ({} of {})", one.entry.key().substr(0, kShortKey), one.entry.stage(), one.entry.scenario);
}

// True when it is gone.
bool remove_one(Output& output, checkpoint::Store& store, const checkpoint::Listed& one, const Context& context) {
    const auto removed = store.remove(one.entry.key(), context);
    const auto title = title_of(one);
    if (removed == checkpoint::Removed::in_use) output.print("kept {}: {}\n", title, standing_of(one));
    if (removed == checkpoint::Removed::yes) output.print("removed {}\n", title);
    return removed != checkpoint::Removed::in_use;
}

// True when it would be gone. `one` without the holds of runs that are not there any more.
bool look_at_one(Output& output, const checkpoint::Listed& one) {
    const bool stays = one.in_use || !one.holds.empty();
    if (stays) {
        output.print("would keep {}: {}\n", title_of(one), standing_of(one));
    } else {
        output.print("would remove {}: {}, less what others share\n", title_of(one), size_of(one.entry.bytes()));
    }
    return !stays;
}

void release_dead(checkpoint::Store& store, const Services& services) {
    const auto alive = alive_runs(services);
    for (const auto& one : store.list()) {
        for (const auto& owner : one.holds) {
            if (!alive(owner)) store.release(owner);
        }
    }
}

}  // namespace

int execute(Services& services, const CacheListCommand& command) {
    const auto store = checkpoint_store(services);
    const auto list = store.list();
    if (command.json) {
        services.output.print_json(checkpoint::listing_json(list));
        return 0;
    }
    const auto now = services.clock.wall_now();
    const auto age = [&](WallTime then) {
        return check::human_age(std::chrono::duration_cast<std::chrono::seconds>(now - then));
    };
    std::vector<std::vector<std::string>> rows{{"KEY", "STAGE", "SCENARIO", "SIZE", "AGE", "USED", "BY", "NAMES"}};
    for (const auto& one : list) {
        const auto& entry = one.entry;
        rows.push_back({entry.key().substr(0, kShortKey), entry.stage(), entry.scenario, size_of(entry.bytes()),
                        age(entry.created), age(entry.used), standing_of(one), join(one.names, ", ")});
    }
    if (!list.empty()) services.output.print_lines(check::format_table(rows));
    services.output.print("{} checkpoint{}, {} of at most {}, in {}\n", list.size(), list.size() == 1 ? "" : "s",
                          size_of(store.usage()), to_string(services.cache_limit()), store.folder().string());
    return 0;
}

int execute(Services& services, const CacheRemoveCommand& command) {
    auto store = checkpoint_store(services);
    const auto context = services.context();
    std::vector<checkpoint::Listed> list;
    if (command.all) list = store.list();
    for (const auto& name : command.names) list.push_back(find_one(store, name));
    if (list.empty()) services.output.print("there are no checkpoints\n");
    bool all_gone = true;
    if (command.dry_run) {
        services.only_looks = true;
        const auto alive = alive_runs(services);
        for (auto& one : list) {
            std::erase_if(one.holds, [&](const std::string& owner) { return !alive(owner); });
            all_gone = look_at_one(services.output, one) && all_gone;
        }
    } else {
        release_dead(store, services);
        for (const auto& one : list) all_gone = remove_one(services.output, store, one, context) && all_gone;
    }
    if (command.all) services.output.print_lines(to_text(store.unreadable()));
    return all_gone || command.all ? 0 : 3;
}

int execute(Services& services, const CacheCollectCommand& command) {
    auto limit = services.cache_limit();
    if (!command.limit.empty()) {
        const auto given = ByteSize::parse(command.limit);
        if (!given) {
            const auto* what = is_too_large_a_size(command.limit) ? "this is too large a size" : "this is no size";
            throw Error(ErrorKind::usage, fmt::format("--limit {}: {}", command.limit, what), "e.g. 10GiB");
        }
        limit = *given;
    }
    services.only_looks = command.dry_run;
    const auto sweep = sweep_of(command.dry_run);
    const auto swept = sweep_caches(services, limit, sweep);
    services.output.print_lines(to_text(swept, sweep) + to_text(swept.left_alone));
    services.output.print("checkpoints: {} {} of at most {}\n", size_of(swept.checkpoints.left),
                          command.dry_run ? "would be left" : "left", to_string(limit));
    if (swept.checkpoints.over)
        services.output.print("what is left is in use or has a name: crib down, crib cache rm\n");
    return 0;
}

int execute(Services& services, const CacheVerifyCommand& command) {
    Interrupts interrupts({});
    services.only_looks = command.dry_run;
    auto store = checkpoint_store(services);
    const auto dropped = store.verify(services.context().with_stop(interrupts.stop()), sweep_of(command.dry_run));
    const auto* removed = command.dry_run ? "would remove" : "removed";
    for (const auto& one : dropped) {
        services.output.print("{} {}{}: {}\n", removed, one.key.substr(0, kShortKey),
                              one.stage.empty() ? "" : " (" + one.stage + ")", one.why);
    }
    const auto all = store.list();
    const auto good = std::count_if(all.begin(), all.end(), [&](const checkpoint::Listed& one) {
        return std::none_of(dropped.begin(), dropped.end(),
                            [&](const checkpoint::Dropped& bad) { return bad.key == one.entry.key(); });
    });
    services.output.print("{} checkpoint{} good, {} damaged\n", good, good == 1 ? " is" : "s are", dropped.size());
    return dropped.empty() ? 0 : 1;
}

int execute(Services& services, const CacheExplainCommand& command) {
    const auto run = services.runs.load(command.run);
    const auto file = services.runs.folder(run.id).checkpoints();
    if (!std::filesystem::exists(file)) {
        throw Error(ErrorKind::usage, fmt::format("run {} has no record of its stages' keys", run.id),
                    "it ended before it had any, or ran where no checkpoints are made");
    }
    const auto stages = checkpoint::read_run_stages(file);
    const auto chain = stages.chain(command.stage);
    const auto stage = std::find_if(stages.stages.begin(), stages.stages.end(),
                                    [&](const checkpoint::RunStage& one) { return one.key.stage == command.stage; });
    const auto store = checkpoint_store(services);
    std::vector<checkpoint::KeyChain> existing;
    for (auto& one : store.list()) existing.push_back(std::move(one.entry.chain));
    const auto why = checkpoint::explain(chain, existing);
    services.output.print("{} of {} has the key {}\n", command.stage, run.id,
                          checkpoint::key_of(chain).substr(0, kShortKey));
    services.output.print("then: {}{}{}\n", stage->hit ? "a checkpoint was there" : "there was no checkpoint",
                          stage->saved ? ", and the run saved one" : "", stage->why.empty() ? "" : ": " + stage->why);
    if (why.hit) {
        services.output.print("now: a checkpoint of this key is there\n");
    } else if (why.nearest.empty()) {
        services.output.print("now: {}\n", join(why.sentences, ", "));
    } else {
        services.output.print("now: none has this key; {} agrees longest, up to {}:\n",
                              why.nearest.substr(0, kShortKey), why.stage);
        for (const auto& sentence : why.sentences) services.output.print("  {}\n", sentence);
    }
    if (command.entries) services.output.print_lines("\n" + checkpoint::to_text(chain));
    return 0;
}

}  // namespace crib::cli
