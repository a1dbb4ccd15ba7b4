#pragma once
// RunStore: the runs on this machine. Each is a folder state/runs/ID with a run.json that says what
// belongs to it, so that another crib process can use it, end it, or clean up after a killed one.
//
// A folder there is a run of crib's when it is a real folder of this user's and either has the mark of the run of its
// name (mark.h) or, made by a crib that made no marks, a run.json that can be read and is of that name. Nothing else
// is ever removed.

#include "harness/base/clock.h"
#include "harness/base/folders.h"
#include "harness/base/lock.h"
#include "harness/base/owned_folder.h"
#include "harness/engine/run_record.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace crib::engine {

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

// What lies in the run's folder, e.g. private/disks. Reached without following a link from the folder of all runs on.
// Never throws; true when nothing is left there.
bool remove_in_run(const RunFolder& folder, const std::filesystem::path& inside) noexcept;

// The mark of folder.fast_saving().
[[nodiscard]] Mark mark_of_fast_saving(const RunFolder& folder);

// What the node's console has shown so far goes to console-before.log: who looks for a panic must not find one of a
// machine that has ended.
void set_console_aside(const RunFolder& folder, const std::string& node) noexcept;

// What makes of a run's owner.lock one that can be taken again, for a shell: "touch LOCK".
[[nodiscard]] std::string way_to_mend_lock(const RunFolder& folder);

// "cannot remove PATH: ...; chmod u+w FOLDER"
[[nodiscard]] std::string words_of_failed(const Removal& removal);

class RunStore {
public:
    explicit RunStore(const Folders& folders) : folders_(folders) {}

    // A new run "NAME-xxxx" with its folder and its owner's lock. The cache is told that it has one more user.
    struct Created {
        RunInfo info;
        RunFolder folder;
        FileLock owner;
    };
    // Error(usage) for a name that a later command could not be given.
    [[nodiscard]] Created create(const std::string& scenario_name, const Clock& clock) const;

    void save(const RunInfo& info) const;

    struct Survey {
        std::vector<RunInfo> runs;       // oldest first; damaged ones, and capsules that are being opened, among them
        std::vector<LeftAlone> strange;  // what lies among the runs and is none of this user's
        bool has_others = false;         // some of that belongs to other users
        bool all_read = true;            // else there is one of which nobody can tell what it uses
    };
    [[nodiscard]] Survey survey() const;
    [[nodiscard]] std::vector<RunInfo> list() const { return survey().runs; }
    // What of it nobody removes: what is strange, runs whose record cannot be read, and those that may have an owner.
    [[nodiscard]] std::vector<LeftAlone> left_alone(const Survey& survey) const;

    // Error(usage) with the known runs when there is no such run. An unambiguous prefix will do. load() refuses a
    // damaged one, saying what is wrong with it.
    [[nodiscard]] RunInfo load(const std::string& id_or_prefix) const;
    [[nodiscard]] RunInfo find(const std::string& id_or_prefix) const;
    [[nodiscard]] RunFolder folder(const std::string& id) const { return {folders_.run(id)}; }
    [[nodiscard]] std::filesystem::path root() const { return folders_.runs(); }
    [[nodiscard]] const NextCommand& next_command() const { return folders_.next_command; }

    // The owner's lock of a run that nobody owns, if it is orphaned, or kept, still, without a doubt.
    [[nodiscard]] std::optional<FileLock> take_orphan(const std::string& id) const {
        return take(id, RunState::orphaned);
    }
    [[nodiscard]] std::optional<FileLock> take_kept(const std::string& id) const { return take(id, RunState::kept); }

    // All of a run, which then is no user of the cache any more, or its private files. Both look again whether it is a
    // run of crib's.
    [[nodiscard]] Removal remove(const std::string& id) const noexcept;
    [[nodiscard]] Removal remove_private(const std::string& id) const noexcept;

    // Why remove(), and remove_private(), would fail before they have begun, with what to do about it.
    [[nodiscard]] std::vector<std::string> objections_to_removal(const std::string& id) const;
    [[nodiscard]] std::vector<std::string> objections_to_ending(const std::string& id) const;

private:
    [[nodiscard]] std::optional<FileLock> take(const std::string& id, RunState state) const;

    Folders folders_;
};

}  // namespace crib::engine
