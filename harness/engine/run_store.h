#pragma once
// RunStore: the runs on this machine. Each is a folder state/runs/ID with a run.json that says what
// belongs to it, so that another crib process can use it, end it, or clean up after a killed one.

#include "harness/base/clock.h"
#include "harness/base/folders.h"
#include "harness/base/lock.h"
#include "harness/engine/owned_folder.h"
#include "harness/hypervisor/hypervisor.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace crib::engine {

enum class RunState {
    running,   // a crib process owns it (holds its lock)
    kept,      // crib ended and left the cluster running, as asked
    ended,     // nothing of it runs; the files are the record
    orphaned,  // its crib process died: `crib gc` removes what is left
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
    std::vector<std::string> sets;   // what --set and --component changed in it
    std::vector<std::string> swaps;  // what --swap put in the place of what was set up
    std::string until;               // the stage after which the run was to end; empty: none
    std::string hypervisor_uri;
    std::string acceleration;  // "kvm" or "tcg"; empty before it is known
    std::string outcome;       // empty while it runs
    bool kept = false;
    WallTime began{};
    std::uint16_t api_port = 0;  // the API server on 127.0.0.1
    std::string host_key;        // the nodes' public SSH host key: "ssh-ed25519 AAAA..."
    std::vector<RunNode> nodes;
    RunState state = RunState::orphaned;  // found out when loaded, not stored

    // A run that was killed before it had written down its hypervisor used the default one, if any.
    [[nodiscard]] std::string driver() const {
        return hypervisor_uri.empty() ? hypervisor::kEmbeddedUri : hypervisor_uri;
    }
};

// The places of one run.
struct RunFolder {
    std::filesystem::path path;

    [[nodiscard]] std::filesystem::path info() const { return path / "run.json"; }
    [[nodiscard]] std::filesystem::path owner_lock() const { return owner_lock_in(path); }
    [[nodiscard]] std::filesystem::path events() const { return path / "events.jsonl"; }
    [[nodiscard]] std::filesystem::path junit() const { return path / "junit.xml"; }
    [[nodiscard]] std::filesystem::path lock() const { return path / "lock.json"; }
    [[nodiscard]] std::filesystem::path node(const std::string& name) const { return path / "nodes" / name; }
    [[nodiscard]] std::filesystem::path console(const std::string& name) const { return node(name) / "console.log"; }
    // Keys, disks, the hypervisor's own files: mode 0700, removed when the run ends, never shared.
    [[nodiscard]] std::filesystem::path secret() const { return path / "private"; }
    [[nodiscard]] std::filesystem::path user_key() const { return secret() / "id_ed25519"; }
    [[nodiscard]] std::filesystem::path kubeconfig() const { return secret() / "admin.conf"; }
    [[nodiscard]] std::filesystem::path disks() const { return secret() / "disks"; }
    [[nodiscard]] std::filesystem::path hypervisor() const { return secret() / "libvirt"; }
    // Memory on its way to a checkpoint, or from one: there only meanwhile.
    [[nodiscard]] std::filesystem::path saving() const { return secret() / "saving"; }
    // The same where it takes no disk to write: the nodes stand still for as long as the writing takes.
    [[nodiscard]] std::filesystem::path fast_saving() const { return "/dev/shm/crib-" + path.filename().string(); }
    // The cluster's state as a later crib needs it to save or rewind it.
    [[nodiscard]] std::filesystem::path state() const { return secret() / "cluster.json"; }
    // What led to the run's stages, and what came of looking for checkpoints of them. Without secrets.
    [[nodiscard]] std::filesystem::path checkpoints() const { return path / "checkpoints.json"; }
};

// What the node's console has shown so far goes to console-before.log: who looks for a panic must not find one of a
// machine that has ended.
void set_console_aside(const RunFolder& folder, const std::string& node) noexcept;

class RunStore {
public:
    explicit RunStore(const Folders& folders) : folders_(folders) {}

    // A new run "NAME-xxxx" with its folder and its owner's lock.
    struct Created {
        RunInfo info;
        RunFolder folder;
        FileLock owner;
    };
    [[nodiscard]] Created create(const std::string& scenario_name, const Clock& clock) const;

    void save(const RunInfo& info) const;
    [[nodiscard]] std::vector<RunInfo> list() const;  // oldest first; folders without run.json as orphaned

    // Error(usage) with the known runs when there is no such run. An unambiguous prefix will do.
    [[nodiscard]] RunInfo load(const std::string& id_or_prefix) const;
    [[nodiscard]] RunFolder folder(const std::string& id) const { return {folders_.run(id)}; }

private:
    [[nodiscard]] RunInfo read(const std::filesystem::path& folder) const;
    Folders folders_;
};

}  // namespace crib::engine
