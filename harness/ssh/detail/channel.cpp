#include "harness/ssh/detail/channel.h"

#include <libssh/callbacks.h>

#include <algorithm>
#include <exception>
#include <optional>

namespace crib::ssh::detail {
namespace {

// Everything the server may say about the command. The callbacks are registered before the command is
// requested and stay until the channel is freed: a quick command's exit status comes with the first packet.
class Channel {
public:
    Channel(Link& link, const ChannelCommand& command)
        : link_(link), command_(command), channel_(ssh_channel_new(link.raw())) {
        if (channel_ == nullptr) return;
        callbacks_.userdata = this;
        callbacks_.channel_data_function = &Channel::on_data;
        callbacks_.channel_close_function = &Channel::on_close;
        callbacks_.channel_exit_status_function = &Channel::on_exit_status;
        callbacks_.channel_exit_signal_function = &Channel::on_exit_signal;
        ssh_callbacks_init(&callbacks_);
        ssh_set_channel_callbacks(channel_, &callbacks_);
    }
    ~Channel() {
        if (channel_ == nullptr) return;
        // libssh keeps a freed channel until the server closes it too; it must not call us then.
        ssh_remove_channel_callbacks(channel_, &callbacks_);
        ssh_channel_free(channel_);
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    Outcome run(const Context& context);

private:
    static int on_data(ssh_session, ssh_channel, void* data, uint32_t size, int is_err, void* self);
    static void on_close(ssh_session, ssh_channel, void* self);
    static void on_exit_status(ssh_session, ssh_channel, int status, void* self);
    static void on_exit_signal(ssh_session, ssh_channel, const char* signal, int, const char*, const char*, void* self);

    std::optional<Outcome> start(const Context& context);
    std::optional<Outcome> step(const Context& context, const std::function<int()>& request);
    void write_input();
    [[nodiscard]] std::optional<Outcome> ended(const Clock& clock);
    [[nodiscard]] std::optional<Outcome> must_end(const Context& context) const;

    Link& link_;
    const ChannelCommand& command_;
    ssh_channel channel_;
    ssh_channel_callbacks_struct callbacks_{};
    std::size_t written_ = 0;
    bool input_ended_ = false;
    bool closed_ = false;
    bool news_ = false;                     // something came in since the last look
    std::optional<Outcome> end_;            // what the server said
    std::optional<TimePoint> quiet_since_;  // the command ended, and nothing came since
    std::exception_ptr failure_;
};

int Channel::on_data(ssh_session, ssh_channel, void* data, uint32_t size, int is_err, void* self) {
    auto& channel = *static_cast<Channel*>(self);
    channel.news_ = true;
    auto* stream = is_err != 0 ? channel.command_.err : channel.command_.out;
    if (stream == nullptr || channel.failure_) return static_cast<int>(size);
    try {
        stream->add({static_cast<const char*>(data), size});
    } catch (...) {
        channel.failure_ = std::current_exception();  // must not pass through libssh
    }
    return static_cast<int>(size);
}

void Channel::on_close(ssh_session, ssh_channel, void* self) {
    static_cast<Channel*>(self)->closed_ = true;
}

void Channel::on_exit_status(ssh_session, ssh_channel, int status, void* self) {
    static_cast<Channel*>(self)->end_ = Exited{status};
}

void Channel::on_exit_signal(ssh_session, ssh_channel, const char* signal, int, const char*, const char*, void* self) {
    static_cast<Channel*>(self)->end_ = Signaled{signal != nullptr ? signal : "?"};
}

// Repeats a libssh request until it is answered. Nothing: it was granted.
std::optional<Outcome> Channel::step(const Context& context, const std::function<int()>& request) {
    for (;;) {
        const int code = request();
        if (code == SSH_OK) return std::nullopt;
        if (code != SSH_AGAIN) return Disconnected{link_.error_text(), false};
        if (const auto end = must_end(context)) return end;
        if (const auto lost = link_.pump(*context.clock)) return Disconnected{*lost, false};
    }
}

std::optional<Outcome> Channel::start(const Context& context) {
    if (channel_ == nullptr) return Disconnected{link_.error_text(), false};
    if (auto end = must_end(context)) return end;
    if (auto end = step(context, [&] { return ssh_channel_open_session(channel_); })) return end;
    const std::string command(command_.command);
    auto end = step(context, [&] { return ssh_channel_request_exec(channel_, command.c_str()); });
    // From here on the command may run, whatever else happens.
    if (end) {
        if (auto* lost = std::get_if<Disconnected>(&*end)) lost->started = !link_.usable();
    }
    return end;
}

void Channel::write_input() {
    while (!input_ended_ && !closed_) {
        const auto left = command_.input.substr(written_);
        if (left.empty()) {
            if (ssh_channel_send_eof(channel_) != SSH_AGAIN) input_ended_ = true;
            return;
        }
        // Never more than the window takes, so that this cannot wait for the command to read.
        const auto room = std::min<std::size_t>({ssh_channel_window_size(channel_), left.size(), 32U << 10U});
        if (room == 0) return;
        const int wrote = ssh_channel_write(channel_, left.data(), static_cast<uint32_t>(room));
        if (wrote == SSH_ERROR) input_ended_ = true;  // the command does not read; its end will say more
        if (wrote <= 0) return;
        written_ += static_cast<std::size_t>(wrote);
    }
}

std::optional<Outcome> Channel::ended(const Clock& clock) {
    if (end_ && closed_) return end_;
    if (closed_) return Disconnected{"the channel was closed without saying how the command ended"};
    if (!end_) return std::nullopt;
    // A daemon that the command started may hold its output open for ever.
    if (news_ || !quiet_since_) quiet_since_ = clock.now();
    news_ = false;
    return clock.now() - *quiet_since_ >= link_.limits().lingering ? end_ : std::nullopt;
}

std::optional<Outcome> Channel::must_end(const Context& context) const {
    if (context.cancelled()) return Cancelled{};
    if (context.expired()) return TimedOut{};
    return std::nullopt;
}

Outcome Channel::run(const Context& context) {
    if (auto end = start(context)) return *end;
    for (;;) {
        write_input();
        const auto lost = link_.pump(*context.clock);
        if (failure_) {
            if (command_.before_close) command_.before_close();
            std::rethrow_exception(failure_);
        }
        if (auto end = ended(*context.clock)) return *end;
        if (lost) return end_ ? *end_ : Disconnected{*lost};
        if (command_.lost_because) {
            if (const auto reason = command_.lost_because(); !reason.empty()) {
                link_.give_up(reason);
                return Disconnected{reason};
            }
        }
        if (auto end = must_end(context)) {
            if (command_.before_close) command_.before_close();
            return *end;
        }
    }
}

}  // namespace

Outcome run_on_channel(Link& link, const ChannelCommand& command, const Context& context) {
    link.expect_traffic(*context.clock);
    Channel channel(link, command);
    return channel.run(context);
}

}  // namespace crib::ssh::detail
