#include "harness/ssh/detail/link.h"

#include "harness/base/text.h"
#include "harness/ssh/keys.h"

#include <fmt/format.h>
#include <libssh/server.h>
#include <poll.h>

#include <algorithm>

namespace crib::ssh::detail {
namespace {

constexpr int slice_ms = 50;

using Key = std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)>;

Key load_key(const Target& target) {
    ssh_key raw = nullptr;
    const auto path = target.private_key.string();
    if (ssh_pki_import_privkey_file(path.c_str(), nullptr, nullptr, nullptr, &raw) != SSH_OK) {
        throw Error(ErrorKind::ssh, fmt::format("{}: the private key {} cannot be read", target.node, path),
                    "the run's keys folder may have been removed: start a new run");
    }
    return {raw, &ssh_key_free};
}

void set_text(ssh_session session, ssh_options_e option, const std::string& text) {
    ssh_options_set(session, option, text.c_str());
}

// Nothing of the user's own configuration may change what a run does.
void set_options(ssh_session session, const Target& target, int fd) {
    const bool no = false;
    const unsigned port = target.port;
    const long timeout_seconds = 20;
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
    set_text(session, SSH_OPTIONS_SSH_DIR, target.private_key.parent_path().string());
    set_text(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    set_text(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    set_text(session, SSH_OPTIONS_HOST, target.host);
    set_text(session, SSH_OPTIONS_USER, target.user);
    ssh_options_set(session, SSH_OPTIONS_PORT, &port);
    ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &timeout_seconds);
    ssh_options_set(session, SSH_OPTIONS_FD, &fd);
}

std::string key_line(ssh_key key) {
    char* text = nullptr;
    if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK) return "?";
    std::string line = fmt::format("{} {}", ssh_key_type_to_char(ssh_key_type(key)), text);
    ssh_string_free_char(text);
    return line;
}

}  // namespace

Link::Link(Target target, const Limits& limits, const Context& context, const std::function<void()>& while_waiting)
    : target_(std::move(target)), limits_(limits), session_(ssh_new(), &ssh_free), event_(nullptr, &ssh_event_free) {
    if (!session_) throw Error(ErrorKind::internal, "libssh could not make a session");
    const auto key = load_key(target_);
    const auto one_try = context.with_timeout(limits_.one_try);
    // From here on libssh owns the socket: ssh_free closes it (and ssh_disconnect, which would leave it open
    // without telling whether it did, is never called).
    set_options(session_.get(), target_, connect_tcp(target_, one_try, while_waiting).release());
    ssh_set_counters(session_.get(), nullptr, &traffic_);
    ssh_set_blocking(session_.get(), 0);
    handshake(one_try, while_waiting);
    check_host_key();
    log_in(one_try, while_waiting);
    event_.reset(ssh_event_new());
    ssh_event_add_session(event_.get(), session_.get());
    expect_traffic(*context.clock);
}

Link::~Link() {
    if (event_) ssh_event_remove_session(event_.get(), session_.get());
}

void Link::handshake(const Context& context, const std::function<void()>& while_waiting) {
    for (;;) {
        const int code = ssh_connect(session_.get());
        if (code == SSH_OK) return;
        if (code == SSH_ERROR) fail_not_yet(error_text());
        wait_slice(context, while_waiting, "it accepts connections but does not speak SSH yet");
    }
}

void Link::check_host_key() const {
    ssh_key raw = nullptr;
    if (ssh_get_server_publickey(session_.get(), &raw) != SSH_OK) fail_not_yet("no host key was shown");
    const Key key(raw, &ssh_key_free);
    const auto shown = key_line(key.get());
    const auto expected = without_comment(target_.host_key);
    if (shown == expected) return;
    throw ConnectError(
        ConnectError::Why::wrong_host,
        fmt::format("{}: the host key at {}:{} differs from the one made for {}: it shows {}, expected {}",
                    target_.node, target_.host, target_.port, target_.node, shown, expected),
        "another machine or server answers at that port: see which process listens there, or start a new run");
}

void Link::log_in(const Context& context, const std::function<void()>& while_waiting) {
    const auto key = load_key(target_);
    for (;;) {
        const int code = ssh_userauth_publickey(session_.get(), nullptr, key.get());
        if (code == SSH_AUTH_SUCCESS) return;
        if (code == SSH_AUTH_DENIED || code == SSH_AUTH_PARTIAL) {
            throw ConnectError(
                ConnectError::Why::denied,
                fmt::format("{}: the server refused the run's key for user {}", target_.node, target_.user),
                "see in the node's console whether its first boot put the authorized_keys file in place");
        }
        if (code == SSH_AUTH_ERROR) fail_not_yet(error_text());
        wait_slice(context, while_waiting, "it does not answer the login yet");
    }
}

void Link::wait_slice(const Context& context, const std::function<void()>& while_waiting, const char* stage) const {
    if (context.done()) fail_not_yet(stage);
    pollfd poller{fd(), POLLIN, 0};
    poll(&poller, 1, slice_ms);
    if (while_waiting) while_waiting();
}

void Link::fail_not_yet(const std::string& what) const {
    throw ConnectError(ConnectError::Why::not_yet,
                       fmt::format("{}: SSH at {}:{}: {}", target_.node, target_.host, target_.port, what));
}

std::string Link::error_text() const {
    const std::string text = ssh_get_error(session_.get());
    return text.empty() ? "the connection was closed" : text;
}

void Link::expect_traffic(const Clock& clock) {
    seen_bytes_ = traffic_.in_bytes;
    last_heard_ = last_asked_ = clock.now();
}

std::optional<std::string> Link::pump(const Clock& clock) {
    if (lost_) return lost_;
    const int code = ssh_event_dopoll(event_.get(), slice_ms);
    const bool closed = ssh_is_connected(session_.get()) == 0;
    if (closed || code == SSH_ERROR) return lost_ = error_text();

    const auto now = clock.now();
    if (traffic_.in_bytes != seen_bytes_) {
        seen_bytes_ = traffic_.in_bytes;
        last_heard_ = last_asked_ = now;
    }
    if (now - last_heard_ >= limits_.dead_after) {
        return lost_ = fmt::format("nothing was heard from it for {}", to_short_string(now - last_heard_));
    }
    if (now - last_asked_ >= limits_.keepalive) {
        last_asked_ = now;
        ssh_send_keepalive(session_.get());
    }
    return std::nullopt;
}

bool Link::usable() const {
    return !lost_ && ssh_is_connected(session_.get()) != 0;
}

void Link::look() {
    if (usable()) ssh_event_dopoll(event_.get(), 0);
}

void Link::give_up(const std::string& reason) {
    if (!lost_) lost_ = reason;
}

void Link::set_blocking(bool blocking) {
    if (blocking) {
        ssh_event_remove_session(event_.get(), session_.get());
    } else {
        ssh_event_add_session(event_.get(), session_.get());
    }
    ssh_set_blocking(session_.get(), blocking ? 1 : 0);
}

}  // namespace crib::ssh::detail
