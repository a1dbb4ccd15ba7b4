#include "tests/support/simulated_hypervisor/simulated_hypervisor.h"

#include "harness/base/error.h"

namespace crib::test {

using hypervisor::MachineSpec;
using hypervisor::MachineState;

void SimulatedHypervisor::start(const MachineSpec& spec, const Context& context) {
    const std::string what = "starting the machine " + spec.name;
    context.throw_if_done(what);
    std::function<void(const MachineSpec&)> callback;
    {
        const std::lock_guard lock(mutex_);
        if (machines_.count(spec.name) != 0) {
            throw Error(ErrorKind::hypervisor, what + ": there is a machine of this name already");
        }
        const auto fault = start_faults_.find(spec.name);
        if (fault != start_faults_.end()) {
            const std::string reason = fault->second;
            start_faults_.erase(fault);
            throw Error(ErrorKind::hypervisor, what + ": " + reason);
        }
        machines_[spec.name].spec = spec;
        started_.push_back(spec);
        callback = on_start_;
    }
    if (callback) callback(spec);
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

void SimulatedHypervisor::fail_next_start(const std::string& name, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    start_faults_[name] = reason;
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
