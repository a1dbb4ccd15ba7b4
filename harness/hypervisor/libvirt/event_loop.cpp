#include "harness/hypervisor/libvirt/event_loop.h"

#include "harness/hypervisor/libvirt/error.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <cstdlib>
#include <mutex>
#include <string>

namespace crib::hypervisor {

namespace {

constexpr int wake_milliseconds = 200;  // bounds how long the loop goes on after a stop

void do_nothing(int, void*) {}
void be_silent(void*, virErrorPtr) {}  // errors are thrown, not printed

// libvirt prints its warnings to stderr, which belongs to crib's own output: into a file instead. It
// reads the variable when it begins; programs that crib starts must not inherit it.
void begin_with_log(const std::filesystem::path& log) {
    constexpr const char* variable = "LIBVIRT_LOG_OUTPUTS";
    const bool chosen_by_user = std::getenv(variable) != nullptr;
    if (!chosen_by_user) ::setenv(variable, ("3:file:" + (log.empty() ? "/dev/null" : log.string())).c_str(), 1);
    const bool good = virInitialize() == 0;
    if (!chosen_by_user) ::unsetenv(variable);
    if (!good) throw last_error("starting libvirt");
}

void prepare_libvirt_once(const std::filesystem::path& log) {
    static std::once_flag once;
    std::call_once(once, [&] {
        virSetErrorFunc(nullptr, be_silent);
        begin_with_log(log);
        if (virEventRegisterDefaultImpl() != 0) throw last_error("starting libvirt");
    });
}

}  // namespace

std::shared_ptr<EventLoop> EventLoop::share(const std::filesystem::path& log) {
    static std::mutex mutex;
    static std::weak_ptr<EventLoop> current;
    const std::lock_guard lock(mutex);
    if (auto running = current.lock()) return running;
    std::shared_ptr<EventLoop> fresh(new EventLoop(log));
    current = fresh;
    return fresh;
}

EventLoop::EventLoop(const std::filesystem::path& log) {
    prepare_libvirt_once(log);
    wake_timer_ = virEventAddTimeout(wake_milliseconds, do_nothing, nullptr, nullptr);
    if (wake_timer_ < 0) throw last_error("starting libvirt's event loop");
    thread_ = std::thread([this] { run(); });
}

EventLoop::~EventLoop() {
    stopping_ = true;
    virEventUpdateTimeout(wake_timer_, 0);
    thread_.join();
    virEventRemoveTimeout(wake_timer_);
}

void EventLoop::run() noexcept {
    while (!stopping_) {
        if (virEventRunDefaultImpl() != 0) std::this_thread::sleep_for(std::chrono::milliseconds(wake_milliseconds));
    }
}

}  // namespace crib::hypervisor
