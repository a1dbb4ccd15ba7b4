#include "harness/cli/command_line.h"

#include "harness/base/short_words.h"
#include "harness/cli/cache_words.h"
#include "harness/cli/command_tree.h"
#include "harness/cli/command_words.h"
#include "harness/cli/option_values.h"
#include "harness/cli/value_places.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

namespace crib::cli {
namespace {

constexpr const char* kConnect = "the libvirt driver: qemu:///embed (default), qemu:///system ...";
constexpr auto kOnce = CLI::MultiOptionPolicy::Throw;  // of a flag with values: else the last one counts
constexpr std::uint64_t kMostCells = 1'000'000;
constexpr std::uint64_t kMostJobs = 10'000;
constexpr std::uint64_t kMostCopies = 16;

class Parser {
public:
    Parser() {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "crib " CRIB_VERSION, "print the version of crib");
        app_.add_option("--state", line_.state, "keep caches and runs below this folder")->type_name("DIR");
        app_.fallthrough();  // --state may stand before or after the command
        add_run();
        add_plan();
        add_lock();
        add_matrix();
        add_cluster_commands();
        add_checkpoint_commands();
        add_capsule_commands();
        add_host_commands();
        add_scenario_commands();
        add_recipe_commands();
        cache_.declare(app_, line_);
        refuse_empty_values(app_);
    }

    [[nodiscard]] const CLI::App& app() const { return app_; }

    Parsed parse(std::vector<std::string> words) {
        tail_ = cut_tail(app_, words);
        if (const auto text = word_too_many_for_help(app_, words)) return refused(*text);
        words = with_help_as_option(app_, std::move(words));
        if (const auto text = empty_value(app_, words)) return refused(*text);
        if (const auto text = unknown_command(app_, words)) return refused(*text);
        try {
            app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // as CLI11 wants them
            return {line_, {}, 0};
        } catch (const CLI::ParseError& error) {
            if (error.get_exit_code() != 0) return refused(explain(app_, words, error));
            std::ostringstream out;
            app_.exit(error, out, out);  // of help and the version
            return {{}, out.str(), 0};
        }
    }

    [[nodiscard]] std::vector<CommandShape> shapes() const { return shapes_of(app_); }

private:
    static Parsed refused(const std::string& text) { return {{}, with_short_words(text), 2}; }

    template <typename T>
    T& begin_command() {
        line_.command = T{};
        return std::get<T>(line_.command);
    }

    void add_run() {
        auto* sub = app_.add_subcommand("run", "boot the nodes of a scenario, set the cluster up, check it, clean up");
        sub->add_option("FILE", run_.file, "the scenario, e.g. scenarios/two-node.json")->required();
        sub->add_flag("--keep{always}", keep_, "leave the cluster running; --keep=failed: only when it did not pass")
            ->check(one_of({"always", "failed"}))
            ->multi_option_policy(kOnce);
        sub->add_option("--until", run_.until, "stop after this stage, e.g. runtime-ready")->type_name("STAGE");
        sub->add_option("--set", run_.sets, "change a value of the scenario, e.g. versions.cri-o=1.36.2")
            ->type_name("PATH=VALUE")
            ->allow_extra_args(false);
        sub->add_option("--component", run_.components, "from a checkout, e.g. cri-o=local:../cri-o, or its publisher")
            ->type_name("NAME=local:PATH|upstream")
            ->allow_extra_args(false);
        sub->add_option(
               "--swap", run_.swaps,
               "set up with the usual one, or go on from a checkpoint of that; then put this checkout's in its "
               "place and check, e.g. cri-o=local:../cri-o")
            ->type_name("NAME=local:PATH")
            ->allow_extra_args(false);
        sub->add_option("--accel", run_.accel, "kvm or tcg (emulation); else what works here")
            ->check(one_of({"kvm", "tcg"}));
        sub->add_option("--connect", run_.connect, kConnect)->type_name("URI")->check(driver_uri());
        sub->add_option("--capture", run_.capture, "write the cluster's network traffic to this pcap file")
            ->type_name("FILE");
        sub->add_flag("--locked{}", lock_file_,
                      "run exactly what the scenario's lock file says (or --locked=LOCK), or refuse")
            ->type_name("LOCK")
            ->multi_option_policy(kOnce);
        sub->add_flag("--no-cache", run_.no_cache,
                      "from nothing: use no checkpoint, and make none but those of --save");
        sub->add_option("--from", run_.from, "go on from the checkpoint of this stage, or refuse")
            ->type_name("STAGE")
            ->excludes("--no-cache");
        sub->add_option("--save", run_.save,
                        "save a checkpoint at the end of this stage, or none, instead of where it usually pays")
            ->type_name("STAGE")
            ->allow_extra_args(false);
        sub->add_flag("--save-at-failure,!--no-save-at-failure", save_at_failure_,
                      "save a cluster that failed as it is, for crib restore (default, but with CI=true)")
            ->multi_option_policy(kOnce);
        sub->add_flag("--json", run_.json, "print every event as a line of JSON");
        sub->add_flag("--verbose,-v", run_.verbose, "print the output of every step");
        sub->add_option("--made-of", run_.made_of)->group("");  // crib's own word to a cell of a matrix
        sub->callback([this, sub] {
            if (sub->count("--save-at-failure") > 0) run_.save_at_failure = save_at_failure_;
            run_.locked = sub->count("--locked") > 0;
            run_.lock = lock_file_;
            run_.keep = keep_.empty() ? Keep::no : keep_ == "failed" ? Keep::failed : Keep::always;
            line_.command = run_;
        });
    }

