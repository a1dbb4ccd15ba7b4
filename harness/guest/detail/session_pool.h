#pragma once
// SessionPool: SSH sessions that are used by one thread at a time and then by the next.

#include "harness/base/context.h"
#include "harness/ssh/session.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace crib::guest::detail {

class SessionPool {
public:
    SessionPool(ssh::Target target, const ssh::Limits& limits) : target_(std::move(target)), limits_(limits) {}

    // Gives its session back when it goes away, unless that broke.
    class Lease {
    public:
        Lease(SessionPool& pool, std::unique_ptr<ssh::Session> session, bool was_idle)
            : pool_(pool), session_(std::move(session)), was_idle_(was_idle) {}
        ~Lease() { pool_.give_back(std::move(session_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ssh::Session* operator->() const { return session_.get(); }
        // It was idle for some time: the node may have closed it since, unseen.
        [[nodiscard]] bool was_idle() const { return was_idle_; }

    private:
        SessionPool& pool_;
        std::unique_ptr<ssh::Session> session_;
        bool was_idle_;
    };

    // An idle session, or a new one by one try. Errors of Session::connect.
    std::unique_ptr<Lease> take(const Context& context, const std::function<void()>& while_waiting);

    void close_idle();
    [[nodiscard]] const ssh::Target& target() const { return target_; }

private:
    void give_back(std::unique_ptr<ssh::Session> session);

    const ssh::Target target_;
    const ssh::Limits limits_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<ssh::Session>> idle_;
};

}  // namespace crib::guest::detail
