#include "harness/hypervisor/libvirt/side_by_side.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace crib::hypervisor {

namespace {

constexpr auto look_every = std::chrono::milliseconds(20);

class Jobs {
public:
    Jobs(std::size_t count, const Job& job) : running_(count, true) {
        for (std::size_t i = 0; i < count; ++i) {
            threads_.emplace_back([this, i, &job] { run(i, job); });
        }
    }

    // False when all have ended.
    bool wait_a_little() {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, look_every, [this] { return left() == 0; });
    }
    std::exception_ptr first_failure() {
        const std::lock_guard lock(mutex_);
        return first_failure_;
    }
    std::vector<std::size_t> still_running() {
        const std::lock_guard lock(mutex_);
        std::vector<std::size_t> result;
        for (std::size_t i = 0; i < running_.size(); ++i) {
            if (running_[i]) result.push_back(i);
        }
        return result;
    }

private:
    void run(std::size_t index, const Job& job) noexcept {
        std::exception_ptr failure;
        try {
            job(index);
        } catch (...) {
            failure = std::current_exception();
        }
        const std::lock_guard lock(mutex_);
        running_[index] = false;
        if (!first_failure_) first_failure_ = failure;
        changed_.notify_all();
    }
    [[nodiscard]] std::size_t left() const {
        std::size_t count = 0;
        for (const bool runs : running_) count += runs ? 1 : 0;
        return count;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<bool> running_;
    std::exception_ptr first_failure_;
    std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

}  // namespace

std::vector<std::exception_ptr> try_side_by_side(std::size_t count, const Job& job) {
    std::vector<std::exception_ptr> failures(count);
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i) {
        threads.emplace_back([&failures, &job, i] {
            try {
                job(i);
            } catch (...) {
                failures[i] = std::current_exception();
            }
        });
    }
    threads.clear();
    return failures;
}

void side_by_side(std::size_t count, const std::string& what, const Context& context, const Job& job,
                  const Job& abort) {
    Jobs jobs(count, job);
    bool gave_up = false;
    while (jobs.wait_a_little()) {
        gave_up = gave_up || (!jobs.first_failure() && context.done());
        if (!gave_up && !jobs.first_failure()) continue;
        for (const std::size_t index : jobs.still_running()) abort(index);
    }
    if (gave_up) context.throw_if_done(what);
    if (const auto failure = jobs.first_failure()) std::rethrow_exception(failure);
}

}  // namespace crib::hypervisor
