#include "harness/checkpoint/in_order.h"

#include "harness/base/fifo.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace crib::checkpoint {
namespace {

class Line {
public:
    Line(std::size_t count, std::string what, const Context& context)
        : count_(count), what_(std::move(what)), context_(context) {}

    void work(const std::function<std::unique_ptr<PieceWorker>()>& make_worker) noexcept {
        try {
            const auto worker = make_worker();
            while (const auto index = take()) {
                context_.throw_if_done(what_);
                worker->prepare(*index);
                if (!wait_for_turn(*index)) return;
                worker->deliver(*index);
                pass_on();
            }
        } catch (...) {
            fail(std::current_exception());
        }
    }

    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    std::optional<std::size_t> take() {
        const std::lock_guard lock(mutex_);
        if (failure_ || next_ == count_) return std::nullopt;
        return next_++;
    }

    bool wait_for_turn(std::size_t index) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return failure_ || turn_ == index; });
        return !failure_;
    }

    void pass_on() {
        const std::lock_guard lock(mutex_);
        ++turn_;
        changed_.notify_all();
    }

    void fail(std::exception_ptr error) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::move(error);
        changed_.notify_all();
    }

    const std::size_t count_;
    const std::string what_;
    const Context& context_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_ = 0;
    std::size_t turn_ = 0;
    std::exception_ptr failure_;
};

}  // namespace

void in_order(std::size_t count, const std::string& what, const Context& context,
              const std::function<std::unique_ptr<PieceWorker>()>& make_worker) {
    Line line(count, what, context);
    const auto threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, 4);
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < std::min(threads, count); ++i) {
        workers.emplace_back([&] {
            block_sigpipe();
            line.work(make_worker);
        });
    }
    workers.clear();  // joins
    line.rethrow();
}

}  // namespace crib::checkpoint
