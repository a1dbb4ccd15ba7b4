#pragma once
// Events: everything that a run does and sees, as plain values. Terminal, events.jsonl and the run
// record are all made from this one stream, so they cannot tell different stories.

#include "harness/base/clock.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace crib::events {

// Never mixed: failed is the product's fault, error the harness's or the host's.
enum class Outcome { passed, failed, error, skipped, interrupted };

[[nodiscard]] const char* to_string(Outcome outcome);
[[nodiscard]] std::optional<Outcome> parse_outcome(std::string_view name);

struct RunStarted {
    std::string run_id;
    std::string scenario;                      // its name
    std::string scenario_file;                 // as the user gave it
    std::map<std::string, std::string> facts;  // "kubernetes" -> "1.36.3", "os", "acceleration", "hypervisor" ...
};

struct StageStarted {
    std::string
        stage;  // "components", "images", "boot", then the recipe's: "os-ready" ... each with "save os-ready" ... after
                // it where its checkpoint is saved, then "checks", "evidence", "saving" (the failed instant), "cleanup"
};

struct StageFinished {
    std::string stage;
    Outcome outcome = Outcome::passed;
    Duration took{};
};

// What a node is busy with now: "booting: Reached target network", "kubeadm-init". Empty: idle.
struct NodeDoing {
    std::string node;
    std::string what;
};

struct StepStarted {
    std::string step;   // id in the recipe: "kubeadm-init"
    std::string title;  // "Initialise the control plane"
    std::string node;
    std::string script;                         // the text that runs
    std::map<std::string, std::string> inputs;  // secrets already replaced by "(secret)"
};

struct StepOutput {
    std::string step;
    std::string node;
    bool is_stderr = false;
    std::string line;
};

struct StepFinished {
    std::string step;
    std::string title;
    std::string node;
    Outcome outcome = Outcome::passed;
    std::optional<int> exit_code;  // nothing when it did not exit by itself
    std::string reason;            // one line when it did not pass
    std::string output_tail;       // the last lines of both streams when it did not pass
    Duration took{};
    Duration limit{};  // what it had
};

struct CheckStarted {
    std::string check;  // "nodes-ready"
    std::string title;  // "every node is Ready"
};

struct CheckFinished {
    std::string check;
    std::string title;
    Outcome outcome = Outcome::passed;
    std::string summary;    // "2 of 2 nodes Ready"
    std::string last_seen;  // when it did not pass: what was seen last
    Duration took{};
    Duration limit{};   // what it had
    std::string ran{};  // the commands that did not end well when it last looked, and what they said: for the record
};

// A long piece of work on the host, e.g. building a component.
struct Progress {
    std::string subject;  // "kubernetes 1.36.3", "image debian-13"
    std::string what;     // "compiling kube-apiserver", "up to date"
    unsigned done = 0;    // steps done of total; total 0: not known
    unsigned total = 0;
    bool finished = false;
    Duration took{};
};

enum class Level { info, warning, error };

struct Notice {
    Level level = Level::info;
    std::string node;  // empty: the host
    std::string text;
    std::string hint;  // what to do about it; may be empty
};

// What came of asking for, making or using a checkpoint of the whole cluster.
struct Checkpoint {
    enum class What {
        hit,       // there is one of this stage: the run goes on from it
        miss,      // there is none, or it cannot be used: `reason`
        restored,  // the cluster runs again; `took` is from the command to load it until it was checked
        saved,     // `paused`: how long the guests stood still; `bytes`: what it takes in the store
        not_saved  // the run goes on without: `reason`
    };
    What what = What::miss;
    std::string stage;
    std::string key{};
    std::string reason{};
    Duration took{};
    Duration paused{};
    std::uint64_t bytes = 0;
};

[[nodiscard]] const char* to_string(Checkpoint::What what);  // "hit", "not-saved"

// A finished block of text for a person: the nodes' table, the pods' table.
struct Table {
    std::string title;
    std::string text;
};

struct RunFinished {
    Outcome outcome = Outcome::passed;
    std::string reason;  // one line when it did not pass, or failed as expected
    std::string hint;
    Duration took{};
    std::string folder;        // where the run's files are
    bool kept = false;         // the cluster is still running (--keep)
    std::string expected{};    // the step or check at which the scenario says that it must fail; may be empty
    bool as_expected = false;  // it failed there, and so passed
    bool refused = false;      // an error of what was asked for, the scenario or its lock: no machine was started
    std::string saved_as{};    // the checkpoint of the failed instant; empty: there is none
};

using Body = std::variant<RunStarted, StageStarted, StageFinished, NodeDoing, StepStarted, StepOutput, StepFinished,
                          CheckStarted, CheckFinished, Progress, Notice, Checkpoint, Table, RunFinished>;

struct Event {
    Duration at{};    // since the run began
    WallTime wall{};  // by the host's clock
    Body body;
};

// One line of JSON without its newline: {"at":12.345,"time":"2026-...Z","event":"step-finished",...}.
// Keys are the members' names with '-' for '_'; durations are seconds.
[[nodiscard]] std::string to_json_line(const Event& event);

}  // namespace crib::events
