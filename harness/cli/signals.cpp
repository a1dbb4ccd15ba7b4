#include "harness/cli/signals.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace crib::cli {
namespace {

sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    return set;
}

}  // namespace

Interrupts::Interrupts(std::function<void(int)> on_signal) : on_signal_(std::move(on_signal)) {
    const auto set = watched();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    watcher_ = std::jthread([this](const std::stop_token& ended) { watch(ended); });
}

Interrupts::~Interrupts() {
    watcher_.request_stop();
    // Blocked in every thread, so only the watcher's sigtimedwait takes it.
    pthread_kill(watcher_.native_handle(), SIGHUP);
}

void Interrupts::watch(const std::stop_token& ended) {
    const auto set = watched();
    for (int count = 1;; ++count) {
        int signal = 0;
        if (sigwait(&set, &signal) != 0 || ended.stop_requested()) return;
        if (count == 3) _exit(130);
        if (on_signal_) on_signal_(count);
        if (count == 1) first_.request_stop();
        if (count == 2) second_.request_stop();
    }
}

std::function<void(int)> tell_interrupts(std::string_view first, std::string_view second) {
    return [first, second](int count) {
        const auto text = fmt::format("\ncrib: {}\n", count == 1 ? first : second);
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    };
}

std::function<void(int)> tell_stopping() {
    return tell_interrupts("stopping", "stopping (Ctrl-C again: leave at once; then crib gc)");
}

}  // namespace crib::cli
