// crib cache: the checkpoints on this machine.

#include "harness/base/error.h"
#include "harness/base/short_words.h"
#include "harness/base/shown_word.h"
#include "harness/base/size_limit.h"
#include "harness/base/text.h"
#include "harness/check/table.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/checkpoint/store.h"
#include "harness/cli/cache_sweep.h"
#include "harness/cli/commands.h"
#include "harness/cli/printed.h"
#include "harness/cli/removal.h"
#include "harness/cli/signals.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace crib::cli {
namespace {

constexpr std::size_t kShortKey = 12;
constexpr std::size_t kMostDifferences = 40;

std::string size_of(std::uint64_t bytes) {
    return to_string(ByteSize{bytes});
}

std::string standing_of(const std::vector<checkpoint::Holder>& holders, bool in_use) {
    auto words = checkpoint::runs_of(holders);
    for (auto& word : words) word.insert(0, "run ");
    if (words.empty() && in_use) words.emplace_back("in use");
    return words.empty() ? "-" : join(words, ", ");
}

std::vector<std::string> names_of(const checkpoint::Store& store, const std::string& key) {
    std::vector<std::string> called;
    for (const auto& [name, other] : store.names()) {
        if (other == key) called.push_back(name);
    }
    return called;
}

checkpoint::Found find_one(const checkpoint::Store& store, const std::string& name) {
    auto found = store.look_up(name);
    if (!found) {
        throw Error(ErrorKind::usage,
                    fmt::format("there is no checkpoint \"{}\", or several whose keys begin so", name),
                    fmt::format("of a key, at least {} digits are needed; see: {}", checkpoint::kLeastDigits,
                                store.next_command()("cache ls")));
    }
    if (name == found->key) return std::move(*found);
    // What has a name goes by that name: the beginning of a key may be a slip.
    const auto called = names_of(store, found->key);
    if (!called.empty() && std::find(called.begin(), called.end(), name) == called.end()) {
        throw Error(ErrorKind::usage, fmt::format("checkpoint {} has a name: {}", name, join(called, ", ")),
                    "give that, or the whole key: " + store.next_command()("cache rm", {called.front()}));
    }
    return std::move(*found);
}

std::vector<checkpoint::Found> chosen_by(const CacheRemoveCommand& command, const checkpoint::Store& store) {
    std::vector<checkpoint::Found> chosen;
    if (command.all) {
        for (auto& one : store.list()) {
            auto key = one.entry.key();
            chosen.push_back({std::move(key), std::move(one.entry), one.in_use, std::move(one.holders)});
        }
    }
    for (const auto& name : command.names) chosen.push_back(find_one(store, name));
    return chosen;
}

std::string title_of(const checkpoint::Found& one) {
    const auto key = one.key.substr(0, kShortKey);
    if (!one.entry) return key + " (it cannot be read)";
    return fmt::format("{} ({} of {})", key, one.entry->stage(), one.entry->scenario);
}

// What checkpoints stay for, and how that is ended.
struct Keepers {
    const checkpoint::Store& store;
    std::set<std::string> here;  // holds of runs of this state folder

