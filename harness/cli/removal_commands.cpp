// Commands that end and remove: down, gc.

#include "harness/base/error.h"
#include "harness/base/open_files.h"
#include "harness/base/owned_folder.h"
#include "harness/base/partial_files.h"
#include "harness/base/run_file_name.h"
#include "harness/base/size.h"
#include "harness/base/temporary_folder.h"
#include "harness/base/text.h"
#include "harness/cli/cache_sweep.h"
#include "harness/cli/commands.h"
#include "harness/cli/removal.h"
#include "harness/cli/signals.h"
#include "harness/engine/cache_users.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <set>
#include <utility>

namespace crib::cli {
namespace {

using engine::RunInfo;
using engine::RunState;

std::string left_to_gc(const Services& services) {
    return fmt::format("it has no record: {} removes what is left", services.folders.next_command("gc"));
}

constexpr const char* kNothingChanged = "nothing was changed (--dry-run)\n";

std::string size_of(std::uint64_t bytes) {
    return to_string(ByteSize{bytes});
}

void tell_problems(Output& output, const std::string& run, const std::vector<std::string>& problems) {
    for (const auto& problem : problems) output.say("crib: {}: {}\n", run, problem);
}

// Behind what would be done: the daemon is not asked by a dry run, which would start some.
std::string condition(const std::string& driver) {
    return driver.empty() ? "" : fmt::format(", if {} answers, which it has not been asked to", driver);
}

// Who has a run that had an outcome already works on its kept cluster, or just ends it.
std::string words_of_owner(const RunInfo& run) {
    return run.outcome.empty() ? engine::kAtWork : std::string(engine::kAtWork) + ", or just ends it";
}

Error at_work(const std::vector<RunInfo>& runs) {
    std::vector<std::string> ids;
    for (const auto& run : runs) ids.push_back(run.id);
    const bool has_ended = std::all_of(runs.begin(), runs.end(), [](const auto& run) { return !run.outcome.empty(); });
    return {ErrorKind::usage,
            fmt::format("run {} belongs to a crib that is still at work{}", join(ids, ", "),
                        has_ended ? " on the kept cluster, or just ends it" : ""),
            has_ended ? "wait until it is done: crib ls" : "interrupt that one (Ctrl-C), it cleans up"};
}

// The kept ones, and why the others are no business of crib down --all.
std::vector<RunInfo> all_kept(Services& services) {
    auto survey = services.runs.survey();
    auto others = services.runs.left_alone(survey);
    std::vector<RunInfo> kept;
    std::copy_if(survey.runs.begin(), survey.runs.end(), std::back_inserter(kept),
                 [](const RunInfo& run) { return run.state == RunState::kept && run.doubt.empty(); });
    for (const auto& run : survey.runs) {
        const auto path = services.runs.folder(run.id).path;
        if (run.state == RunState::running) others.push_back({path, words_of_owner(run), ""});
        if (run.state != RunState::orphaned || !run.doubt.empty()) continue;
        others.push_back({path, "its crib was killed",
                          fmt::format("{} removes it, {} keeps its record", services.folders.next_command("gc"),
                                      services.folders.next_command("down", {run.id}))});
    }
    services.output.print_lines(to_text(others));
    return kept;
}

void require_nobody_at_work(const RunInfo& run) {
    if (run.state == RunState::running) throw at_work({run});
}

// Nothing of it runs, and nothing of it is left but its record.
bool is_over(const Services& services, const RunInfo& run) {
    std::error_code none;
    return run.state == RunState::ended && !std::filesystem::exists(services.runs.folder(run.id).secret(), none);
}

// True when nothing is known that would keep it from ending.
bool say_what_would_end(Services& services, const RunInfo& run) {
    const auto folder = services.runs.folder(run.id);
    if (is_over(services, run)) {
        services.output.print("{} has ended: nothing of it runs; its record is in {}\n", run.id, folder.path.string());
        return true;
    }
    if (const auto objections = services.runs.objections_to_ending(run.id); !objections.empty()) {
        tell_problems(services.output, run.id, objections);
        return false;
    }
    services.output.print("would end {}{}: its machines and switch, and remove its private files ({}); {}\n", run.id,
                          condition(services.reaper().driver_to_ask(run)), size_of(disk_bytes(folder.secret())),
                          run.recorded ? "its record stays" : left_to_gc(services));
    return true;
}

// done: nothing of it is left but its record; at_work: another crib has it.
enum class Ending { done, failed, at_work };

// Two cribs that end a run at the same time: the one that comes later finds it so at any instant.
Ending when_at_work(Services& services, const RunInfo& run) {
    const auto runs = services.runs.list();
    const auto now = std::find_if(runs.begin(), runs.end(), [&](const auto& one) { return one.id == run.id; });
    if (now != runs.end() && !is_over(services, *now)) return Ending::at_work;
    services.output.print("{} had ended before: another crib has just ended it\n", run.id);
    return Ending::done;
}

Ending end_one(Services& services, const RunInfo& run, const std::stop_token& stop) {
    const bool was_over = is_over(services, run);
    const auto problems = services.reaper(stop).end(run);
    if (problems == std::vector<std::string>{engine::kAtWork}) return when_at_work(services, run);
    tell_problems(services.output, run.id, problems);
    if (problems.empty() && !run.recorded) {
        services.output.print("{} is down; {}\n", run.id, left_to_gc(services));
    } else if (problems.empty()) {
        services.output.print("{} {}; its record is in {}\n", run.id, was_over ? "had ended before" : "is down",
                              services.runs.folder(run.id).path.string());
    }
    return problems.empty() ? Ending::done : Ending::failed;
}

// What cribs that were killed were writing at that moment.
std::vector<DeadFolders> sweep_partial_files_everywhere(const Services& services, Sweep sweep) {
    const auto now = services.clock.wall_now();
    const auto& cache = services.folders.cache;
    const auto is_user = [](const std::string& name) { return run_of_file_name(name) != name; };
    const auto is_probe = [](const std::string& name) { return name == "acceleration.json"; };
    const auto is_key = [](const std::string& name) { return name == "public.asc" || name == "secret.asc"; };
    return {sweep_partial_files_in_marked(services.runs.root(), "run", now, sweep),
            sweep_partial_files_in_marked(services.folders.state / "matrices", "matrix", now, sweep),
            sweep_partial_files(cache / engine::CacheUsers::kFolder, is_user, now, sweep),
            sweep_partial_files(cache / "probe", is_probe, now, sweep),
            sweep_partial_files(cache / "signing", is_key, now, sweep)};
}

// Folders that cribs which were killed had just begun, or had for a while, and files.
DeadFolders sweep_beginnings(const Services& services, Sweep sweep, const std::stop_token& stop) {
    const auto& state = services.folders.state;
    DeadFolders all;
    const auto add = [&](DeadFolders some) {
        for (auto& one : some.dead) all.dead.push_back(std::move(one));
        for (auto& one : some.left_alone) {
            const auto is_it = [&](const LeftAlone& known) { return known.path == one.path; };
            if (std::ranges::none_of(all.left_alone, is_it)) all.left_alone.push_back(std::move(one));
        }
    };
    using Sweeper = DeadFolders (*)(const std::filesystem::path&, Sweep);
    const std::array<std::pair<std::filesystem::path, Sweeper>, 4> places{{
        {services.runs.root(), sweep_unfinished_folders},
        {state / "matrices", sweep_unfinished_folders},
        {state / "copies", sweep_temporary_folders},
        {services.folders.cache / "temporary", sweep_temporary_folders},
    }};
    for (const auto& [place, sweeper] : places) {
        if (!stop.stop_requested()) add(sweeper(place, sweep));
    }
    if (stop.stop_requested()) return all;
    for (auto& some : sweep_partial_files_everywhere(services, sweep)) add(std::move(some));
    try {
        add(sweep_temporary_folders(temporary_folder(), sweep));
    } catch (const Error& error) {
        all.left_alone.push_back({"TMPDIR", error.what(), error.hint()});
    }
    return all;
}

// True when all went well. `gone` gets what a look finds would go with the runs: their private folders.
bool sweep_runs(Services& services, Sweep sweep, std::set<std::filesystem::path>& gone, const std::stop_token& stop) {
    const bool looks = sweep == Sweep::only_look;
    bool all_well = true;
    const auto swept = services.reaper(stop).sweep(sweep, stop);
    for (const auto& one : swept) {
        tell_problems(services.output, one.run, one.problems);
        all_well = all_well && one.problems.empty();
        if (!one.problems.empty()) continue;
        gone.insert(std::filesystem::absolute(services.runs.folder(one.run).secret()));
        if (looks) {
            services.output.print("would remove what is left of {} ({}){}\n", one.run, size_of(one.bytes),
                                  condition(one.driver));
        } else {
            services.output.print("removed what was left of {}\n", one.run);
        }
    }
    const auto beginnings = sweep_beginnings(services, sweep, stop);
    for (const auto& one : beginnings.dead) {
        if (one.problem.empty()) {
            services.output.print("{} {} ({})\n", looks ? "would remove" : "removed", one.path.string(),
                                  size_of(one.bytes));
        } else {
            tell_problems(services.output, one.path.string(), {"cannot remove it: " + one.problem});
            all_well = false;
        }
    }
    const bool has_none = swept.empty() && beginnings.dead.empty();
    if (has_none && !stop.stop_requested()) services.output.print("nothing was left behind\n");
    services.output.print_lines(to_text(beginnings.left_alone));
    return all_well;
}

// With fewer, some of it is removed and some is not; a dry run says what would happen.
void require_files_to_remove() {
    constexpr unsigned kLeastFiles = 20;
    require_open_files(kLeastFiles, "what ends runs and removes files needs");
}

// Some were not begun, or a daemon was not waited for.
Error stopped(std::size_t all, const std::vector<std::string>& left, const NextCommand& next_command) {
    const auto ended = all - left.size();
    return {ErrorKind::cancelled,
            fmt::format("interrupted: {} of {} run{} {} down, left: {}", ended, all, all == 1 ? "" : "s",
                        ended == 1 ? "is" : "are", join(left, ", ")),
            next_command("down", left)};
}

}  // namespace

void throw_if_stopped(const std::stop_token& stop, bool dry_run, const std::string& again) {
    if (!stop.stop_requested()) return;
    if (dry_run) throw Error(ErrorKind::cancelled, "interrupted: nothing was changed, and not all was looked at");
    throw Error(ErrorKind::cancelled, "interrupted: what is said to be removed is gone, the rest is as it was",
                again + " removes that");
}

int execute(Services& services, const DownCommand& command, const std::stop_token& stop) {
    require_files_to_remove();
    std::vector<RunInfo> runs;
    for (const auto& id : command.runs) runs.push_back(services.runs.find(id));
    for (const auto& run : runs) require_nobody_at_work(run);
    if (command.all) {
        for (auto& run : all_kept(services)) {
            const bool named = std::any_of(runs.begin(), runs.end(), [&](const auto& one) { return one.id == run.id; });
            if (!named) runs.push_back(std::move(run));
        }
    }
    if (runs.empty()) services.output.print("no cluster is kept\n");
    if (command.dry_run) {
        services.only_looks = true;
        bool all_would = true;
        for (const auto& run : runs) all_would = say_what_would_end(services, run) && all_would;
        services.output.print(kNothingChanged);
        return all_would ? 0 : 3;
    }
    std::vector<std::string> left;
    std::vector<RunInfo> busy;  // of those that were named: it is no mistake of "all"
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto& run = runs[i];
        const auto ending = stop.stop_requested() ? Ending::failed : end_one(services, run, stop);
        if (ending == Ending::failed) left.push_back(run.id);
        if (ending != Ending::at_work) continue;
        if (i < command.runs.size()) busy.push_back(run);
        if (i >= command.runs.size())
            services.output.print_lines(to_text({{services.runs.folder(run.id).path, words_of_owner(run), ""}}));
    }
    if (!left.empty() && stop.stop_requested()) throw stopped(runs.size(), left, services.folders.next_command);
    if (!busy.empty()) {
        const auto error = at_work(busy);
        if (left.empty()) throw error;
        services.output.say("crib: {}\n", error.what());
    }
    return left.empty() ? 0 : 3;
}

