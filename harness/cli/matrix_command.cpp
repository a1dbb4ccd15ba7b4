// crib matrix: expands a scenario's matrix, lists its cells or runs them, and shows the grid of what became of them.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/open_files.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/cells_of_plan.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/files_as_read.h"
#include "harness/cli/known_facts.h"
#include "harness/cli/matrix_inputs.h"
#include "harness/cli/matrix_plan.h"
#include "harness/cli/matrix_resume.h"
#include "harness/cli/signals.h"
#include "harness/engine/cell_process.h"
#include "harness/engine/matrix_run.h"
#include "harness/engine/threaded_launcher.h"
#include "harness/fetch/mirrors.h"
#include "harness/hypervisor/libvirt/limits.h"
#include "harness/report/json_lines.h"
#include "harness/report/matrix_grid.h"
#include "harness/report/terminal.h"
#include "harness/scenario/lock.h"
#include "harness/scenario/set_paths.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

namespace crib::cli {
namespace {

using events::Outcome;

// Of all cells that may be run: those that chance picks are among them.
LockCommand making_of_locks(const MatrixCommand& command) {
    LockCommand making;
    making.file = command.file;
    making.sets = command.sets;
    making.only = command.only;
    making.cells = true;
    return making;
}

constexpr std::string_view kStopping = "stopping all cells; evidence is being collected (Ctrl-C again: only clean up)";
constexpr std::string_view kLeaving = "only cleaning up (Ctrl-C again: leave at once; then crib gc)";
constexpr std::string_view kNotAsBegun = "not as it was";  // no digest

int print_list(Output& output, const MatrixPlan& plan, const PlanInputs& inputs, const MatrixCommand& command) {
    const auto print_json = [&](const std::string& piece) { output.print_json(piece); };
    if (command.json) {
        if (inputs.resumes) {
            print_json(to_json(plan.record));
        } else {
            list_cells_as_json(plan, inputs, command.sets, print_json);
        }
        return 0;
    }
    if (inputs.resumes) {
        output.print_lines(list_of(plan.record));
    } else {
        list_cells(plan, inputs, [&](const std::string& piece) { output.print_lines(piece); });
    }
    output.print_lines(report::matrix_details(plan.record));
    return 0;
}

// Components and images that are made once, whichever cell comes first.
std::vector<std::string> builds_of(const scenario::Scenario& scenario) {
    std::vector<std::string> builds;
    const auto add = [&](const std::string& thing) {
        if (std::ranges::count(builds, thing) == 0) builds.push_back(thing);
    };
    for (const auto& [name, version] : scenario.versions) add(name + " " + version);
    for (const auto& node : scenario.nodes) {
        add("image " + node.os);
        for (const auto& [name, version] : node.versions) add(name + " " + version);
    }
    return builds;
}

// The nodes' journals: a run that ended before it had nodes has none.
bool has_journal(const events::CellRecord& cell) {
    std::error_code none;
    if (cell.folder.empty()) return false;
    const auto nodes = std::filesystem::directory_iterator(std::filesystem::path(cell.folder) / "nodes", none);
    return std::any_of(begin(nodes), end(nodes),
                       [&](const auto& node) { return std::filesystem::exists(node.path() / "journal.log", none); });
}

// One matrix on its way: what its cells share.
class Course {
public:
    Course(Services& services, const Knowledge& knowledge, const MatrixCommand& command, MatrixPlan plan,
           const std::optional<events::MatrixRecord>& earlier, engine::MatrixHistory& history)
        : services_(services),
          command_(command),
          cells_(services.folders, command, knowledge, plan),
          record_(std::move(plan.record)),
          history_(history) {
        require_locks();
        if (!earlier) return;
        const auto changed = cells_.add_inputs(record_, *earlier, services_.context());
        engine::carry_over(record_, *earlier, changed);
    }

    int run() {
        Interrupts interrupts(tell_interrupts(kStopping, kLeaving));
        engine::require_storable(record_);
        const engine::MatrixStore store(services_.folders);
        const auto created = store.create(record_.scenario);
        record_.id = created.id;
        events::Bus bus(services_.clock);
        report::JsonLines log(created.folder.events());
        report::JsonLines json_out(services_.output.printer());
        const auto terminal = report::terminal_for(STDOUT_FILENO, services_.output.printer(), services_.clock,
                                                   command_.verbose, services_.folders.next_command);
        bus.add(log);
        if (command_.json) {
            bus.add(json_out);
        } else {
            bus.add(*terminal);
        }
        announce(bus);
        engine::HostRoomProbe probe(services_.folders.state);
        engine::CellProcess process(services_.runner, crib(), interrupts.hurry());
        engine::ThreadedLauncher launcher(services_.clock,
                                          [&](const engine::ThreadedLauncher::Start& start, const Context& context) {
                                              return run_cell(process, bus, start, context);
                                          });
        engine::MatrixRun matrix({services_.clock, probe, launcher, bus, store, history_, host_name()});
        const auto describe_them = [&](const std::vector<std::size_t>& cells) { return describe(cells); };
        const auto done = matrix.run(record_, describe_them, {command_.jobs, command_.fail_fast},
                                     services_.context().with_stop(interrupts.stop()));
        const auto finished = conclude(done, created.folder, bus);
        return exit_code_of(finished);
    }

private:
    using Stages = std::vector<engine::PlannedStage>;

