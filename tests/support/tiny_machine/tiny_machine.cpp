#include "tests/support/tiny_machine/tiny_machine.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "tests/support/tiny_machine/tiny_rom.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace crib::test {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kTick = 20ms;

}  // namespace

TinyMachine::TinyMachine(process::Runner& runner, const TinyMachineSpec& spec, const Context& context)
    : runner_(runner), folder_(spec.folder) {
    make_folder(folder_);
    write_file(folder_ / "rom", tiny_rom());
    write_file(folder_ / "disk", std::string(64U << 10U, '\0'));
    const auto result = runner_.run(command(spec), context);
    if (!result.ok()) {
        throw Error(ErrorKind::process, fmt::format("QEMU {}: {}", result.how_it_ended(), trim(result.err)));
    }
    monitor_ = std::make_unique<Monitor>(folder_ / "qmp", context);
}

TinyMachine::~TinyMachine() {
    if (!monitor_) return;
    try {
        SystemClock clock;
        (void)monitor_->execute("quit", {}, Context::with_clock(clock).with_timeout(5s));
    } catch (const std::exception&) {
        // It has ended before it could answer.
    }
}

process::Command TinyMachine::command(const TinyMachineSpec& spec) const {
    process::Command command;
    command.program = spec.qemu.front();
    command.args = {spec.qemu.begin() + 1, spec.qemu.end()};
    const auto add = [&](std::initializer_list<std::string> words) { command.args.insert(command.args.end(), words); };
    add({"-daemonize", "-nodefaults", "-no-user-config", "-display", "none", "-m", "16M", "-smp", "1"});
    add({"-accel", spec.accel.front()});
    if (spec.accel.size() > 1) add({"-cpu", spec.accel[1]});
    add({"-bios", (folder_ / "rom").string()});
    add({"-qmp", fmt::format("unix:{},server=on,wait=off", (folder_ / "qmp").string())});
    add({"-serial", "file:" + (folder_ / "serial").string()});
    add({"-uuid", "b4b5e7a2-6f0a-4c0e-8f4e-0c8f6a1d2e3f"});
    add({"-blockdev", fmt::format("driver=file,filename={},node-name=disk,read-only=on", (folder_ / "disk").string())});
    add({"-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci", "-device", "vmgenid"});
    add({"-device", "virtio-net-pci,netdev=net,romfile=", "-netdev", "hubport,hubid=0,id=net"});
    add({"-machine", "q35,usb=off,hpet=off"});
    if (!spec.ram.empty()) {
        const json memory{
            {"qom-type", "memory-backend-file"}, {"id", "crib.ram"}, {"size", kBytes},
            {"mem-path", spec.ram.string()},     {"share", false},   {"x-use-canonical-path-for-ramblock-id", false}};
        add({"-object", memory.dump(), "-machine", "memory-backend=crib.ram"});
    }
    if (!spec.stream.empty()) add({"-S", "-incoming", "exec:cat " + spec.stream.string()});
    return command;
}

std::vector<std::uint64_t> TinyMachine::counts() const {
    std::vector<std::uint64_t> all;
    std::error_code unknown;
    if (!fs::exists(folder_ / "serial", unknown)) return all;
    for (const auto& line : split_lines(read_tail(folder_ / "serial", 64U << 20U))) {
        if (line.size() == 8) all.push_back(std::stoull(line, nullptr, 16));
    }
    return all;
}

std::uint64_t TinyMachine::last_count() const {
    const auto all = counts();
    return all.empty() ? 0 : all.back();
}

void TinyMachine::wait_until_counted(std::uint64_t beyond, const Context& context) {
    require_within(context, "the guest to count", kTick, [&] {
        const auto now = last_count();
        return now > beyond ? Observation::ready() : Observation::not_yet(std::to_string(now));
    });
}

void TinyMachine::stop(const Context& context) {
    (void)monitor_->execute("stop", {}, context);
}

void TinyMachine::go_on(const Context& context) {
    (void)monitor_->execute("cont", {}, context);
}

void TinyMachine::save(const fs::path& stream, const Context& context) {
    (void)monitor_->execute("migrate", json{{"uri", "exec:cat >" + stream.string()}}.dump(), context);
    require_within(context, "the machine to be saved", kTick, [&] {
        const auto now = json::parse(monitor_->execute("query-migrate", {}, context));
        const auto status = now.value("status", "");
        if (status == "failed") throw Error(ErrorKind::process, "saving failed: " + now.value("error-desc", ""));
        return status == "completed" ? Observation::ready() : Observation::not_yet(status);
    });
}

void TinyMachine::wait_until_loaded(const Context& context) {
    require_within(context, "the machine to be loaded", kTick, [&] {
        const auto status = json::parse(monitor_->execute("query-status", {}, context)).value("status", "");
        return status == "paused" || status == "postmigrate" ? Observation::ready() : Observation::not_yet(status);
    });
}

std::string TinyMachine::part_of_memory(std::uint64_t from, std::uint64_t to, const Context& context) {
    const auto file = folder_ / "part";
    const json arguments{{"val", from}, {"size", to - from}, {"filename", file.string()}};
    (void)monitor_->execute("pmemsave", arguments.dump(), context);
    return read_file(file);
}

std::string TinyMachine::memory(const Context& context) {
    return part_of_memory(0, kLowEnd, context) + part_of_memory(kHighBegin, kBytes, context);
}

std::string TinyMachine::version(const Context& context) {
    const auto version = json::parse(monitor_->execute("query-version", {}, context)).at("qemu");
    return fmt::format("{}.{}.{}", version.value("major", 0), version.value("minor", 0), version.value("micro", 0));
}

std::string parts_of_ram(const std::string& ram) {
    return ram.substr(0, TinyMachine::kLowEnd) + ram.substr(TinyMachine::kHighBegin);
}

}  // namespace crib::test
