#pragma once
// ThreadedLauncher: each running cell has a thread of its own.

#include "harness/engine/matrix_scheduler.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace crib::engine {

class ThreadedLauncher final : public CellLauncher {
public:
    // What a cell begins with, and how it tells of what has come of it before its end.
    struct Start {
        std::size_t cell = 0;
        std::vector<std::string> save;                                        // as of CellLauncher::start()
        std::function<void(News::Kind kind, const std::string& stage)> tell;  // any kind but ended
    };
    // Runs a cell to its end, in a thread of its own. What it throws becomes an error of the cell.
    using RunCell = std::function<CellResult(const Start&, const Context&)>;

    ThreadedLauncher(Clock& clock, RunCell run) : clock_(clock), run_(std::move(run)) {}
    ~ThreadedLauncher() override { cancel(); }
    ThreadedLauncher(const ThreadedLauncher&) = delete;
    ThreadedLauncher& operator=(const ThreadedLauncher&) = delete;

    void start(std::size_t cell, const std::vector<std::string>& save) override;
    std::optional<News> wait(const Context& context) override;
    void cancel() override { stop_.request_stop(); }

private:
    void tell(News news);
    [[nodiscard]] CellResult run_safely(const Start& start);

    Clock& clock_;
    RunCell run_;
    std::stop_source stop_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<News> news_;
    std::map<std::size_t, std::jthread> threads_;  // last: they use all the others
};

}  // namespace crib::engine