    // What a cell that may run now is started with.
    struct Described {
        engine::CellOrder order;
        FilesAsRead::Digests files;
        std::vector<const component::BuildFiles*> builds;
        std::map<std::string, std::string> components;
    };

    // Called in several threads.
    engine::CellResult run_cell(engine::CellProcess& process, events::Bus& bus,
                                const engine::ThreadedLauncher::Start& start, const Context& context) const {
        const auto& cell = described_.at(start.cell);
        const auto doing = [&](const std::string& what) {
            bus.publish(events::Progress{record_.cells[start.cell].id, what, 0, 0, false, {}});
        };
        auto this_time = cell.order;
        if (!start.save.empty()) this_time.save = start.save;
        auto result = process.run(this_time, {start.tell, doing}, context);
        if (!result.refused) return result;
        // It has read the scenario again; "--made-of" makes it refuse another one.
        const auto changed = what_changed(cell, context);
        if (changed) result.reason = fmt::format("{} has changed since the matrix began: {}", *changed, result.reason);
        return result;
    }

    // Only adds to what the cell has said.
    [[nodiscard]] std::optional<std::string> what_changed(const Described& cell, const Context& context) const {
        try {
            if (auto changed = files_.first_changed(cell.files)) return changed;
            for (const auto* build : cell.builds) {
                if (auto changed = files_.first_changed(build->files)) return changed;
            }
            return cells_.changed_checkout(cell.components, context);
        } catch (const Error&) {
            return std::nullopt;
        }
    }

    // None of those described before runs any more.
    engine::MatrixRun::Described describe(const std::vector<std::size_t>& numbers) {
        // Until a cell has found out, it may be that the CPUs are emulated, which takes more memory.
        const auto acceleration =
            command_.accel == "kvm" ? hypervisor::Acceleration::kvm : hypervisor::Acceleration::tcg;
        const bool share = shares_checkpoints() && numbers.size() > 1;
        engine::MatrixRun::Described described;
        described_.clear();
        const auto all = cells_.describe(numbers, services_.context());
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& [cell, inputs] = all[i];
            const auto& [digest, stages, builds] = inputs.set_up;
            const auto planned = stages.find(acceleration);
            described.cells.push_back({cell.id, engine::need_of(cell.scenario, acceleration), builds_of(cell.scenario),
                                       record_.cells[numbers[i]].expected,
                                       share && planned != stages.end() ? planned->second : Stages{}, inputs.whole});
            described.files.merge(CellsOfPlan::files_of(cell, inputs));
            const auto made_of = knows_as_read(cell, builds) ? digest : std::string(kNotAsBegun);
            // Cells go on from checkpoints that there are, and save none but for others: each takes its time and a
            // gigabyte.
            described_.emplace(
                numbers[i],
                Described{{command_.file, cell.sets, cell.scenario.expect, options_of(cell.id, made_of), {"none"}},
                          cell.scenario.files,
                          builds,
                          cell.scenario.components});
        }
        return described;
    }

    // Are the cell's files as those that were described before have them?
    bool knows_as_read(const scenario::LoadedCell& cell, const std::vector<const component::BuildFiles*>& builds) {
        bool are_as_known = files_.add(cell.scenario.files);
        for (const auto* build : builds) are_as_known = files_.add(build->files) && are_as_known;
        return are_as_known;
    }

    // Before anything is begun.
    void require_locks() const {
        if (!command_.locked) return;
        for (const auto& cell : record_.cells) {
            (void)scenario::read_lock(scenario::lock_file_of(command_.file, cell.id),
                                      as_typed(making_of_locks(command_), services_.folders.next_command));
        }
    }

    // A daemon's QEMU cannot write the store.
    [[nodiscard]] bool shares_checkpoints() const {
        return !command_.no_cache && command_.connect == hypervisor::kEmbeddedUri;
    }

    [[nodiscard]] std::vector<std::string> options_of(const std::string& cell, const std::string& set_up) const {
        std::vector<std::string> words{"--connect", command_.connect};
        if (!set_up.empty()) words.insert(words.end(), {"--made-of", set_up});
        if (command_.no_cache) words.emplace_back("--no-cache");
        if (command_.locked) {
            words.push_back("--locked=" + absolute_path(scenario::lock_file_of(command_.file, cell)).string());
        }
        if (!command_.accel.empty()) words.insert(words.end(), {"--accel", command_.accel});
        return words;
    }

