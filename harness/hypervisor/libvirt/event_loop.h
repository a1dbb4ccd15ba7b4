#pragma once
// EventLoop: the thread on which libvirt notices that a QEMU has died. Private to the adapter.

#include <atomic>
#include <memory>
#include <thread>

namespace crib::hypervisor {

class EventLoop {
public:
    // libvirt knows one event loop a process, so all connections share it; it ends with the last one.
    static std::shared_ptr<EventLoop> share();

    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

private:
    EventLoop();
    void run() noexcept;

    std::atomic<bool> stopping_ = false;
    int wake_timer_ = -1;
    std::thread thread_;
};

}  // namespace crib::hypervisor
