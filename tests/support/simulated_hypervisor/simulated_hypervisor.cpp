#include "tests/support/simulated_hypervisor/simulated_hypervisor.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>

namespace crib::test {

using hypervisor::MachineSpec;
using hypervisor::MachineState;
using hypervisor::RestoreSpec;
using hypervisor::SaveSpec;
using hypervisor::target_of_disk;

namespace {

std::string memory_of(const std::string& name) {
    return "the simulated memory of " + name + "\n";
}

std::string state_of(const std::string& name) {
    return "the simulated state of " + name + "\n";
}

// A file, or a FIFO until its writer has closed it. Who writes may give up and say so by the context.
std::string read_state(const std::filesystem::path& path, const Context& context) {
    if (!std::filesystem::is_fifo(path)) return read_file(path);
    const UniqueFd fifo(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::string text;
    for (;;) {
        context.throw_if_done("reading " + path.string());
        pollfd wait{fifo.get(), POLLIN, 0};
        ::poll(&wait, 1, 5);
        std::array<char, 4096> piece{};
        const auto got = ::read(fifo.get(), piece.data(), piece.size());
        if (got > 0) text.append(piece.data(), static_cast<std::size_t>(got));
        if (got == 0 && !text.empty()) return text;
    }
}

}  // namespace

void SimulatedHypervisor::start(const MachineSpec& spec, const Context& context) {
    const std::string what = "starting the machine " + spec.name;
    context.throw_if_done(what);
    std::function<void(const MachineSpec&)> callback;
    {
        const std::lock_guard lock(mutex_);
        if (machines_.count(spec.name) != 0) {
            throw Error(ErrorKind::hypervisor, what + ": there is a machine of this name already");
        }
        take_fault(start_faults_, spec.name, what);
        machines_[spec.name].spec = spec;
        started_.push_back(spec);
        callback = on_start_;
    }
    if (callback) callback(spec);
}

void SimulatedHypervisor::on_save(std::function<void()> callback) {
    const std::lock_guard lock(mutex_);
    on_save_ = std::move(callback);
}

void SimulatedHypervisor::stop_answering(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    silent_ = reason;
}

MachineState SimulatedHypervisor::state(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (silent_) throw Error(ErrorKind::hypervisor, *silent_);
    const auto found = machines_.find(name);
    return found == machines_.end() ? MachineState::absent : found->second.state;
}

std::string SimulatedHypervisor::why_stopped(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(name);
    return found == machines_.end() ? std::string() : found->second.why;
}

void SimulatedHypervisor::destroy(const std::string& name) noexcept {
    const std::lock_guard lock(mutex_);
    machines_.erase(name);
    destroyed_.push_back(name);
}

std::vector<std::string> SimulatedHypervisor::machines_of(const std::string& run_id) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, machine] : machines_) {
        if (machine.spec.run_id == run_id) names.push_back(name);
    }
    return names;
}

hypervisor::MachineOwner SimulatedHypervisor::owner_of(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(name);
    return found == machines_.end() ? hypervisor::MachineOwner{} : found->second.spec.owner;
}

void SimulatedHypervisor::take_fault(Faults& faults, const std::string& name, const std::string& what) {
    const auto fault = faults.find(name);
    if (fault == faults.end()) return;
    const std::string reason = fault->second;
    faults.erase(fault);
    throw Error(ErrorKind::hypervisor, what + ": " + reason);
}

SimulatedHypervisor::Machine& SimulatedHypervisor::find(const std::string& name, const std::string& what) {
    const auto found = machines_.find(name);
    if (found == machines_.end()) throw Error(ErrorKind::hypervisor, what + ": there is no such machine");
    return found->second;
}

hypervisor::SavedMachine SimulatedHypervisor::save_one(const SaveSpec& spec) {
    const std::string what = "saving the machine " + spec.name;
    Machine& machine = find(spec.name, what);
    if (machine.state != MachineState::running) throw Error(ErrorKind::hypervisor, what + ": it does not run");
    take_fault(save_faults_, spec.name, what);
    hypervisor::SavedMachine saved{spec.name, "simulated " + spec.name, {}};
    for (std::size_t i = 0; i < machine.spec.disks.size(); ++i) {
        const auto& disk = machine.spec.disks[i];
        if (disk.read_only) continue;
        const std::string target = target_of_disk(i);
        if (spec.overlays.count(target) == 0) {
            throw Error(ErrorKind::internal, what + ": no overlay for its disk " + target);
        }
        saved.frozen[target] = {disk.file, disk.format};
    }
    return saved;
}

hypervisor::SaveResult SimulatedHypervisor::save(const std::vector<SaveSpec>& specs, const Context& context) {
    context.throw_if_done("saving the machines");
    std::function<void()> callback;
    {
        const std::lock_guard lock(mutex_);
        callback = on_save_;
    }
    if (callback) callback();
    const std::lock_guard lock(mutex_);
    hypervisor::SaveResult result;
    try {
        for (const auto& spec : specs) result.machines.push_back(save_one(spec));
    } catch (const Error& error) {
        for (const auto& spec : specs) {
            if (undo_faults_.erase(spec.name) > 0) throw hypervisor::HalfSaved(error.kind(), error.what());
        }
        throw;
    }
    for (const auto& spec : specs) {
        write_file(spec.memory, memory_of(spec.name));
        write_file(spec.state, state_of(spec.name));
        for (auto& [target, file] : spec.overlays) write_file(file, "");
        auto& disks = machines_[spec.name].spec.disks;
        for (std::size_t i = 0; i < disks.size(); ++i) {
            if (disks[i].read_only) continue;
            below_[spec.overlays.at(target_of_disk(i))] = disks[i].file;
            disks[i].file = spec.overlays.at(target_of_disk(i));
            disks[i].format = hypervisor::DiskFormat::qcow2;
        }
    }
    saved_.push_back(specs);
    result.paused = saving_takes;
    return result;
}

