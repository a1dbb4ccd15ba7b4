#include "harness/hypervisor/libvirt/machines.h"

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/hypervisor/domain_xml.h"
#include "harness/hypervisor/libvirt/error.h"
#include "harness/hypervisor/libvirt/log_words.h"
#include "harness/hypervisor/libvirt/restore.h"
#include "harness/hypervisor/libvirt/save.h"
#include "harness/hypervisor/libvirt/version_key.h"
#include "harness/hypervisor/reach.h"

#include <libvirt/virterror.h>

#include <fmt/format.h>
#include <algorithm>
#include <optional>

namespace crib::hypervisor {

namespace {

constexpr auto kLibvirtsLog = "libvirt.log";  // of an embedded one

bool is_embedded(const std::string& shown_as) {
    return shown_as == kEmbeddedUri;
}

struct StateAndReason {
    int state = VIR_DOMAIN_NOSTATE;
    int reason = 0;
};

// What crib has written down with a machine: whose it is. None: it is not crib's, or has just ended. A machine that
// cannot be asked is an error: crib gc must not take it for somebody else's.
std::optional<std::string> metadata_of(virDomainPtr domain, const std::string& name) {
    const TextHandle metadata(virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, metadata_namespace, 0));
    if (metadata) return std::string(metadata.get());
    const auto error = last_error("asking for the run of the machine " + name);
    if (error.number() == VIR_ERR_NO_DOMAIN_METADATA || error.number() == VIR_ERR_NO_DOMAIN) return std::nullopt;
    throw error;
}

StateAndReason state_of(virDomainPtr domain, const std::string& name) {
    StateAndReason result;
    if (virDomainGetState(domain, &result.state, &result.reason, 0) != 0) {
        throw last_error("asking for the state of the machine " + name);
    }
    return result;
}

MachineState meaning_of(const StateAndReason& now) {
    switch (now.state) {
        case VIR_DOMAIN_PAUSED:
        case VIR_DOMAIN_PMSUSPENDED:
            return MachineState::paused;
        case VIR_DOMAIN_CRASHED:
            return MachineState::crashed;
        case VIR_DOMAIN_SHUTOFF:
            return now.reason == VIR_DOMAIN_SHUTOFF_CRASHED || now.reason == VIR_DOMAIN_SHUTOFF_FAILED ||
                           now.reason == VIR_DOMAIN_SHUTOFF_UNKNOWN
                       ? MachineState::crashed
                       : MachineState::shut_off;
        default:
            return MachineState::running;
    }
}

std::string shutoff_reason(int reason) {
    switch (reason) {
        case VIR_DOMAIN_SHUTOFF_SHUTDOWN:
            return "the guest turned itself off";
        case VIR_DOMAIN_SHUTOFF_DESTROYED:
            return "it was turned off from outside";
        case VIR_DOMAIN_SHUTOFF_CRASHED:
            return "QEMU died or the guest panicked";
        case VIR_DOMAIN_SHUTOFF_FAILED:
            return "QEMU did not start";
        case VIR_DOMAIN_SHUTOFF_UNKNOWN:
            return "QEMU ended while nobody watched it";
        default:
            return "it stopped";
    }
}

std::string pause_reason(int reason) {
    switch (reason) {
        case VIR_DOMAIN_PAUSED_IOERROR:
            return "QEMU paused it: a disk could not be written (is the host's disk full?)";
        case VIR_DOMAIN_PAUSED_CRASHED:
            return "the guest panicked";
        case VIR_DOMAIN_PAUSED_USER:
            return "it was paused from outside";
        default:
            return "it is paused";
    }
}

std::string version_text(unsigned long number) {
    return fmt::format("{}.{}.{}", number / 1000000, number / 1000 % 1000, number % 1000);
}

// QEMU's log begins with its long command line; only what it said itself helps.
bool is_noise(std::string_view line) {
    return line.empty() || line.front() == '-' || line.ends_with(" \\") ||
           line.find(": shutting down, reason") != std::string_view::npos ||
           line.find(" is tainted: ") != std::string_view::npos ||
           line.find(": starting up") != std::string_view::npos ||
           line.find("char device redirected") != std::string_view::npos;
}

// The machine of this name in `domains`' order is freed with the returned handles.
std::vector<DomainHandle> all_domains(virConnectPtr connection) {
    virDomainPtr* list = nullptr;
    const int count = virConnectListAllDomains(connection, &list, 0);
    if (count < 0) throw last_error("listing the machines");
    std::vector<DomainHandle> result;
    for (int i = 0; i < count; ++i) result.emplace_back(list[i]);
    std::free(list);
    return result;
}

void undefine(virDomainPtr domain) {
    constexpr unsigned all = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                             VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA;
    // Not every driver knows every flag.
    if (virDomainUndefineFlags(domain, all) != 0) virDomainUndefine(domain);
}

}  // namespace

LibvirtMachines::LibvirtMachines(const std::string& uri, std::string shown_as, std::filesystem::path log_folder)
    : connection_(uri, is_embedded(shown_as), is_embedded(shown_as) ? log_folder.parent_path() / kLibvirtsLog : ""),
      shown_as_(std::move(shown_as)),
      log_folder_(std::move(log_folder)) {}

