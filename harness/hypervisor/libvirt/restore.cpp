#include "harness/hypervisor/libvirt/restore.h"

#include "harness/base/file.h"
#include "harness/hypervisor/libvirt/error.h"
#include "harness/hypervisor/libvirt/side_by_side.h"
#include "harness/hypervisor/saved_xml.h"
#include "harness/hypervisor/state_relay.h"

#include <fcntl.h>
#include <libvirt/virterror.h>

#include <fmt/format.h>

#include <optional>

namespace crib::hypervisor {

namespace {

namespace fs = std::filesystem;

constexpr unsigned long kReadsTheHeadTwice = 11'002'000;  // as libvirt's versions are numbered; see StateRelay

bool reads_the_head_twice() {
    unsigned long version = 0;
    if (virGetVersion(&version, nullptr, nullptr) != 0) throw last_error("asking for libvirt's version");
    return version >= kReadsTheHeadTwice;
}

// One machine on its way back.
class Machine {
public:
    Machine(const Connection& connection, const RestoreSpec& spec, const Context& context)
        : connection_(connection),
          spec_(spec),
          what_("restoring the machine " + spec.machine.name),
          xml_(restored_xml(spec.description, spec.machine, spec.memory)),
          state_(spec.state) {
        if (connection.find(spec.machine.name)) {
            throw LibvirtError(VIR_ERR_DOM_EXIST, what_ + ": there is a machine of this name already");
        }
        for (const auto& file : {spec.memory, spec.state}) {
            std::error_code unknown;
            if (fs::exists(file, unknown)) continue;
            throw Error(ErrorKind::hypervisor, fmt::format("{}: there is no {}", what_, file.string()));
        }
        if (fs::is_fifo(spec.state) && reads_the_head_twice()) {
            relay_.emplace(spec.state, kStateHead, context);
            state_ = relay_->path();
        }
    }

    // Defined first: a machine that libvirt only restored would be forgotten as soon as it stops, and
    // nobody could be told why.
    void load(const EndOfLog& end_of_log) {
        const DomainHandle domain(virDomainDefineXML(connection_.get(), xml_.c_str()));
        if (!domain) throw last_error(what_);
        if (virDomainRestoreFlags(connection_.get(), state_.c_str(), xml_.c_str(), VIR_DOMAIN_SAVE_PAUSED) == 0) {
            return;
        }
        const LibvirtError error = last_error(what_);
        const std::string log = end_of_log(spec_.machine.name);
        const bool said = log.empty() || std::string_view(error.what()).find(log) != std::string_view::npos;
        throw LibvirtError(error.number(), said ? error.what() : fmt::format("{}; QEMU said: {}", error.what(), log),
                           error.hint());
    }

    // Ends QEMU while it loads. Before there is one, libvirt may wait for somebody to write into the FIFO.
    void abort() noexcept {
        end();
        std::error_code unknown;
        if (!fs::is_fifo(state_, unknown)) return;
        const UniqueFd end_of_file(::open(state_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    }

    void remove() noexcept {
        end();
        try {
            const DomainHandle domain = connection_.find(spec_.machine.name);
            if (domain) virDomainUndefine(domain.get());
        } catch (const std::exception&) {
            // The connection is gone: crib gc finds the machine later.
        }
    }

private:
    void end() noexcept {
        try {
            const DomainHandle domain = connection_.find(spec_.machine.name);
            if (domain) virDomainDestroy(domain.get());
        } catch (const std::exception&) {
            // As above.
        }
    }

    const Connection& connection_;
    const RestoreSpec& spec_;
    std::string what_;
    std::string xml_;
    fs::path state_;  // for libvirt
    std::optional<StateRelay> relay_;
};

}  // namespace

void restore_machines(const Connection& connection, const std::vector<RestoreSpec>& specs, const EndOfLog& end_of_log,
                      const Context& context) {
    const std::string what = "restoring the machines";
    context.throw_if_done(what);
    std::vector<std::unique_ptr<Machine>> machines;
    for (const auto& spec : specs) machines.push_back(std::make_unique<Machine>(connection, spec, context));
    try {
        side_by_side(
            machines.size(), what, context, [&](std::size_t i) { machines[i]->load(end_of_log); },
            [&](std::size_t i) { machines[i]->abort(); });
        context.throw_if_done(what);
    } catch (...) {
        for (const auto& machine : machines) machine->remove();
        throw;
    }
}

void resume_machines(const Connection& connection, const std::vector<std::string>& names) {
    std::vector<DomainHandle> domains;
    for (const auto& name : names) {
        domains.push_back(connection.find(name));
        if (!domains.back()) {
            throw LibvirtError(VIR_ERR_NO_DOMAIN,
                               fmt::format("resuming the machine {}: there is no such machine", name));
        }
    }
    const auto failures = try_side_by_side(names.size(), [&](std::size_t i) {
        if (virDomainResume(domains[i].get()) != 0) throw last_error("resuming the machine " + names[i]);
    });
    for (const auto& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
}

}  // namespace crib::hypervisor
