#include "harness/ssh/session.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/ssh/detail/channel.h"
#include "harness/ssh/detail/link.h"
#include "harness/ssh/detail/stream.h"
#include "harness/ssh/detail/transfer.h"
#include "harness/ssh/detail/wrapper.h"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <utility>

namespace crib::ssh {
namespace {

// Enough for TERM, two seconds of grace and KILL on a slow node.
constexpr auto ending_takes = std::chrono::seconds{8};

// libssh objects belong to one thread at a time: a second one is a bug of the caller's.
class OneUser {
public:
    explicit OneUser(std::atomic_flag& flag) : flag_(flag) {
        if (flag_.test_and_set()) throw Error(ErrorKind::internal, "an SSH session was used by two threads at once");
    }
    ~OneUser() { flag_.clear(); }
    OneUser(const OneUser&) = delete;
    OneUser& operator=(const OneUser&) = delete;

private:
    std::atomic_flag& flag_;
};

}  // namespace

struct Session::Parts {
    Parts(const Target& target, const Limits& limits, const Context& context, const std::function<void()>& waiting)
        : link(target, limits, context, waiting) {}
    detail::Link link;
    std::atomic_flag in_use;
};

Session::Session(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Session::~Session() = default;

std::unique_ptr<Session> Session::connect(const Target& target, const Context& context, const Limits& limits,
                                          const std::function<void()>& while_waiting) {
    const auto what = fmt::format("connecting to {}", target.node);
    context.throw_if_done(what);
    try {
        return std::unique_ptr<Session>(new Session(std::make_unique<Parts>(target, limits, context, while_waiting)));
    } catch (const ConnectError& error) {
        if (error.why() == ConnectError::Why::not_yet) context.throw_if_done(what);
        throw;
    }
}

ExecResult Session::exec(const Exec& exec, const Context& context) {
    const OneUser user(parts_->in_use);
    const auto start = context.clock->now();
    const auto wrapped = detail::wrap(exec, random_word(16));
    detail::Stream out(exec.keep_bytes, exec.on_out);
    detail::Stream err(exec.keep_bytes, exec.on_err);
    auto& link = parts_->link;

    // The cancelled or expired context is of no use for cleaning up.
    const auto end_remotely = [&] {
        const auto fresh = Context::with_clock(*context.clock).with_timeout(ending_takes);
        const auto end = detail::run_on_channel(link, {wrapped.end_command, {}, nullptr, nullptr, {}, {}}, fresh);
        if (!std::holds_alternative<Exited>(end)) link.give_up("a command could not be ended");
    };
    const detail::ChannelCommand command{wrapped.command, wrapped.input, &out, &err, exec.lost_because, end_remotely};
    auto end = detail::run_on_channel(link, command, context);
    out.finish();
    err.finish();
    return {std::move(end), out.take_kept(), err.take_kept(), context.clock->now() - start};
}

void Session::upload(const std::filesystem::path& local, const std::string& remote, unsigned mode,
                     const Context& context) {
    const OneUser user(parts_->in_use);
    std::ifstream file(local, std::ios::binary);
    if (!file) throw Error(ErrorKind::environment, fmt::format("{}: cannot be read", local.string()));
    const auto next_piece = [&] {
        std::string piece(32U << 10U, '\0');
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        piece.resize(static_cast<std::size_t>(file.gcount()));
        return piece;
    };
    detail::put(parts_->link, next_piece, remote, mode, context);
}

void Session::upload_text(const std::string& text, const std::string& remote, unsigned mode, const Context& context) {
    const OneUser user(parts_->in_use);
    std::string rest = text;
    detail::put(
        parts_->link, [&] { return std::exchange(rest, {}); }, remote, mode, context);
}

void Session::download(const std::string& remote, const std::filesystem::path& local, const Context& context) {
    const OneUser user(parts_->in_use);
    const std::filesystem::path part = local.string() + ".part";
    try {
        std::ofstream file(part, std::ios::binary | std::ios::trunc);
        const auto sink = [&](std::string_view piece) {
            file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        };
        detail::get(parts_->link, remote, sink, context);
        file.close();
        if (!file) {
            throw Error(ErrorKind::environment, fmt::format("{}: cannot be written", part.string()),
                        "see whether the disk is full");
        }
        std::filesystem::rename(part, local);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
        throw;
    }
}

bool Session::usable() {
    parts_->link.look();
    return parts_->link.usable();
}

}  // namespace crib::ssh
