#include "harness/hypervisor/libvirt/reaper.h"

#include "harness/base/file.h"
#include "harness/base/text.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <mutex>

namespace crib::hypervisor {

namespace {

constexpr auto interval = std::chrono::milliseconds(50);

struct ProcessFacts {
    char state = '?';
    pid_t parent = 0;
    pid_t session = 0;
};

pid_t to_pid(std::string_view text) {
    pid_t pid = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), pid);
    return failure == std::errc() && end == text.data() + text.size() ? pid : 0;
}

// /proc/PID/stat: "PID (name) STATE PARENT GROUP SESSION ..."; the name may hold anything.
ProcessFacts facts_of(const std::filesystem::path& folder) {
    const std::string text = read_tail(folder / "stat", 4096);
    const auto name_end = text.rfind(") ");
    if (name_end == std::string::npos) return {};
    const auto words = split(std::string_view(text).substr(name_end + 2), ' ');
    if (words.size() < 4 || words[0].empty()) return {};
    return {words[0][0], to_pid(words[1]), to_pid(words[3])};
}

bool any_child_has_ended() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

void reap_orphans() {
    const pid_t self = ::getpid();
    const pid_t own_session = ::getsid(0);
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
        const pid_t pid = to_pid(entry.path().filename().string());
        if (pid == 0) continue;
        const ProcessFacts facts = facts_of(entry.path());
        const bool orphan = facts.parent == self && facts.session != pid && facts.session != own_session;
        if (orphan && facts.state == 'Z') ::waitpid(pid, nullptr, WNOHANG);
    }
}

void reap_until(const std::stop_token& stop) noexcept {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stopped.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) {
        try {
            if (any_child_has_ended()) reap_orphans();
        } catch (const std::exception&) {
            // /proc changed while it was read: the next round sees it as it is then.
        }
    }
}

}  // namespace

Reaper::Reaper() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    thread_ = std::jthread([](const std::stop_token& stop) { reap_until(stop); });
}

Reaper::~Reaper() = default;

}  // namespace crib::hypervisor
