#include "harness/engine/threaded_launcher.h"

#include "harness/base/error.h"
#include "harness/base/system_error.h"

#include <algorithm>
#include <exception>

namespace crib::engine {

using namespace std::chrono_literals;

void ThreadedLauncher::start(std::size_t cell, const std::vector<std::string>& save) {
    const auto tell_stage = [this, cell](News::Kind kind, const std::string& stage) { tell({kind, cell, {}, stage}); };
    threads_[cell] = std::jthread([this, start = Start{cell, save, tell_stage}] {
        News news{News::Kind::ended, start.cell, run_safely(start)};
        tell(std::move(news));
    });
}

CellResult ThreadedLauncher::run_safely(const Start& start) {
    CellResult result;
    try {
        const auto context = Context::with_clock(clock_).with_stop(stop_.get_token());
        return run_(start, context);
    } catch (const Error& error) {
        result.outcome = error.kind() == ErrorKind::cancelled ? events::Outcome::interrupted : events::Outcome::error;
        result.reason = error.what();
    } catch (const std::exception& error) {
        result.outcome = events::Outcome::error;
        result.reason = error_of(error).what();
    }
    return result;
}

void ThreadedLauncher::tell(News news) {
    {
        const std::lock_guard lock(mutex_);
        news_.push_back(std::move(news));
    }
    changed_.notify_all();
}

std::optional<CellLauncher::News> ThreadedLauncher::wait(const Context& context) {
    std::unique_lock lock(mutex_);
    // A far deadline overflows some wait_until implementations.
    const auto until = std::min(context.deadline, clock_.now() + 24h);
    changed_.wait_until(lock, context.stop, until, [&] { return !news_.empty(); });
    if (news_.empty()) return std::nullopt;
    auto news = std::move(news_.front());
    news_.pop_front();
    lock.unlock();
    if (news.kind == News::Kind::ended) threads_.erase(news.cell);  // joins; it has nothing left to do
    return news;
}

}  // namespace crib::engine