void LibvirtMachines::start(const MachineSpec& spec, const Context& context) {
    const std::string what = "starting the machine " + spec.name;
    context.throw_if_done(what);
    if (connection_.find(spec.name)) {
        throw LibvirtError(VIR_ERR_DOM_EXIST, what + ": there is a machine of this name already",
                           "crib gc removes the machines of runs that have ended");
    }
    if (shown_as_ == "qemu:///system") require_reach(spec);
    const DomainHandle domain(virDomainDefineXML(connection_.get(), domain_xml(spec).c_str()));
    if (!domain) throw last_error(what);
    if (virDomainCreate(domain.get()) != 0) {
        const LibvirtError error = last_error(what);
        const std::string log = end_of_log(spec.name);
        undefine(domain.get());
        const bool said = log.empty() || std::string_view(error.what()).find(log) != std::string_view::npos;
        throw LibvirtError(error.number(), said ? error.what() : fmt::format("{}; QEMU said: {}", error.what(), log),
                           error.hint());
    }
    if (!context.done()) return;
    destroy(spec.name);
    context.throw_if_done(what);
}

MachineState LibvirtMachines::state(const std::string& name) {
    const DomainHandle domain = connection_.find(name);
    return domain ? meaning_of(state_of(domain.get(), name)) : MachineState::absent;
}

std::string LibvirtMachines::why_stopped(const std::string& name) {
    const DomainHandle domain = connection_.find(name);
    if (!domain) return {};
    const StateAndReason now = state_of(domain.get(), name);
    if (now.state == VIR_DOMAIN_PAUSED) return pause_reason(now.reason);
    if (meaning_of(now) == MachineState::running || meaning_of(now) == MachineState::paused) return {};
    const std::string log = end_of_log(name);
    const std::string said =
        log_folder_.empty() ? "" : last_error_of(name, read_tail(log_folder_.parent_path() / kLibvirtsLog, 1U << 16U));
    return shutoff_reason(now.reason) + (log.empty() ? "" : "; QEMU said: " + log) +
           (said.empty() ? "" : "; libvirt said: " + said);
}

void LibvirtMachines::destroy(const std::string& name) noexcept {
    try {
        const DomainHandle domain = connection_.find(name);
        if (!domain) return;
        virDomainDestroy(domain.get());
        undefine(domain.get());
    } catch (const std::exception&) {
        // The connection is gone: crib gc finds the machine later.
    }
}

std::vector<std::string> LibvirtMachines::machines_of(const std::string& run_id) {
    std::vector<std::string> names;
    for (const auto& domain : all_domains(connection_.get())) {
        const std::string name = virDomainGetName(domain.get());
        const auto metadata = metadata_of(domain.get(), name);
        if (metadata && run_id_of_metadata(*metadata) == run_id) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

MachineOwner LibvirtMachines::owner_of(const std::string& name) {
    const DomainHandle domain = connection_.find(name);
    const auto metadata = domain ? metadata_of(domain.get(), name) : std::nullopt;
    return metadata ? owner_of_metadata(*metadata) : MachineOwner{};
}

std::string LibvirtMachines::describe() {
    unsigned long library = 0;
    unsigned long emulator = 0;
    virGetVersion(&library, nullptr, nullptr);
    std::string text = "libvirt " + version_text(library);
    const bool is_qemu = shown_as_.starts_with("qemu");
    if (is_qemu && virConnectGetVersion(connection_.get(), &emulator) == 0 && emulator != 0) {
        text += ", QEMU " + version_text(emulator);
    }
    return text + ", " + shown_as_;
}

SaveResult LibvirtMachines::save(const std::vector<SaveSpec>& specs, const Context& context) {
    require_own_qemu("saved");
    // As the embedded libvirt has it.
    const auto pid_file = [this](const std::string& name) {
        return log_folder_.parent_path().parent_path() / "run/qemu" / (name + ".pid");
    };
    return save_machines(connection_, specs, pid_file, context);
}

void LibvirtMachines::undo_save(const std::vector<SaveSpec>& specs, const Context& context) {
    undo_saved_machines(connection_, specs, context);
}

void LibvirtMachines::restore(const std::vector<RestoreSpec>& specs, const Context& context) {
    require_own_qemu("restored");
    restore_machines(
        connection_, specs, [this](const std::string& name) { return end_of_log(name); }, context);
}

void LibvirtMachines::resume(const std::vector<std::string>& names) {
    resume_machines(connection_, names);
}

std::string LibvirtMachines::version_key(Acceleration acceleration) {
    return version_key_of(connection_.get(), acceleration);
}

void LibvirtMachines::require_own_qemu(const char* done) const {
    if (is_embedded(shown_as_) || shown_as_ == "qemu:///session" || shown_as_.starts_with("test:")) return;
    throw Error(ErrorKind::usage,
                fmt::format("machines cannot be {} on {}: QEMU runs as another user there", done, shown_as_),
                "use qemu:///embed, the default");
}

std::string LibvirtMachines::end_of_log(const std::string& name) const {
    if (log_folder_.empty()) return {};
    std::vector<std::string> said;
    for (const auto& line : split_lines(read_tail(log_folder_ / (name + ".log"), 4096))) {
        if (!is_noise(line)) said.push_back(line);
    }
    const std::size_t skipped = said.size() > 3 ? said.size() - 3 : 0;
    return join({said.begin() + static_cast<std::ptrdiff_t>(skipped), said.end()}, " / ");
}

}  // namespace crib::hypervisor
