#include "harness/engine/schedule.h"

#include "harness/base/error.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace crib::engine {
namespace {

using events::Outcome;

class Run {
public:
    Run(const std::vector<Task>& tasks, const ScheduleCalls& calls, const Context& context)
        : tasks_(tasks), calls_(calls), outer_(context), pass_on_(context.stop, [this] { stop_all(); }) {
        for (const auto& task : tasks_) {
            ++left_of_step_[task.step];
            ++stages_[task.stage].left;
        }
    }

    Outcome run() {
        {
            std::map<std::string, std::jthread> threads;
            for (const auto& task : tasks_) {
                if (threads.contains(task.node)) continue;
                threads[task.node] = std::jthread([this, node = task.node] { run_node(node); });
            }
        }
        if (thrown_) std::rethrow_exception(thrown_);
        if (outer_.cancelled() && outcome_ == Outcome::passed && !all_done()) return Outcome::interrupted;
        return outcome_;
    }

private:
    struct Stage {
        std::size_t left = 0;
        std::optional<TimePoint> started;
        bool spoiled = false;
    };

    void stop_all() {
        {
            const std::lock_guard lock(mutex_);  // else a thread between its look and its sleep misses it
            stop_.request_stop();
        }
        changed_.notify_all();
    }

    [[nodiscard]] bool all_done() {
        const std::lock_guard lock(mutex_);
        return std::all_of(left_of_step_.begin(), left_of_step_.end(), [](const auto& s) { return s.second == 0; });
    }

    void run_node(const std::string& node) {
        for (std::size_t i = 0; i < tasks_.size(); ++i) {
            if (tasks_[i].node != node) continue;
            if (wait_for_needs(i)) {
                run_task(i);
            } else {
                skip_task(i);
            }
        }
    }

    // False when the schedule has ended before the needed steps passed.
    bool wait_for_needs(std::size_t i) {
        std::unique_lock lock(mutex_);
        bool told = false;
        for (;;) {
            if (stop_.stop_requested()) return false;
            const auto missing = std::find_if(tasks_[i].needs.begin(), tasks_[i].needs.end(), [&](const auto& need) {
                const auto found = left_of_step_.find(need);
                return found != left_of_step_.end() && found->second > 0;
            });
            if (missing == tasks_[i].needs.end()) return true;
            if (!told && calls_.waiting) calls_.waiting(i, *missing);
            told = true;
            changed_.wait(lock);
        }
    }

    void run_task(std::size_t i) {
        {
            const std::lock_guard lock(mutex_);
            auto& stage = stages_[tasks_[i].stage];
            if (!stage.started) {
                stage.started = outer_.clock->now();
                if (calls_.stage_started) calls_.stage_started(tasks_[i].stage);
            }
        }
        Outcome outcome = Outcome::error;
        std::exception_ptr thrown;
        try {
            outcome = calls_.run(i, outer_.with_stop(stop_.get_token()));
        } catch (...) {
            thrown = std::current_exception();
        }
        end_task(i, outcome, thrown);
    }

    void end_task(std::size_t i, Outcome outcome, const std::exception_ptr& thrown) {
        const std::lock_guard lock(mutex_);
        if (outcome == Outcome::passed) {
            --left_of_step_[tasks_[i].step];
        } else if (!stop_.stop_requested()) {
            outcome_ = outcome;
            thrown_ = thrown;
            culprit_ = tasks_[i].step + " on " + tasks_[i].node;
            stop_.request_stop();
        }
        end_of_stage(tasks_[i].stage, outcome == Outcome::passed);
        changed_.notify_all();
    }

    void skip_task(std::size_t i) {
        const std::lock_guard lock(mutex_);
        const auto reason = culprit_.empty() ? std::string("the run was stopped") : culprit_ + " did not pass";
        if (calls_.skip) calls_.skip(i, reason);
        end_of_stage(tasks_[i].stage, false);
    }

    void end_of_stage(const std::string& name, bool passed) {
        auto& stage = stages_[name];
        stage.spoiled = stage.spoiled || !passed;
        if (--stage.left > 0 || !stage.started || !calls_.stage_finished) return;
        const auto outcome = !stage.spoiled                ? Outcome::passed
                             : outcome_ == Outcome::passed ? Outcome::interrupted
                                                           : outcome_;
        calls_.stage_finished(name, outcome, outer_.clock->now() - *stage.started);
    }

    const std::vector<Task>& tasks_;
    const ScheduleCalls& calls_;
    const Context& outer_;
    std::stop_source stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::size_t> left_of_step_;
    std::map<std::string, Stage> stages_;
    Outcome outcome_ = Outcome::passed;
    std::exception_ptr thrown_;
    std::string culprit_;
    // Last: its callback may run as soon as it exists, and uses the members above.
    std::stop_callback<std::function<void()>> pass_on_;
};

}  // namespace

Outcome run_schedule(const std::vector<Task>& tasks, const ScheduleCalls& calls, const Context& context) {
    return Run(tasks, calls, context).run();
}

}  // namespace crib::engine