    [[nodiscard]] process::Command crib() const {
        process::Command command;
        command.program = std::filesystem::read_symlink("/proc/self/exe").string();
        command.env["CRIB_SOURCE"] = services_.folders.source.string();
        if (!services_.given_state.empty()) command.args = {"--state", services_.given_state};
        return command;
    }

    void announce(events::Bus& bus) const {
        events::RunStarted started{record_.id, record_.scenario, command_.file, {}};
        started.facts["cells"] = std::to_string(record_.cells.size());
        if (!record_.chosen.empty()) started.facts["chosen"] = record_.chosen;
        if (!record_.resumes.empty()) started.facts["resumes"] = record_.resumes;
        bus.publish(std::move(started));
        for (const auto& note : record_.notes) bus.info(note);
    }

    [[nodiscard]] events::RunFinished conclude(const events::MatrixRecord& done, const engine::MatrixFolder& folder,
                                               events::Bus& bus) const {
        const auto grid = report::matrix_grid(done);
        const auto details = report::matrix_details(done, has_journal, services_.folders.next_command);
        write_file(folder.grid(), grid + "\n" + details);
        write_file(folder.junit(), report::to_junit(done));
        bus.publish(events::Table{"cells", grid});
        if (!details.empty()) bus.publish(events::Table{"of the cells", details});
        events::RunFinished finished;
        finished.outcome = *done.outcome;
        finished.reason = done.reason;
        if (done.outcome != Outcome::passed) {
            const auto options = options_to_resume(command_, done.id);
            finished.hint =
                services_.folders.next_command("matrix", {done.scenario_file}, options) + " runs what did not pass";
        }
        finished.took = done.took;
        finished.folder = folder.path.string();
        finished.refused = events::is_refused(done);
        bus.publish(finished);
        return finished;
    }

    Services& services_;
    const MatrixCommand& command_;
    CellsOfPlan cells_;
    events::MatrixRecord record_;
    engine::MatrixHistory& history_;
    std::map<std::size_t, Described> described_;  // the cells that may run now
    FilesAsRead files_;
};

// Those of the matrix itself, and of each cell that runs: the ends of its pipes, and what waits for it. What its own
// process opens does not count here.
void require_files_for(const engine::HostFacts& host, std::size_t cells, unsigned jobs) {
    constexpr std::size_t kOfTheMatrix = 48;
    constexpr std::size_t kOfACell = 12;
    const auto most = engine::most_at_once(host, cells, jobs);
    require_open_files(static_cast<unsigned>(kOfTheMatrix + most * kOfACell),
                       fmt::format("a matrix with up to {} cells at once (--jobs) needs", most));
}

PlanInputs inputs_of(const Services& services, const Knowledge& knowledge, const MatrixCommand& command,
                     const engine::MatrixHistory& history) {
    const auto read = [&] { return matrix_inputs(services.folders, knowledge, command.file, command.sets, history); };
    if (command.resume.empty()) return read();
    return naming_record(fmt::format("--resume {}: as its record has it", command.resume),
                         "put the scenario right, or run the matrix anew, without --resume", read);
}

}  // namespace

int execute(Services& services, const MatrixCommand& given) {
    if (!given.list) hypervisor::require_limits_for_libvirt();  // which all its cells would be refused for
    auto command = given;
    command.sets = with_components(given.sets, given.components);
    engine::MatrixHistory history(services.folders.state / "history.jsonl");
    if (!history.problem().empty()) services.output.say("crib: {}\n", history.problem());
    const auto knowledge = read_knowledge(services, CheckoutCheck::Reads::all_files);
    std::optional<events::MatrixRecord> earlier;
    if (!command.resume.empty()) {
        earlier = engine::MatrixStore(services.folders).load_ended(command.resume);
        take_sets(command, *earlier);
    }
    auto inputs = inputs_of(services, knowledge, command, history);
    if (earlier) require_same_scenario(*earlier, inputs.scenario, command.file);
    inputs.resumes = std::move(earlier);
    command.sets = scenario::with_absolute_paths(std::move(command.sets));  // as its record is to have them
    auto plan = plan_matrix(command, inputs);
    if (command.list) {
        if (inputs.resumes) {
            CellsOfPlan cells(services.folders, command, knowledge, plan);
            const auto changed = cells.add_inputs(plan.record, *inputs.resumes, services.context());
            engine::carry_over(plan.record, *inputs.resumes, changed);
        }
        return print_list(services.output, plan, inputs, command);
    }
    require_files_for(engine::look_at_host(services.folders.state), plan.record.cells.size(), command.jobs);
    (void)fetch::Mirrors::load(services.folders.mirrors);  // before anything is fetched from elsewhere
    return Course(services, knowledge, command, std::move(plan), inputs.resumes, history).run();
}

}  // namespace crib::cli