    void add_plan() {
        auto* sub = app_.add_subcommand("plan", "what a run would do, without building or booting anything");
        sub->add_option("FILE", plan_.file, "the scenario")->required();
        sub->add_option("--set", plan_.sets, "as of crib run")->type_name("PATH=VALUE")->allow_extra_args(false);
        sub->add_option("--component", plan_.components, "as of crib run")
            ->type_name("NAME=local:PATH|upstream")
            ->allow_extra_args(false);
        sub->add_option("--accel", plan_.accel, "as of crib run")->check(one_of({"kvm", "tcg"}));
        auto* diff =
            sub->add_option("--diff", plan_.diff, "say what another scenario would do otherwise; exit with 1 then")
                ->type_name("OTHER");
        auto* json = sub->add_flag("--json", plan_.json, "print it as JSON");
        sub->add_option("--script", plan_.script, "print this step as a script with its inputs, e.g. sysctls@worker")
            ->type_name("STEP[@NODE]")
            ->excludes(diff)
            ->excludes(json);
        sub->callback([this] { line_.command = plan_; });
    }

    void add_lock() {
        auto* sub =
            app_.add_subcommand("lock", "write down what a scenario comes to: versions, digests, packages, steps");
        sub->add_option("FILE", lock_.file, "the scenario");
        sub->add_option("--set", lock_.sets, "change a value of the scenario first")
            ->type_name("PATH=VALUE")
            ->allow_extra_args(false);
        sub->add_option("--component", lock_.components, "as of crib run")
            ->type_name("NAME=local:PATH|upstream")
            ->allow_extra_args(false);
        auto* output = sub->add_option("--output,-o", lock_.output,
                                       "instead of SCENARIO.lock.json beside it; - is standard output")
                           ->type_name("LOCK");
        sub->add_option("--diff", lock_.diff, "say what differs between two lock files")
            ->type_name("A B")
            ->expected(2)
            ->excludes(output);
        auto* cells =
            sub->add_flag("--cells", lock_.cells, "one lock for each cell of its matrix, for crib matrix --locked")
                ->excludes(output);
        sub->add_option("--only", lock_.only, "with --cells: only these, as of crib matrix")
            ->type_name("PATH=PATTERN,...")
            ->allow_extra_args(false)
            ->needs(cells);
        sub->callback([this] {
            require_one_of("FILE", !lock_.file.empty(), "--diff A B", !lock_.diff.empty());
            line_.command = lock_;
        });
    }

