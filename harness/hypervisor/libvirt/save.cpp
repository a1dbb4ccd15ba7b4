#include "harness/hypervisor/libvirt/save.h"

#include "harness/hypervisor/libvirt/error.h"
#include "harness/hypervisor/libvirt/mapped_memory.h"
#include "harness/hypervisor/libvirt/side_by_side.h"
#include "harness/hypervisor/memory_stream.h"
#include "harness/hypervisor/saved_xml.h"

#include <libvirt/virterror.h>

#include <fmt/format.h>

#include <exception>
#include <functional>
#include <memory>

namespace crib::hypervisor {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// What undoing a save may take: the machines have not written to their new disks yet, or for the seconds only in which
// their memory was split.
constexpr auto longest_undoing = 120s;

struct FreeSnapshot {
    void operator()(virDomainSnapshotPtr snapshot) const noexcept { virDomainSnapshotFree(snapshot); }
};
using SnapshotHandle = std::unique_ptr<virDomainSnapshot, FreeSnapshot>;

void snapshot(virDomainPtr domain, const std::string& xml, unsigned flags, const std::string& what) {
    // Without metadata: crib remembers what was saved, libvirt need not.
    const SnapshotHandle made(
        virDomainSnapshotCreateXML(domain, xml.c_str(), flags | VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA));
    if (!made) throw last_error(what);
}

std::string description_of(virDomainPtr domain, const std::string& what) {
    const TextHandle text(virDomainGetXMLDesc(domain, 0));
    if (!text) throw last_error(what);
    return text.get();
}

// What the overlay holds into the frozen file, which is then the machine's again.
void move_disk_back(virDomainPtr domain, const std::string& name, const std::string& target, const Context& context) {
    const std::string what = fmt::format("moving the disk {} of the machine {} back", target, name);
    constexpr unsigned flags = VIR_DOMAIN_BLOCK_COMMIT_ACTIVE | VIR_DOMAIN_BLOCK_COMMIT_SHALLOW;
    if (virDomainBlockCommit(domain, target.c_str(), nullptr, nullptr, 0, flags) != 0) throw last_error(what);
    while (virDomainBlockJobAbort(domain, target.c_str(), VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT) != 0) {
        const LibvirtError error = last_error(what);
        if (error.number() != VIR_ERR_BLOCK_COPY_ACTIVE) throw error;
        context.throw_if_done(what);
        context.sleep(10ms);
    }
}

// "; and the machine NAME is not as before: WHY" for each failure, in the order of the names.
std::string not_as_before(const std::vector<std::exception_ptr>& failures,
                          const std::function<std::string(std::size_t)>& name) {
    std::string text;
    for (std::size_t i = 0; i < failures.size(); ++i) {
        if (!failures[i]) continue;
        try {
            std::rethrow_exception(failures[i]);
        } catch (const std::exception& error) {
            text += fmt::format("; and the machine {} is not as before: {}", name(i), error.what());
        }
    }
    return text;
}

// One machine on its way through a save.
class Machine {
public:
    Machine(const Connection& connection, const SaveSpec& spec)
        : connection_(connection),
          spec_(spec),
          whole_(spec.memory.string() + ".whole"),
          what_("saving the machine " + spec.name),
          domain_(connection.find(spec.name)) {
        if (!domain_) throw LibvirtError(VIR_ERR_NO_DOMAIN, what_ + ": there is no such machine");
        require_running();
        disks_ = disks_of_domain(description_of(domain_.get(), what_));
        require_files();
        saved_.name = spec.name;
    }

    void stop() {
        if (virDomainSuspend(domain_.get()) != 0) throw last_error(what_);
        stopped_ = true;
    }

    void write_memory() {
        wrote_ = true;
        snapshot(domain_.get(), memory_snapshot_xml(whole_, disks_), 0, what_);
        const TextHandle text(virDomainSaveImageGetXMLDesc(connection_.get(), whole_.c_str(), 0));
        if (!text) throw last_error(what_);
        saved_.description = description_to_keep(text.get());
    }

    // While the machine runs again.
    void split(const Context& context) {
        split_memory(whole_, spec_.memory, spec_.state, context);
        fs::remove(whole_);
    }

    void abort() noexcept { virDomainAbortJob(domain_.get()); }

    void move_disks_on() {
        if (!spec_.overlays.empty()) {
            snapshot(domain_.get(), disk_snapshot_xml(spec_.overlays, disks_), VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY,
                     what_);
        }
        for (const auto& disk : disks_) {
            if (!disk.read_only) saved_.frozen[disk.target] = {disk.file, disk.format};
        }
    }

    void go_on() {
        if (!stopped_) return;
        if (virDomainResume(domain_.get()) != 0) throw last_error("resuming the machine " + spec_.name);
        stopped_ = false;
    }

    // Back to how it was before stop(), as far as it came. It goes on first: QEMU has let go of the disks of a
    // machine whose memory it has written, until that machine goes on.
    void undo(const Context& context) {
        go_on();
        std::error_code ignored;
        if (wrote_) {
            for (const auto& file : {whole_, spec_.memory, spec_.state}) fs::remove(file, ignored);
        }
        for (auto disk = saved_.frozen.begin(); disk != saved_.frozen.end(); disk = saved_.frozen.erase(disk)) {
            move_disk_back(domain_.get(), spec_.name, disk->first, context);
        }
        for (const auto& [target, file] : spec_.overlays) fs::remove(file, ignored);
    }

