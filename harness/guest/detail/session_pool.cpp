#include "harness/guest/detail/session_pool.h"

namespace crib::guest::detail {

std::unique_ptr<SessionPool::Lease> SessionPool::take(const Context& context,
                                                      const std::function<void()>& while_waiting) {
    {
        const std::scoped_lock lock(mutex_);
        while (!idle_.empty()) {
            auto session = std::move(idle_.back());
            idle_.pop_back();
            if (session->usable()) return std::make_unique<Lease>(*this, std::move(session), true);
        }
    }
    // Not under the lock: connecting takes its time, and others may have work with idle sessions.
    auto session = ssh::Session::connect(target_, context, limits_, while_waiting);
    return std::make_unique<Lease>(*this, std::move(session), false);
}

void SessionPool::give_back(std::unique_ptr<ssh::Session> session) {
    if (!session || !session->usable()) return;
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(session));
}

void SessionPool::close_idle() {
    const std::scoped_lock lock(mutex_);
    idle_.clear();
}

}  // namespace crib::guest::detail
