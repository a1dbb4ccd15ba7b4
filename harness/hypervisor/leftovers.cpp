#include "harness/hypervisor/leftovers.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/plain_path.h"
#include "harness/hypervisor/libvirt/embed_root.h"

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace crib::hypervisor {

namespace {

namespace fs = std::filesystem;

pid_t to_pid(const std::string& text) {
    pid_t pid = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), pid);
    return failure == std::errc() && end == text.data() + text.size() ? pid : 0;
}

// The command line with its words apart by zero bytes; empty for zombies and kernel threads.
std::string command_line(pid_t pid) {
    return read_tail("/proc/" + std::to_string(pid) + "/cmdline", 1U << 20U);
}

bool names_qemu(const std::string& word) {
    return fs::path(word).filename().string().find("qemu") != std::string::npos;
}

// A QEMU of libvirt names a file below its root: ROOT/lib/qemu/domain-ID-NAME/master-key.aes.
bool is_machine(const std::string& line, const std::vector<std::string>& marks) {
    if (!names_qemu(line.substr(0, line.find('\0')))) return false;
    for (const auto& mark : marks) {
        if (line.find(mark) != std::string::npos) return true;
    }
    return false;
}

// "/usr/bin/qemu-system-x86_64 ...", or "/bin/sh /home/me/bin/qemu-system-x86_64 ..."
bool is_qemu_or_script(const std::string& line) {
    const auto end = line.find('\0');
    if (names_qemu(line.substr(0, end))) return true;
    return end != std::string::npos && names_qemu(line.substr(end + 1, line.find('\0', end + 1) - end - 1));
}

// By their command lines.
std::vector<pid_t> processes_where(const std::function<bool(const std::string& line)>& is_wanted) {
    std::vector<pid_t> result;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const pid_t pid = to_pid(entry.path().filename().string());
        if (pid > 0 && is_wanted(command_line(pid))) result.push_back(pid);
    }
    return result;
}

std::vector<pid_t> machines_below(const std::vector<std::string>& marks) {
    return processes_where([&](const std::string& line) { return is_machine(line, marks); });
}

std::vector<std::string> marks_of(const fs::path& root) {
    const fs::path absolute = plain_path(fs::absolute(root));
    std::vector<std::string> marks{absolute.string() + "/lib/qemu/domain-"};
    try {
        marks.push_back(embed_link(absolute).string() + "/lib/qemu/domain-");
    } catch (const Error&) {
        // No folder for temporary files: what may have been started by a link there cannot be told from others' own.
    }
    return marks;
}

// QEMU's "-name guest=NAME,debug-threads=on", as libvirt has it; empty when that is not there.
std::string domain_of(const std::string& line) {
    const std::string begin("-name\0guest=", 12);
    const auto found = line.find(begin);
    if (found == std::string::npos) return "";
    const auto name = found + begin.size();
    return line.substr(name, line.find_first_of(std::string_view(",\0", 2), name) - name);
}

bool wait_until_gone(pid_t pid, const std::vector<std::string>& marks) {
    for (int i = 0; i < 250; ++i) {
        if (!is_machine(command_line(pid), marks)) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

}  // namespace

int kill_leftovers(const fs::path& root) noexcept {
    try {
        const auto marks = marks_of(root);
        const std::vector<pid_t> pids = machines_below(marks);
        for (const pid_t pid : pids) ::kill(pid, SIGKILL);
        for (const pid_t pid : pids) wait_until_gone(pid, marks);
        return static_cast<int>(pids.size());
    } catch (const std::exception&) {
        return 0;
    }
}

void kill_probes(const fs::path& root) noexcept {
    try {
        // ROOT/lib/qemu/qmp-Ab12xY/qmp.monitor
        const auto mark = root.string() + "/lib/qemu/qmp-";
        const auto was_asked = [&](const std::string& line) {
            return is_qemu_or_script(line) && line.find(mark) != std::string::npos;
        };
        for (const pid_t pid : processes_where(was_asked)) ::kill(pid, SIGKILL);
    } catch (const std::exception&) {
        // They are left, as when this process is killed.
    }
}

std::vector<std::string> living_machines(const fs::path& root) {
    std::vector<std::string> names;
    for (const pid_t pid : machines_below(marks_of(root))) {
        if (auto name = domain_of(command_line(pid)); !name.empty()) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace crib::hypervisor