    // Why it stays, and what to do.
    [[nodiscard]] std::string reason_to_keep(const checkpoint::Found& one) const {
        auto words = standing_of(one.holders, true);  // of this moment, or when it was to go
        std::vector<std::string> runs;
        for (const auto& holder : one.holders) {
            if (here.contains(holder.hold)) runs.push_back(holder.run);
        }
        if (!runs.empty()) words += "; end it first: " + store.next_command()("down", runs);
        for (const auto& holder : one.holders) {
            if (here.contains(holder.hold)) continue;
            const auto file = shown_word((store.folder() / "holds" / holder.hold).string());
            words += printed("; {} is no run of this state folder; if it is gone for good: rm {}", holder.run, file);
        }
        return words;
    }
};

// The exit code: what is kept is the user's to mend, what cannot be removed is not.
int remove_all(Output& output, checkpoint::Store& store, const std::vector<checkpoint::Found>& chosen,
               const Keepers& keepers, const Context& context) {
    std::vector<std::string> keys;
    for (const auto& one : chosen) keys.push_back(one.key);
    const auto removing = store.remove(keys, context);
    int code = 0;
    std::vector<std::string> left;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const auto title = title_of(chosen[i]);
        if (removing[i].how == checkpoint::Removed::yes) output.print("removed {}\n", title);
        if (removing[i].how == checkpoint::Removed::absent) output.print("{} is gone: another removed it\n", title);
        if (removing[i].how == checkpoint::Removed::in_use) {
            output.print("kept {}: {}\n", title, keepers.reason_to_keep(chosen[i]));
            code = std::max(code, 2);
        }
        if (removing[i].how == checkpoint::Removed::failed) {
            output.say("crib: cannot remove {}: {}\n", title, removing[i].problem);
            code = 3;
        }
        if (removing[i].how != checkpoint::Removed::not_begun) continue;
        const auto called = names_of(store, chosen[i].key);
        left.push_back(called.empty() ? chosen[i].key.substr(0, kShortKey) : called.front());
    }
    if (left.empty()) return code;
    throw Error(ErrorKind::cancelled,
                fmt::format("interrupted: what is said to be removed is gone, left: {}", some_of(left)),
                store.next_command()("cache rm", left));
}

// The same without removing.
int look_at_one(Output& output, const checkpoint::Found& one, const Keepers& keepers) {
    const bool stays = one.in_use || !one.holders.empty();
    if (stays) {
        output.print("would keep {}: {}\n", title_of(one), keepers.reason_to_keep(one));
    } else if (one.entry) {
        const auto size = size_of(one.entry->bytes());
        output.print("would remove {}: {}, less what others share\n", title_of(one), size);
    } else {
        output.print("would remove {}\n", title_of(one));
    }
    return stays ? 2 : 0;
}

void print_bad(Output& output, const checkpoint::Dropped& one, bool looks) {
    const auto title = one.key.substr(0, kShortKey) + (one.stage.empty() ? "" : " (" + one.stage + ")");
    if (one.unusable) {
        output.print("left alone {}: {}{}{}\n", title, one.why, one.hint.empty() ? "" : "; ", one.hint);
    } else if (one.not_removed.empty()) {
        output.print("{} {}: {}\n", looks ? "would remove" : "removed", title, one.why);
    } else {
        output.print("damaged {}: {}; it cannot be removed: {}\n", title, one.why, one.not_removed);
    }
}

constexpr std::chrono::minutes kClocksDiffer{5};  // a capsule's host, or this one before its clock was set

std::string age_of(WallTime then, WallTime now) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - then);
    return age < -kClocksDiffer ? "?" : check::human_age(std::max(age, std::chrono::seconds{0}));
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
    const auto age = [&](WallTime then) { return age_of(then, now); };
    std::vector<std::vector<std::string>> rows{{"KEY", "STAGE", "SCENARIO", "SIZE", "AGE", "USED", "BY", "NAMES"}};
    for (const auto& one : list) {
        const auto& entry = one.entry;
        rows.push_back({entry.key().substr(0, kShortKey), entry.stage(), entry.scenario, size_of(entry.bytes()),
                        age(entry.created), age(entry.used), standing_of(one.holders, one.in_use),
                        join(one.names, ", ")});
    }
    if (!list.empty()) services.output.print_lines(check::format_table(rows));
    services.output.print_lines(to_text(store.unreadable()) + to_text(store.in_doubt()));
    services.output.print("{} checkpoint{}, {} of at most {}, in {}\n", list.size(), list.size() == 1 ? "" : "s",
                          size_of(store.usage()), to_string(services.cache_limit()), store.folder().string());
    return 0;
}

int execute(Services& services, const CacheRemoveCommand& command, const std::stop_token& stop) {
    auto store = checkpoint_store(services);
    auto chosen = chosen_by(command, store);
    if (chosen.empty()) services.output.print("there are no checkpoints\n");
    int code = 0;
    const Keepers keepers{store, holds_here(services, store)};
    const auto dead = store.dead_holds(alive_runs(services));
    for (auto& one : chosen) {
        std::erase_if(one.holders, [&](const auto& holder) { return dead.contains(holder.hold); });
    }
    services.only_looks = command.dry_run;
    if (command.dry_run) {
        for (const auto& one : chosen) code = std::max(code, look_at_one(services.output, one, keepers));
    } else {
        for (const auto& hold : dead) store.release(hold);
        code = remove_all(services.output, store, chosen, keepers, services.context().with_stop(stop));
    }
    if (command.all) services.output.print_lines(to_text(store.unreadable()) + to_text(store.in_doubt()));
    return command.all && code == 2 ? 0 : code;
}

