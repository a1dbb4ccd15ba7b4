#pragma once
// Interrupts: SIGINT, SIGTERM, SIGHUP and SIGQUIT become stop requests.

#include <functional>
#include <stop_token>
#include <string_view>
#include <thread>

namespace crib::cli {

// The first signal asks the work to stop, the second also the collecting of evidence; the third ends
// the process on the spot (`crib gc` then cleans up). Make it before any other thread: it blocks the signals,
// and threads inherit that.
class Interrupts {
public:
    // `on_signal` gets 1, 2, ... from the watching thread.
    explicit Interrupts(std::function<void(int count)> on_signal);
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    [[nodiscard]] std::stop_token stop() const { return first_.get_token(); }
    [[nodiscard]] std::stop_token hurry() const { return second_.get_token(); }

private:
    void watch(const std::stop_token& ended);

    std::function<void(int)> on_signal_;
    std::stop_source first_;
    std::stop_source second_;
    std::jthread watcher_;
};

// An `on_signal` that prints the text to standard error for the first signal, and the other one for the second.
[[nodiscard]] std::function<void(int)> tell_interrupts(std::string_view first, std::string_view second);

// The same for work that collects no evidence.
[[nodiscard]] std::function<void(int)> tell_stopping();

}  // namespace crib::cli
