#pragma once
// The command line as values: what was asked for, before anything is done.

#include "harness/base/next_command.h"
#include "harness/hypervisor/hypervisor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace crib::cli {

enum class Keep { no, failed, always };

struct RunCommand {
    std::string file;
    Keep keep = Keep::no;
    std::string until;                    // a stage; empty: to the end
    std::vector<std::string> sets;        // PATH=VALUE
    std::vector<std::string> components;  // NAME=local:PATH
    std::vector<std::string> swaps;       // NAME=local:PATH: after the set-up, in the place of what was set up
    std::string accel;                    // "", "kvm" or "tcg"
    std::string connect = hypervisor::kEmbeddedUri;
    std::string capture;  // a pcap file; empty: none
    bool json = false;
    bool verbose = false;
    bool locked = false;
    bool no_cache = false;                // use no checkpoint, and make none but those of --save
    std::string from;                     // a stage; empty: the last one that there is a checkpoint of
    std::vector<std::string> save;        // stages; empty: those that the recipe names
    std::optional<bool> save_at_failure;  // nothing: as saves_at_failure() says
    std::string lock;                     // a lock file; empty: the one beside the scenario
    std::string made_of;                  // of a cell of a matrix: CellInputs::set_up() as it began; empty: anything
};
// crib plan FILE [--diff OTHER | --script STEP]
struct PlanCommand {
    std::string file;
    std::vector<std::string> sets;        // PATH=VALUE
    std::vector<std::string> components;  // NAME=local:PATH
    std::string accel;                    // "", "kvm" or "tcg"
    std::string diff;                     // another scenario file; empty: none
    std::string script;                   // a step, "kubeadm-init" or "sysctls@worker"; empty: none
    bool json = false;
};
// crib lock FILE [--cells], or crib lock --diff A B
struct LockCommand {
    std::string file;
    std::vector<std::string> sets;
    std::vector<std::string> components;
    bool cells = false;             // of each cell of its matrix
    std::vector<std::string> only;  // PATH=PATTERN,...: not of all cells
    std::string output;             // empty: beside the scenario
    std::vector<std::string> diff;  // two lock files
};
struct MatrixCommand {
    std::string file;
    std::vector<std::string> sets;        // PATH=VALUE, of every cell
    std::vector<std::string> components;  // NAME=local:PATH, of every cell
    bool list = false;
    bool json = false;
    bool pairwise = false;
    std::vector<std::string> only;   // PATH=PATTERN,...
    std::vector<std::string> cells;  // ids
    std::size_t sample = 0;          // 0: all
    std::uint64_t seed = 1;          // of --pairwise and --sample
    std::string shard;               // "2/5"; empty: all
    std::string resume;              // a matrix's id, whose sets count; empty: none
    bool locked = false;
    bool fail_fast = false;
    unsigned jobs = 0;      // 0: as many as there is room for
    bool no_cache = false;  // each cell from nothing; no checkpoint is made for another one
    std::string accel;
    std::string connect = hypervisor::kEmbeddedUri;
    bool verbose = false;
};
struct ListCommand {};
struct SshCommand {
    std::string run;
    std::string node;
    std::vector<std::string> command;
};
struct KubectlCommand {
    std::string run;
    std::vector<std::string> arguments;
};
struct LogsCommand {
    std::string run;
    std::string node;  // empty: every node
};
struct ConsoleCommand {
    std::string run;
    std::string node;
};
struct DownCommand {
    std::vector<std::string> runs;
    bool all = false;
    bool dry_run = false;  // only say what would be ended and removed
};
// crib checkpoint RUN NAME
struct CheckpointCommand {
    std::string run;
    std::string name;
};
// crib restore NAME
struct RestoreCommand {
    std::string name;  // of a checkpoint, or the beginning of its key
    std::string as;    // what the new run's id begins with; empty: the scenario's name
    unsigned copies = 1;
    std::string called;  // what to call the checkpoint in what is printed; empty: as in `name`
    std::string
        memory_from;  // a folder of each node's memory, when a crib that makes several copies has started this one
};
// crib rewind RUN STAGE|NAME
struct RewindCommand {
    std::string run;
    std::string to;
};
// crib redo RUN --from STEP
struct RedoCommand {
    std::string run;
    std::string from;  // a step's id
    bool json = false;
    bool verbose = false;
};
// crib fork RUN N
struct ForkCommand {
    std::string run;
    unsigned count = 1;
};
// crib export RUN FILE
struct ExportCommand {
    std::string run;
    std::string file;
    bool with_state = false;   // the cluster as it is now, with its keys and memory
    bool with_images = false;  // and what its disks stand on
};
// crib open FILE
struct OpenCommand {
    std::string file;
    bool boot = false;  // go on from its state
    std::string as;     // what the booted run's id begins with; empty: the scenario's name
};
struct CollectGarbageCommand {
    bool dry_run = false;  // only say what would be removed
};
struct DoctorCommand {};
struct ComponentsCommand {
    bool build = false;              // build what is missing
    std::vector<std::string> names;  // "kubernetes", "kubernetes@1.35.6"; empty: all
};
struct ImagesCommand {
    bool build = false;              // make what is missing; fetch it too, when it is named
    std::vector<std::string> names;  // "debian-13"; empty: all
};
struct VersionsCommand {
    std::vector<std::string> names;  // of components; empty: all
    bool json = false;
};
struct VersionCommand {};
struct SchemaCommand {};
struct ExplainFieldCommand {
    std::string path;  // "nodes.memory"
};
struct ValidateCommand {
    std::vector<std::string> files;
    std::vector<std::string> sets;  // PATH=VALUE
};
struct FormatCommand {
    std::vector<std::string> files;
    bool check = false;  // only say which would change
};
struct RecipeListCommand {};
struct RecipeShowCommand {
    std::string name;
    std::string os = "debian-13";
    std::string source = "upstream";
    std::vector<std::string> sets;  // versions.NAME=VERSION
    std::string format = "tutorial";
};

