#pragma once
// Link: a logged-in libssh session in non-blocking mode, and what keeps it honest: every wait is a slice
// of at most 100 ms, and silence is probed.

#include "harness/base/context.h"
#include "harness/base/file.h"
#include "harness/ssh/target.h"

#include <libssh/libssh.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace crib::ssh::detail {

class Link {
public:
    // See Session::connect.
    Link(Target target, const Limits& limits, const Context& context, const std::function<void()>& while_waiting);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // Lets libssh work for one slice. The reason when the connection is lost.
    std::optional<std::string> pump(const Clock& clock);

    // A wait begins: silence counts from now.
    void expect_traffic(const Clock& clock);

    [[nodiscard]] ssh_session raw() const { return session_.get(); }
    [[nodiscard]] const Target& target() const { return target_; }
    [[nodiscard]] const Limits& limits() const { return limits_; }
    [[nodiscard]] bool usable() const;
    // Takes notice of what came in while nobody waited, such as the end of the connection.
    void look();
    void give_up(const std::string& reason);
    [[nodiscard]] std::string error_text() const;
    [[nodiscard]] int fd() const { return ssh_get_fd(session_.get()); }

    // libssh's SFTP only works in blocking mode; see Transfer.
    void set_blocking(bool blocking);

private:
    void handshake(const Context& context, const std::function<void()>& while_waiting);
    void check_host_key() const;
    void log_in(const Context& context, const std::function<void()>& while_waiting);
    void wait_slice(const Context& context, const std::function<void()>& while_waiting, const char* stage) const;
    [[noreturn]] void fail_not_yet(const std::string& what) const;

    Target target_;
    Limits limits_;
    ssh_counter_struct traffic_{};
    std::unique_ptr<ssh_session_struct, decltype(&ssh_free)> session_;
    std::unique_ptr<ssh_event_struct, decltype(&ssh_event_free)> event_;
    std::uint64_t seen_bytes_ = 0;
    TimePoint last_heard_{};
    TimePoint last_asked_{};
    std::optional<std::string> lost_;
};

// A connected non-blocking TCP socket. ConnectError(not_yet) with the system's reason.
UniqueFd connect_tcp(const Target& target, const Context& context, const std::function<void()>& while_waiting);

}  // namespace crib::ssh::detail