    void add_matrix() {
        auto* sub = app_.add_subcommand("matrix", "run the cells of a scenario's matrix side by side");
        sub->add_option("FILE", matrix_.file, "the scenario, e.g. scenarios/versions.json")->required();
        sub->add_flag("--list", matrix_.list, "print the cells and stop");
        sub->add_flag("--json", matrix_.json, "print every event as a line of JSON; with --list: the cells as JSON");
        sub->add_flag("--pairwise", matrix_.pairwise, "few cells in which every pair of values still occurs");
        sub->add_option("--only", matrix_.only, "only these, e.g. 'os=debian-13,versions.kubernetes=1.36.*'")
            ->type_name("PATH=PATTERN,...")
            ->allow_extra_args(false);
        sub->add_option("--cell", matrix_.cells, "only this one; may be given again")
            ->type_name("ID")
            ->allow_extra_args(false);
        sub->add_option("--sample", matrix_.sample, "so many of them, by chance")->check(whole_number(1, kMostCells));
        sub->add_option("--seed", matrix_.seed, "of the chance of --sample and --pairwise (default 1)")
            ->check(whole_number(0, ~std::uint64_t{0}));
        sub->add_option("--shard", matrix_.shard, "one part of several that take equally long, e.g. 2/5")
            ->type_name("I/N");
        sub->add_option("--resume", matrix_.resume,
                        "run what did not pass in this earlier matrix, with its --set and --component")
            ->type_name("ID");
        sub->add_flag("--locked", matrix_.locked,
                      "run exactly what the cells' lock files say, or refuse (crib lock --cells)");
        sub->add_flag("--fail-fast", matrix_.fail_fast, "end the others when a cell does not pass");
        sub->add_flag("--no-cache", matrix_.no_cache,
                      "each cell from nothing: no checkpoint is used, or made for other cells");
        sub->add_option("--jobs", matrix_.jobs, "at most so many at once")->check(whole_number(1, kMostJobs));
        sub->add_option("--set", matrix_.sets, "change a value of every cell")
            ->type_name("PATH=VALUE")
            ->allow_extra_args(false);
        sub->add_option("--component", matrix_.components,
                        "from a checkout, e.g. cri-o=local:../cri-o, or its publisher")
            ->type_name("NAME=local:PATH|upstream")
            ->allow_extra_args(false);
        sub->add_option("--accel", matrix_.accel, "kvm or tcg (emulation); else what works here")
            ->check(one_of({"kvm", "tcg"}));
        sub->add_option("--connect", matrix_.connect, kConnect)->type_name("URI")->check(driver_uri());
        sub->add_flag("--verbose,-v", matrix_.verbose, "print all that happens");
        sub->callback([this] { line_.command = matrix_; });
    }

    void add_cluster_commands() {
        app_.add_subcommand("ls", "list the runs on this machine")->callback([this] { begin_command<ListCommand>(); });
        auto* ssh = app_.add_subcommand("ssh", "a shell on a node, or one command: crib ssh RUN NODE [-- COMMAND ...]");
        ssh->add_option("RUN", run_id_)->required();
        ssh->add_option("NODE", node_)->required();
        ssh->callback([this] { line_.command = SshCommand{run_id_, node_, tail_}; });
        auto* kubectl = app_.add_subcommand("kubectl", "kubectl on a run's cluster: crib kubectl RUN -- get nodes");
        kubectl->add_option("RUN", run_id_)->required();
        kubectl->callback([this] { line_.command = KubectlCommand{run_id_, tail_}; });
        auto* logs = app_.add_subcommand("logs", "the journal of a node, or of all nodes of a run");
        logs->add_option("RUN", run_id_)->required();
        logs->add_option("NODE", node_);
        logs->callback([this] { line_.command = LogsCommand{run_id_, node_}; });
        auto* console = app_.add_subcommand("console", "what a node wrote to its serial console");
        console->add_option("RUN", run_id_)->required();
        console->add_option("NODE", node_)->required();
        console->callback([this] { line_.command = ConsoleCommand{run_id_, node_}; });
        auto* down = app_.add_subcommand("down", "end a cluster that was kept; its record stays");
        down->add_option("RUN", down_.runs);
        down->add_flag("--all", down_.all, "every kept cluster");
        down->add_flag("--dry-run", down_.dry_run, kDryRun);
        down->callback([this] {
            require_one_of("RUN", !down_.runs.empty(), "--all", down_.all);
            line_.command = down_;
        });
    }