// crib cache ls|rm|gc|verify|explain
struct CacheListCommand {
    bool json = false;
};
struct CacheRemoveCommand {
    std::vector<std::string> names;  // of checkpoints, or beginnings of their keys
    bool all = false;
    bool dry_run = false;
};
struct CacheCollectCommand {
    std::string limit;  // of the checkpoints' size; empty: CRIB_CACHE_LIMIT, or what the disk allows
    bool dry_run = false;
};
struct CacheVerifyCommand {
    bool dry_run = false;
};
struct CacheExplainCommand {
    std::string run;
    std::string stage;
    bool entries = false;  // all of what the key is made of
};

using Command =
    std::variant<RunCommand, PlanCommand, LockCommand, ListCommand, SshCommand, KubectlCommand, LogsCommand,
                 ConsoleCommand, DownCommand, CheckpointCommand, RestoreCommand, RewindCommand, RedoCommand,
                 ForkCommand, ExportCommand, OpenCommand, CollectGarbageCommand, DoctorCommand, ComponentsCommand,
                 ImagesCommand, VersionCommand, RecipeListCommand, RecipeShowCommand, VersionsCommand, MatrixCommand,
                 SchemaCommand, ExplainFieldCommand, ValidateCommand, FormatCommand, CacheListCommand,
                 CacheRemoveCommand, CacheCollectCommand, CacheVerifyCommand, CacheExplainCommand>;

// What stands for "no stage" in RunCommand::save.
inline constexpr const char* kSaveNone = "none";

// Is the cluster of a run that fails, and is not kept, saved as it is? As the command says; else for people only, and
// not where no checkpoints are wanted at all.
[[nodiscard]] bool saves_at_failure(const RunCommand& command, bool in_ci);

struct CommandLine {
    std::string state;  // --state DIR; empty: the XDG folders
    Command command;
};

// Either a command line, or the text to print and the exit code to end with (help: 0, mistakes: 2).
struct Parsed {
    std::optional<CommandLine> line;
    std::string text;
    int exit_code = 0;
};

// A command as it is typed, "cache ls", and what its words stand for besides options, "RUN", needed or not.
struct CommandShape {
    std::string name;
    std::vector<std::string> words;
};
// All commands.
[[nodiscard]] std::vector<CommandShape> command_shapes();

// "crib lock scenarios/versions.json --cells", for a shell.
[[nodiscard]] std::string as_typed(const LockCommand& command, const NextCommand& next_command = {});

// `arguments` without the program's name.
[[nodiscard]] Parsed parse_command_line(std::vector<std::string> arguments);

}  // namespace crib::cli