void SimulatedHypervisor::undo_one(const SaveSpec& spec) {
    const std::string what = "taking back what was saved of " + spec.name;
    Machine& machine = find(spec.name, what);
    take_fault(undo_faults_, spec.name, what);
    for (const auto& [target, overlay] : spec.overlays) {
        for (auto& disk : machine.spec.disks) {
            if (disk.file == overlay) disk.file = below_.at(overlay);
        }
        std::filesystem::remove(overlay);
    }
}

void SimulatedHypervisor::undo_save(const std::vector<SaveSpec>& specs, const Context& context) {
    context.throw_if_done("taking back what was saved");
    const std::lock_guard lock(mutex_);
    std::string failures;
    for (const auto& spec : specs) {
        try {
            undo_one(spec);
        } catch (const Error& error) {
            failures += error.what();
        }
    }
    if (!failures.empty()) throw hypervisor::HalfSaved(ErrorKind::hypervisor, failures);
}

void SimulatedHypervisor::restore(const std::vector<RestoreSpec>& specs, const Context& context) {
    context.throw_if_done("restoring the machines");
    // A FIFO is read to its end whatever becomes of the machine, as QEMU does; outside the lock, since it may take
    // time.
    std::vector<std::string> states;
    for (const auto& spec : specs) states.push_back(read_state(spec.state, context));
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < specs.size(); ++i) {
        const std::string& name = specs[i].machine.name;
        const std::string what = "restoring the machine " + name;
        if (machines_.count(name) != 0) {
            throw Error(ErrorKind::hypervisor, what + ": there is a machine of this name already");
        }
        take_fault(restore_faults_, name, what);
        if (specs[i].description != "simulated " + name || states[i] != state_of(name) ||
            read_file(specs[i].memory) != memory_of(name)) {
            throw Error(ErrorKind::hypervisor, what + ": its memory file is damaged");
        }
    }
    for (const auto& spec : specs) {
        machines_[spec.machine.name] = {spec.machine, MachineState::paused, "it is paused"};
        restored_.push_back(spec);
    }
}

void SimulatedHypervisor::resume(const std::vector<std::string>& names) {
    std::function<void(const MachineSpec&)> callback;
    std::vector<MachineSpec> going;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& name : names) {
            Machine& machine = find(name, "resuming the machine " + name);
            machine.state = MachineState::running;
            machine.why.clear();
            going.push_back(machine.spec);
        }
        callback = on_resume_;
    }
    if (!callback) return;
    for (const auto& spec : going) callback(spec);
}

std::string SimulatedHypervisor::version_key(hypervisor::Acceleration acceleration) {
    const std::lock_guard lock(mutex_);
    return version_ + ", " + to_string(acceleration);
}

void SimulatedHypervisor::fail_next_start(const std::string& name, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    start_faults_[name] = reason;
}

void SimulatedHypervisor::fail_next_save(const std::string& name, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    save_faults_[name] = reason;
}

void SimulatedHypervisor::fail_next_restore(const std::string& name, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    restore_faults_[name] = reason;
}

void SimulatedHypervisor::fail_next_undo(const std::string& name, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    undo_faults_[name] = reason;
}

void SimulatedHypervisor::set_version(const std::string& version) {
    const std::lock_guard lock(mutex_);
    version_ = version;
}

void SimulatedHypervisor::stop(const std::string& name, MachineState state, const std::string& why) {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(name);
    if (found == machines_.end()) return;
    found->second.state = state;
    found->second.why = why;
}

void SimulatedHypervisor::on_start(std::function<void(const MachineSpec&)> callback) {
    const std::lock_guard lock(mutex_);
    on_start_ = std::move(callback);
}

void SimulatedHypervisor::on_resume(std::function<void(const MachineSpec&)> callback) {
    const std::lock_guard lock(mutex_);
    on_resume_ = std::move(callback);
}

std::vector<hypervisor::RestoreSpec> SimulatedHypervisor::restored() const {
    const std::lock_guard lock(mutex_);
    return restored_;
}

std::vector<std::vector<hypervisor::SaveSpec>> SimulatedHypervisor::saved() const {
    const std::lock_guard lock(mutex_);
    return saved_;
}

MachineSpec SimulatedHypervisor::machine(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(name);
    if (found == machines_.end()) throw Error(ErrorKind::hypervisor, "there is no machine " + name);
    return found->second.spec;
}

std::vector<MachineSpec> SimulatedHypervisor::started() const {
    const std::lock_guard lock(mutex_);
    return started_;
}

std::vector<std::string> SimulatedHypervisor::destroyed() const {
    const std::lock_guard lock(mutex_);
    return destroyed_;
}

std::size_t SimulatedHypervisor::count() const {
    const std::lock_guard lock(mutex_);
    return machines_.size();
}

}  // namespace crib::test
