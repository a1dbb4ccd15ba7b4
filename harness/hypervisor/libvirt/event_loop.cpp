#include "harness/hypervisor/libvirt/event_loop.h"

#include "harness/hypervisor/libvirt/error.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <mutex>

namespace crib::hypervisor {

namespace {

constexpr int wake_milliseconds = 200;  // bounds how long the loop goes on after a stop

void do_nothing(int, void*) {}
void be_silent(void*, virErrorPtr) {}  // errors are thrown, not printed

void prepare_libvirt_once() {
    static std::once_flag once;
    std::call_once(once, [] {
        virSetErrorFunc(nullptr, be_silent);
        if (virEventRegisterDefaultImpl() != 0) throw last_error("starting libvirt");
    });
}

}  // namespace

std::shared_ptr<EventLoop> EventLoop::share() {
    static std::mutex mutex;
    static std::weak_ptr<EventLoop> current;
    const std::lock_guard lock(mutex);
    if (auto running = current.lock()) return running;
    std::shared_ptr<EventLoop> fresh(new EventLoop);
    current = fresh;
    return fresh;
}

EventLoop::EventLoop() {
    prepare_libvirt_once();
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
