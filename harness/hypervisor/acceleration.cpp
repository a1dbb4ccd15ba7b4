#include "harness/hypervisor/acceleration.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <sys/utsname.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace crib::hypervisor {

namespace {

namespace fs = std::filesystem;
using Kind = KvmFinding::Kind;
using nlohmann::json;

constexpr auto boot_time = std::chrono::seconds(15);
constexpr const char* emulator = "qemu-system-x86_64";
constexpr const char* first_line = "Linux version";

constexpr std::pair<Kind, const char*> kind_names[] = {
    {Kind::works, "works"},
    {Kind::no_stock_kernel, "no-stock-kernel"},
    {Kind::emulator_refuses, "emulator-refuses"},
};

// Which module gives /dev/kvm its abilities; the plain kvm module is only their common part.
std::string kvm_module(const fs::path& modules) {
    for (const char* name : {"kvm_pvm", "kvm_intel", "kvm_amd"}) {
        std::error_code ignored;
        if (fs::exists(modules / name, ignored)) return name;
    }
    return {};
}

KvmFinding device_finding(const HostPaths& paths) {
    KvmFinding finding;
    finding.module = kvm_module(paths.modules);
    const UniqueFd device(::open(paths.kvm_device.c_str(), O_RDWR | O_CLOEXEC));
    if (device.valid()) return finding;
    finding.kind = errno == EACCES || errno == EPERM ? Kind::no_permission : Kind::no_device;
    return finding;
}

process::Command boot_command(const fs::path& kernel, const fs::path& initrd) {
    process::Command command;
    command.program = emulator;
    command.args = {
        "-machine", "q35,accel=kvm", "-cpu",        "host",
        "-m",       "256",           "-nodefaults", "-display",
        "none",     "-no-reboot",    "-serial",     "stdio",
        "-kernel",  kernel.string(), "-append",     "console=ttyS0 earlyprintk=serial,ttyS0,115200 panic=-1"};
    if (!initrd.empty()) command.args.insert(command.args.end(), {"-initrd", initrd.string()});
    return command;
}

}  // namespace

std::string explain(const KvmFinding& finding) {
    const std::string served = finding.module.empty() ? "" : fmt::format(" (module {})", finding.module);
    switch (finding.kind) {
        case Kind::works:
            return "hardware acceleration by KVM" + served;
        case Kind::no_device:
            return "no hardware acceleration: the host has no /dev/kvm";
        case Kind::no_permission:
            return "no hardware acceleration: this user may not open /dev/kvm";
        case Kind::emulator_refuses:
            return fmt::format("no hardware acceleration: QEMU refuses KVM{}: {}", served, finding.detail);
        case Kind::no_stock_kernel:
            break;
    }
    std::string text = "no hardware acceleration: /dev/kvm opens, but a stock kernel does not start under it";
    if (finding.module == "kvm_pvm") {
        text +=
            "; the host's KVM is kvm_pvm (/sys/module/kvm_pvm), which runs without hardware virtualization and "
            "only starts kernels built for it";
    } else {
        text += served;
    }
    return finding.detail.empty() ? text : text + ": " + finding.detail;
}

std::string cure(const KvmFinding& finding) {
    switch (finding.kind) {
        case Kind::works:
            return {};
        case Kind::no_device:
            return "turn on virtualization in the firmware (or nested virtualization in the outer hypervisor) and load "
                   "kvm_intel or kvm_amd; until then crib emulates, about 10 times slower";
        case Kind::no_permission:
            return "add the user to the group that owns /dev/kvm: sudo adduser $USER kvm, then log in again";
        case Kind::no_stock_kernel:
            return finding.module == "kvm_pvm"
                       ? "use a host with hardware virtualization; until then crib emulates, about 10 times slower"
                       : "look at the host's kernel log; until then crib emulates, about 10 times slower";
        case Kind::emulator_refuses:
            return "see what QEMU says; until then crib emulates, about 10 times slower";
    }
    return {};
}

AccelerationProbe::AccelerationProbe(process::Runner& runner, fs::path folder, HostPaths paths)
    : runner_(runner), folder_(std::move(folder)), paths_(std::move(paths)) {}

KvmFinding AccelerationProbe::look(const Context& context) {
    KvmFinding finding = device_finding(paths_);
    if (finding.works()) (void)recall(key(finding.module, context), finding);
    return finding;
}

KvmFinding AccelerationProbe::find(const fs::path& kernel, const fs::path& initrd, const Context& context) {
    KvmFinding finding = device_finding(paths_);
    if (!finding.works()) return finding;
    const std::string known_by = key(finding.module, context);
    if (recall(known_by, finding)) return finding;
    const std::string module = finding.module;
    finding = boot(kernel, initrd, context);
    finding.module = module;
    remember(known_by, finding);
    return finding;
}

KvmFinding AccelerationProbe::boot(const fs::path& kernel, const fs::path& initrd, const Context& context) {
    bool started = false;
    std::stop_source enough;
    const std::stop_callback passed_on(context.stop, [&] { enough.request_stop(); });
    process::Command command = boot_command(kernel, initrd);
    command.on_out = [&](std::string_view line) {
        if (line.find(first_line) == std::string_view::npos) return;
        started = true;
        enough.request_stop();
    };
    const auto result = runner_.run(command, context.with_timeout(boot_time).with_stop(enough.get_token()));
    if (started) return {};
    context.throw_if_done("probing hardware acceleration");
    KvmFinding finding;
    const std::string said(trim(last_lines(result.err, 2)));
    if (std::holds_alternative<process::TimedOut>(result.end)) {
        finding.kind = Kind::no_stock_kernel;
        finding.detail = "nothing on the serial line within " + to_short_string(boot_time);
    } else {
        finding.kind = said.empty() ? Kind::no_stock_kernel : Kind::emulator_refuses;
        finding.detail = said.empty() ? "QEMU " + result.how_it_ended() : said;
    }
    return finding;
}

std::string AccelerationProbe::key(const std::string& module, const Context& context) {
    process::Command version;
    version.program = emulator;
    version.args = {"--version"};
    const auto lines = split_lines(process::output_of(runner_, version, context));
    utsname host{};
    ::uname(&host);
    return fmt::format("{} / {} / {}", host.release, module.empty() ? "kvm" : module, lines.empty() ? "" : lines[0]);
}

bool AccelerationProbe::recall(const std::string& key, KvmFinding& finding) const {
    const json known = json::parse(read_tail(folder_ / "acceleration.json", 1U << 20U), nullptr, false);
    if (!known.is_object() || !known.contains(key) || !known[key].is_object()) return false;
    const std::string kind = known[key].value("kvm", "");
    for (const auto& [value, name] : kind_names) {
        if (kind != name) continue;
        finding.kind = value;
        finding.detail = known[key].value("detail", "");
        finding.remembered = true;
        return true;
    }
    return false;
}

void AccelerationProbe::remember(const std::string& key, const KvmFinding& finding) const {
    const fs::path file = folder_ / "acceleration.json";
    json known = json::parse(read_tail(file, 1U << 20U), nullptr, false);
    if (!known.is_object()) known = json::object();
    for (const auto& [value, name] : kind_names) {
        if (finding.kind == value) known[key] = {{"kvm", name}, {"detail", finding.detail}};
    }
    make_folder(folder_);
    write_file(file, known.dump(2) + "\n");
}

}  // namespace crib::hypervisor