    [[nodiscard]] const SavedMachine& saved() const { return saved_; }

private:
    void require_running() const {
        int state = VIR_DOMAIN_NOSTATE;
        if (virDomainGetState(domain_.get(), &state, nullptr, 0) != 0) throw last_error(what_);
        if (state != VIR_DOMAIN_RUNNING) {
            throw LibvirtError(VIR_ERR_OPERATION_INVALID, what_ + ": it does not run");
        }
    }

    void require_files() const {
        std::vector<fs::path> files{spec_.memory, spec_.state, whole_};
        for (const auto& [target, file] : spec_.overlays) files.push_back(file);
        for (const auto& file : files) {
            std::error_code unknown;
            if (!fs::exists(fs::symlink_status(file, unknown))) continue;
            throw Error(ErrorKind::internal, fmt::format("{}: {} exists already", what_, file.string()));
        }
        std::size_t writable = 0;
        for (const auto& disk : disks_) {
            if (disk.read_only) continue;
            ++writable;
            if (spec_.overlays.count(disk.target) != 0) continue;
            throw Error(ErrorKind::internal, fmt::format("{}: no overlay for its disk {}", what_, disk.target));
        }
        if (writable != spec_.overlays.size()) {
            throw Error(ErrorKind::internal, what_ + ": an overlay for a disk that it has not");
        }
    }

    const Connection& connection_;
    const SaveSpec& spec_;
    fs::path whole_;  // the memory and the state, as libvirt writes them
    std::string what_;
    DomainHandle domain_;
    std::vector<DomainDisk> disks_;
    SavedMachine saved_;
    bool stopped_ = false;
    bool wrote_ = false;
};

class Saving {
public:
    Saving(const Connection& connection, const std::vector<SaveSpec>& specs) {
        for (const auto& spec : specs) machines_.push_back(std::make_unique<Machine>(connection, spec));
    }

    SaveResult run(const Context& context) {
        SaveResult result;
        const TimePoint begin = context.clock->now();
        try {
            each(&Machine::stop, context);
            each(&Machine::write_memory, context);
            // The memory is the long part and the one that fails, so no disk moves on before all of it is written.
            each(&Machine::move_disks_on, context);
            each(&Machine::go_on, context);
            result.paused = context.clock->now() - begin;
            split(context);
        } catch (const Error& error) {
            fail(error.kind(), error, error.hint(), *context.clock);
        } catch (const std::exception& error) {
            fail(ErrorKind::hypervisor, error, {}, *context.clock);
        }
        for (const auto& machine : machines_) result.machines.push_back(machine->saved());
        return result;
    }

private:
    void each(void (Machine::*act)(), const Context& context) {
        const auto job = [&](std::size_t i) { (*machines_[i].*act)(); };
        const auto abort = [&](std::size_t i) { machines_[i]->abort(); };
        side_by_side(machines_.size(), "saving the machines", context, job, abort);
    }

    void split(const Context& context) {
        const auto job = [&](std::size_t i) { machines_[i]->split(context); };
        side_by_side(machines_.size(), "saving the machines", context, job, [](std::size_t) {});
    }

    [[noreturn]] void fail(ErrorKind kind, const std::exception& error, const std::string& hint, Clock& clock) {
        const auto failures = undo(clock);
        if (failures.empty()) throw Error(kind, error.what(), hint);
        throw HalfSaved(kind, error.what() + failures, hint);
    }

    // What could not be undone.
    std::string undo(Clock& clock) {
        const Context context = Context::with_clock(clock).with_timeout(longest_undoing);
        const auto failures = try_side_by_side(machines_.size(), [&](std::size_t i) { machines_[i]->undo(context); });
        return not_as_before(failures, [&](std::size_t i) { return machines_[i]->saved().name; });
    }

    std::vector<std::unique_ptr<Machine>> machines_;
};

}  // namespace

SaveResult save_machines(const Connection& connection, const std::vector<SaveSpec>& specs, const PidFile& pid_file,
                         const Context& context) {
    context.throw_if_done("saving the machines");
    Saving saving(connection, specs);
    const auto fill = [&](std::size_t i) { fill_holes_of_memory(pid_file(specs[i].name), context); };
    side_by_side(specs.size(), "saving the machines", context, fill, [](std::size_t) {});
    return saving.run(context);
}

void undo_saved_machines(const Connection& connection, const std::vector<SaveSpec>& specs, const Context& context) {
    const auto failures = try_side_by_side(specs.size(), [&](std::size_t i) {
        const auto& spec = specs[i];
        const DomainHandle domain = connection.find(spec.name);
        if (!domain) throw LibvirtError(VIR_ERR_NO_DOMAIN, "there is no such machine");
        for (const auto& [target, file] : spec.overlays) {
            move_disk_back(domain.get(), spec.name, target, context);
            std::error_code ignored;
            fs::remove(file, ignored);
        }
    });
    const auto text = not_as_before(failures, [&](std::size_t i) { return specs[i].name; });
    if (!text.empty()) throw HalfSaved(ErrorKind::hypervisor, "taking back what was saved" + text);
}

}  // namespace crib::hypervisor