int execute(Services& services, const DownCommand& command) {
    const Interrupts interrupts(tell_interrupts("stopping after the run at hand",
                                                "stopping (Ctrl-C again: leave at once; then crib down again)"));
    return execute(services, command, interrupts.stop());
}

int execute(Services& services, const CollectGarbageCommand& command, const std::stop_token& stop) {
    require_files_to_remove();
    services.only_looks = command.dry_run;
    const auto sweep = sweep_of(command.dry_run);
    const auto limit = services.cache_limit();  // what it may refuse, before anything is removed
    const auto again = services.folders.next_command("gc");
    std::set<std::filesystem::path> gone;
    const bool all_well = sweep_runs(services, sweep, gone, stop);
    throw_if_stopped(stop, command.dry_run, again);
    const auto caches = sweep_caches(services, limit, sweep, stop, gone);
    services.output.print_lines(to_text(caches, sweep) + to_text(caches.left_alone));
    throw_if_stopped(stop, command.dry_run, again);
    const auto survey = services.runs.survey();
    services.output.print_lines(to_text(services.runs.left_alone(survey)));
    for (const auto& run : survey.runs) {
        if (run.state != RunState::kept || !run.doubt.empty()) continue;
        services.output.print("{} was kept on purpose: {}\n", run.id, services.folders.next_command("down", {run.id}));
    }
    if (command.dry_run) services.output.print(kNothingChanged);
    return all_well && caches.checkpoints.failed.empty() ? 0 : 3;
}

int execute(Services& services, const CollectGarbageCommand& command) {
    const Interrupts interrupts(tell_stopping());
    return execute(services, command, interrupts.stop());
}

}  // namespace crib::cli
