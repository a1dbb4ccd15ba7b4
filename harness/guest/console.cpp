#include "harness/guest/console.h"

#include "harness/base/printable.h"
#include "harness/base/text.h"

#include <algorithm>
#include <array>
#include <fstream>

namespace crib::guest {
namespace {

constexpr std::size_t longest_line = 4096;
constexpr std::size_t most_findings = 200;  // a looping kernel must not fill the memory

struct Pattern {
    std::string_view text;
    FindingKind kind;
};

// The first match counts, so what is particular stands before what is general.
// Sources: Linux kernel/panic.c, mm/oom_kill.c, kernel/watchdog.c, kernel/rcu/tree_stall.h, kernel/hung_task.c,
// kernel/reboot.c; systemd units/emergency.service.in and src/sulogin-shell; initramfs-tools scripts/functions; dracut.
constexpr std::array patterns{
    Pattern{"Kernel panic - not syncing", FindingKind::kernel_panic},
    Pattern{"Memory cgroup out of memory", FindingKind::container_killed},
    Pattern{"Out of memory: Kill", FindingKind::out_of_memory},  // "Killed process" since Linux 5.3
    Pattern{"Out of memory and no killable processes", FindingKind::out_of_memory},
    Pattern{"You are in emergency mode", FindingKind::emergency_shell},
    Pattern{"You are in rescue mode", FindingKind::emergency_shell},
    Pattern{"Cannot open access to console, the root account is locked", FindingKind::emergency_shell},
    Pattern{"Give root password for maintenance", FindingKind::emergency_shell},
    Pattern{"Press Enter for maintenance", FindingKind::emergency_shell},
    Pattern{"Press Enter to continue.", FindingKind::emergency_shell},
    Pattern{"(initramfs)", FindingKind::initramfs_shell},
    Pattern{"Gave up waiting for root", FindingKind::initramfs_shell},
    Pattern{"Entering emergency mode. Exit the shell to continue", FindingKind::initramfs_shell},
    Pattern{"Dropping to a shell", FindingKind::initramfs_shell},
    Pattern{"No space left on device", FindingKind::out_of_space},
    Pattern{"reboot: Power down", FindingKind::stopped},
    Pattern{"reboot: System halted", FindingKind::stopped},
    Pattern{"BUG: ", FindingKind::kernel_trouble},  // soft lockup, unable to handle, scheduling while atomic
    Pattern{"Oops: ", FindingKind::kernel_trouble},
    Pattern{"Internal error: Oops", FindingKind::kernel_trouble},
    Pattern{"self-detected stall on CPU", FindingKind::kernel_trouble},
    Pattern{"detected stalls on CPUs/tasks", FindingKind::kernel_trouble},
    Pattern{"blocked for more than", FindingKind::kernel_trouble},
    Pattern{"I/O error, dev ", FindingKind::kernel_trouble},
    Pattern{"EXT4-fs error", FindingKind::kernel_trouble},
};

}  // namespace

std::optional<FindingKind> classify(std::string_view line) {
    for (const auto& pattern : patterns) {
        if (line.find(pattern.text) != std::string_view::npos) return pattern.kind;
    }
    return std::nullopt;
}

void ConsoleScanner::feed(std::string_view bytes) {
    for (const char c : bytes) {
        // systemd rewrites its line of stars with a bare carriage return: each is a line of its own here.
        if (c == '\n' || c == '\r') {
            end_line();
        } else if (c != '\0') {  // as serial lines have them at a reset
            line_ += c;
            if (line_.size() >= longest_line) end_line();
        }
    }
    look_at_line();  // a prompt such as "(initramfs) " never ends
}

void ConsoleScanner::end_line() {
    look_at_line();
    line_.clear();
    reported_ = false;
}

void ConsoleScanner::look_at_line() {
    const auto line = printable(line_);
    const auto text = trim(line);
    if (text.empty()) return;
    last_line_ = text;
    if (!linux_speaks_) linux_speaks_ = last_line_.find("Linux version ") != std::string::npos;
    if (reported_ || findings_.size() >= most_findings) return;
    if (const auto kind = classify(last_line_)) {
        findings_.push_back({*kind, last_line_});
        reported_ = true;
    }
}

const ConsoleScanner& ConsoleWatcher::poll() {
    std::error_code error;
    const auto size = std::filesystem::file_size(path_, error);
    if (error) return scanner_;
    if (size < offset_) offset_ = 0;
    if (size == offset_) return scanner_;
    std::ifstream file(path_, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset_));
    std::array<char, 16U << 10U> buffer{};
    while (file) {
        file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        const auto got = static_cast<std::size_t>(file.gcount());
        scanner_.feed({buffer.data(), got});
        offset_ += got;
        heard_ += got;
    }
    return scanner_;
}

}  // namespace crib::guest