    void add_checkpoint_commands() {
        auto* save = app_.add_subcommand("checkpoint", "save a kept cluster as it is now; it goes on");
        save->add_option("RUN", save_.run)->required();
        save->add_option("NAME", save_.name, "how to call it")->required();
        save->callback([this] { line_.command = save_; });
        auto* restore = app_.add_subcommand("restore", "a new run that goes on from a checkpoint, and is kept");
        restore->add_option("NAME", restore_.name, "of a checkpoint, or the beginning of its key (crib cache ls)")
            ->required();
        restore->add_option("--as", restore_.as, "what the new run's name begins with")->type_name("NAME");
        restore->add_option("--copies", restore_.copies, "so many clusters at once, each a run of its own")
            ->type_name("N")
            ->check(whole_number(1, kMostCopies));
        restore->add_option("--memory-from", restore_.memory_from)->group("");  // crib's own words to its copies
        restore->add_option("--called", restore_.called)->group("");
        restore->callback([this] { line_.command = restore_; });
        auto* rewind = app_.add_subcommand("rewind", "take a kept cluster back to a stage, or to a checkpoint of it");
        rewind->add_option("RUN", rewind_.run)->required();
        rewind->add_option("TO", rewind_.to, "a stage, e.g. network-ready, or a checkpoint's name")->required();
        rewind->callback([this] { line_.command = rewind_; });
        auto* redo =
            app_.add_subcommand("redo", "take a kept cluster back to before a step, and on from there as it is now");
        redo->add_option("RUN", redo_.run)->required();
        redo->add_option("--from", redo_.from, "the step's id, e.g. nginx (crib plan FILE names them)")
            ->type_name("STEP")
            ->required();
        redo->add_flag("--json", redo_.json, "print every event as a line of JSON");
        redo->add_flag("--verbose,-v", redo_.verbose, "print the output of every step");
        redo->callback([this] { line_.command = redo_; });
        auto* fork = app_.add_subcommand("fork", "new runs that go on from a kept cluster as it is now");
        fork->add_option("RUN", fork_.run)->required();
        fork->add_option("N", fork_.count, "how many (default 1)")->check(whole_number(1, kMostCopies));
        fork->callback([this] { line_.command = fork_; });
    }

    void add_capsule_commands() {
        auto* pack = app_.add_subcommand("export", "pack a run into one file, to be opened on another machine");
        pack->add_option("RUN", export_.run)->required();
        pack->add_option("FILE", export_.file, "the capsule to write, e.g. bug.crib")->required();
        auto* state = pack->add_flag("--with-state", export_.with_state,
                                     "the kept cluster as it is now too: its memory, disks and keys");
        pack->add_flag("--with-images", export_.with_images, "and the node image that its disks stand on")
            ->needs(state);
        pack->callback([this] { line_.command = export_; });
        auto* open = app_.add_subcommand("open", "unpack a capsule of crib export: its run's record, to be read");
        open->add_option("FILE", open_.file)->required();
        auto* boot = open->add_flag("--boot", open_.boot, "also go on from its state: a new run, kept");
        open->add_option("--as", open_.as, "what that run's name begins with")->type_name("NAME")->needs(boot);
        open->callback([this] { line_.command = open_; });
    }

    void add_host_commands() {
        auto* gc = app_.add_subcommand("gc", "remove what killed runs left behind, and what crib cache gc does");
        gc->add_flag("--dry-run", gc_.dry_run, kDryRun);
        gc->callback([this] { line_.command = gc_; });
        app_.add_subcommand("doctor", "is this machine fit to run clusters, and what to do if not")->callback([this] {
            begin_command<DoctorCommand>();
        });
        auto* components = app_.add_subcommand("components", "the components crib knows, and which are built here");
        components->add_flag("--build", build_, "build what is missing");
        components->add_option("NAME", names_,
                               "only these, e.g. kubernetes, kubernetes@1.35.6 or cri-o=local:../cri-o");
        components->callback([this] { line_.command = ComponentsCommand{build_, names_}; });
        auto* images = app_.add_subcommand("images", "the node images crib knows, and which are made here");
        images->add_flag("--build", build_, "make what is missing; what would be fetched, only when it is named");
        images->add_option("NAME", names_, "only these, e.g. debian-13");
        images->callback([this] { line_.command = ImagesCommand{build_, names_}; });
        auto* versions = app_.add_subcommand("versions", "the versions crib knows of, and what each can come from");
        versions->add_option("COMPONENT", versions_.names, "e.g. kubernetes; all without");
        versions->add_flag("--json", versions_.json, "print JSON");
        versions->callback([this] { line_.command = versions_; });
        app_.add_subcommand(kHelp, "what a command does, e.g. crib help run");
        app_.add_subcommand("version", "the versions of crib and of what it uses")->callback([this] {
            begin_command<VersionCommand>();
        });
    }