int execute(Services& services, const CacheRemoveCommand& command) {
    const Interrupts interrupts(tell_stopping());
    return execute(services, command, interrupts.stop());
}

int execute(Services& services, const CacheCollectCommand& command, const std::stop_token& stop) {
    ByteSize limit;
    if (command.limit.empty()) {
        limit = services.cache_limit();
    } else {
        const auto objection = objection_to_limit(command.limit);
        if (!objection.empty()) {
            throw Error(ErrorKind::usage, fmt::format("--limit {}: this is {}", command.limit, objection),
                        "e.g. 10GiB");
        }
        limit = ByteSize::parse(command.limit).value();
    }
    services.only_looks = command.dry_run;
    const auto sweep = sweep_of(command.dry_run);
    const auto swept = sweep_caches(services, limit, sweep, stop);
    services.output.print_lines(to_text(swept, sweep) + to_text(swept.left_alone));
    throw_if_stopped(stop, command.dry_run, services.folders.next_command("cache gc"));
    services.output.print("checkpoints: {} {} of at most {}\n", size_of(swept.checkpoints.left),
                          command.dry_run ? "would be left" : "left", to_string(limit));
    if (swept.checkpoints.over)
        services.output.print("what is left is in use, has a name, or stays as said above: crib down, crib cache rm\n");
    return swept.checkpoints.failed.empty() ? 0 : 3;
}

int execute(Services& services, const CacheCollectCommand& command) {
    const Interrupts interrupts(tell_stopping());
    return execute(services, command, interrupts.stop());
}

int execute(Services& services, const CacheVerifyCommand& command) {
    Interrupts interrupts({});
    services.only_looks = command.dry_run;
    auto store = checkpoint_store(services);
    const auto bad = store.verify(services.context().with_stop(interrupts.stop()), sweep_of(command.dry_run));
    for (const auto& one : bad) print_bad(services.output, one, command.dry_run);
    const auto all = store.list();
    const auto good = std::count_if(all.begin(), all.end(), [&](const checkpoint::Listed& one) {
        return std::none_of(bad.begin(), bad.end(),
                            [&](const checkpoint::Dropped& other) { return other.key == one.entry.key(); });
    });
    const auto unusable = std::count_if(bad.begin(), bad.end(), [](const auto& one) { return one.unusable; });
    const auto damaged = bad.size() - static_cast<std::size_t>(unusable);
    services.output.print("{} checkpoint{} good, {} damaged{}\n", good, good == 1 ? " is" : "s are", damaged,
                          unusable == 0 ? "" : fmt::format(", {} cannot be checked now", unusable));
    const bool all_done =
        std::none_of(bad.begin(), bad.end(), [](const auto& one) { return one.unusable || !one.not_removed.empty(); });
    if (!all_done) return 3;
    return damaged == 0 ? 0 : 1;
}

int execute(Services& services, const CacheExplainCommand& command) {
    const auto run = services.runs.load(command.run);
    const auto file = services.runs.folder(run.id).checkpoints();
    if (!std::filesystem::exists(file)) {
        throw Error(ErrorKind::usage, fmt::format("run {} has no record of its stages' keys", run.id),
                    run.state == engine::RunState::running
                        ? "it has none yet: they are there once it has prepared"
                        : "it ended before it had any, or ran where no checkpoints are made");
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
        const auto shown = std::min(why.sentences.size(), kMostDifferences);
        for (std::size_t i = 0; i < shown; ++i) services.output.print("  {}\n", with_short_words(why.sentences[i]));
        if (why.sentences.size() > shown) services.output.print("  and {} more\n", why.sentences.size() - shown);
    }
    if (command.entries) services.output.print_lines("\n" + checkpoint::to_text(chain));
    return 0;
}

}  // namespace crib::cli
