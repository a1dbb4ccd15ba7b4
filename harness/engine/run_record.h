#pragma once
// RunRecord: what run.json says of a run, so that another crib can use it, end it, or clean up after a killed one.

#include "harness/base/clock.h"
#include "harness/engine/measured_run.h"
#include "harness/hypervisor/hypervisor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::engine {

enum class RunState {
    running,   // a crib process owns it (holds its lock)
    kept,      // crib ended and left the cluster running, as asked
    ended,     // nothing of it runs; the files are the record
    orphaned,  // its crib process died: `crib gc` removes what is left
    damaged,   // its run.json cannot be read: all of it stays, as evidence
};

[[nodiscard]] const char* to_string(RunState state);

struct RunNode {
    std::string name;
    std::string role;  // "control-plane" or "worker"
    std::string ip;
    std::string machine;         // the domain's name
    std::uint16_t ssh_port = 0;  // on 127.0.0.1; 0 before the switch is up
};

struct RunInfo {
    std::string id;
    std::string scenario;
    std::string scenario_file;
    std::vector<std::string> sets;                        // what --set and --component changed in it
    std::vector<std::string> swaps;                       // what --swap put in the place of what was set up
    std::map<std::string, std::string> scenario_digests;  // of its files when the run began; empty: not known
    std::vector<std::string> scenario_changed;            // out of a capsule: its files that were packed as they became
    std::string until;                                    // the stage after which the run was to end; empty: none
    std::string hypervisor_uri;
    std::string acceleration;  // "kvm" or "tcg"; empty before it is known
    std::string outcome;       // empty while it runs
    bool kept = false;
    WallTime began{};
    std::uint16_t api_port = 0;  // the API server on 127.0.0.1
    std::string host_key;        // the nodes' public SSH host key: "ssh-ed25519 AAAA..."
    std::vector<RunNode> nodes;
    std::optional<MeasuredRun> times;     // once it has ended; nothing, too, of an earlier crib's and of a capsule's
    RunState state = RunState::orphaned;  // found out when loaded, not stored
    std::string damage;                   // damaged: what is wrong with run.json
    bool recorded = true;                 // else the rest of a removal, or of the opening of a capsule
    std::string doubt;                    // orphaned or kept: why a crib may be at work on it all the same

    // A run that was killed before it had written down its hypervisor used the default one, if any.
    [[nodiscard]] std::string driver() const {
        return hypervisor_uri.empty() ? hypervisor::kEmbeddedUri : hypervisor_uri;
    }
};

// Of a run in doubt: "its owner.lock is gone, so a crib may still be at work on it".
[[nodiscard]] std::string words_of_doubt(const RunInfo& run);

// What a run's record, or a capsule's, may call its outcome.
[[nodiscard]] bool is_outcome(const std::string& text);

// A larger run.json is neither written nor read.
inline constexpr std::uint64_t kLargestRunRecord = 1U << 20U;

// As run.json has it. Error(usage) when that would be too large.
[[nodiscard]] std::string record_text(const RunInfo& info);

// The run of this name by the text of its run.json. Of another's record, a damaged one with the other's id.
[[nodiscard]] RunInfo parse_record(const std::string& text, const std::string& name);

[[nodiscard]] RunInfo damaged_run(const std::string& id, const std::string& why);

}  // namespace crib::engine