    void add_scenario_commands() {
        auto* validate = app_.add_subcommand("validate", "tell everything that is wrong with scenario files");
        validate->add_option("FILE", validate_.files)->required();
        validate->add_option("--set", validate_.sets, "as of crib run")
            ->type_name("PATH=VALUE")
            ->allow_extra_args(false);
        validate->callback([this] { line_.command = validate_; });
        auto* format = app_.add_subcommand("fmt", "write scenario files in their canonical form");
        format->add_option("FILE", format_.files)->required();
        format->add_flag("--check", format_.check, "write nothing: name the files that would change, and exit with 1");
        format->callback([this] { line_.command = format_; });
        app_.add_subcommand("schema", "print the JSON Schema of scenario files")->callback([this] {
            begin_command<SchemaCommand>();
        });
        auto* explain = app_.add_subcommand("explain-field", "what a key of a scenario means, e.g. nodes.memory");
        explain->add_option("PATH", explain_.path)->required();
        explain->callback([this] { line_.command = explain_; });
    }

    void add_recipe_commands() {
        auto* recipe = app_.add_subcommand("recipe", "the recipes crib knows, and what they do");
        recipe->require_subcommand(1);
        recipe->add_subcommand("list", "the names of the recipes")->callback([this] {
            begin_command<RecipeListCommand>();
        });
        auto* show = recipe->add_subcommand("show", "a recipe's steps for an operating system and versions");
        show->add_option("NAME", show_.name)->required();
        show->add_option("--os", show_.os, "ubuntu-18.04, debian-13, rocky-9 ...")->capture_default_str();
        show->add_option("--set", show_.sets, "a version, e.g. versions.kubernetes=1.24")
            ->type_name("versions.NAME=VERSION")
            ->allow_extra_args(false);
        show->add_option("--source", show_.source, "where packages come from: upstream, or crib's own gateway")
            ->check(one_of({"upstream", "crib"}))
            ->capture_default_str();
        show->add_option("--format", show_.format, "tutorial (to read) or script (to run on machines)")
            ->check(one_of({"tutorial", "script"}))
            ->capture_default_str();
        show->callback([this] { line_.command = show_; });
    }

    std::vector<std::string> tail_;
    CommandLine line_;
    CLI::App app_{"crib: boots VMs, makes a Kubernetes cluster on CRI-O in them, and checks that it works", "crib"};
    RunCommand run_;
    CheckpointCommand save_;
    RestoreCommand restore_;
    RewindCommand rewind_;
    RedoCommand redo_;
    ForkCommand fork_;
    ExportCommand export_;
    OpenCommand open_;
    PlanCommand plan_;
    LockCommand lock_;
    MatrixCommand matrix_;
    VersionsCommand versions_;
    DownCommand down_;
    ValidateCommand validate_;
    FormatCommand format_;
    ExplainFieldCommand explain_;
    RecipeShowCommand show_;
    CollectGarbageCommand gc_;
    CacheWords cache_;
    std::string keep_;
    bool save_at_failure_ = false;
    std::string lock_file_;
    std::string run_id_;
    std::string node_;
    bool build_ = false;
    std::vector<std::string> names_;
};

}  // namespace

bool saves_at_failure(const RunCommand& command, bool in_ci) {
    if (command.save_at_failure) return *command.save_at_failure;
    const bool none = std::find(command.save.begin(), command.save.end(), kSaveNone) != command.save.end();
    return !in_ci && !command.no_cache && !none;
}

std::vector<CommandShape> command_shapes() {
    return Parser().shapes();
}

Parsed parse_command_line(std::vector<std::string> arguments) {
    return Parser().parse(std::move(arguments));
}

std::vector<std::vector<std::string>> places_of_values() {
    return places_of_values(Parser().app());
}

}  // namespace crib::cli
