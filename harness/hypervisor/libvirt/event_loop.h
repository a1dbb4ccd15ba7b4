#pragma once
// EventLoop: the thread on which libvirt notices that a QEMU has died. Private to the adapter.

#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>

namespace crib::hypervisor {

class EventLoop {
public:
    // libvirt knows one event loop a process, so all connections share it; it ends with the last one.
    // libvirt's own warnings go to `log` of the process's first call (empty: nowhere).
    static std::shared_ptr<EventLoop> share(const std::filesystem::path& log);

    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

private:
    explicit EventLoop(const std::filesystem::path& log);
    void run() noexcept;

    std::atomic<bool> stopping_ = false;
    int wake_timer_ = -1;
    std::thread thread_;
};

}  // namespace crib::hypervisor
