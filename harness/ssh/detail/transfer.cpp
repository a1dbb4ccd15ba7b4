#include "harness/ssh/detail/transfer.h"

#include "harness/base/text.h"
#include "harness/ssh/detail/channel.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libssh/sftp.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace crib::ssh::detail {
namespace {

// Shuts the socket down when the transfer must end: that is what wakes a waiting libssh.
class Watchdog {
public:
    Watchdog(int fd, const Context& context, Duration patience)
        // A descriptor of its own: libssh may close its one at any time, and the number could be another file's.
        : socket_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)),
          thread_([this, context, patience](const std::stop_token& done) { watch(context, patience, done); }) {}

    void moved() { ++moves_; }
    [[nodiscard]] bool stalled() const { return stalled_; }

private:
    void watch(const Context& context, Duration patience, const std::stop_token& done) {
        std::mutex mutex;
        std::condition_variable_any wake;
        auto last = moves_.load();
        auto since = context.clock->now();
        std::unique_lock lock(mutex);
        while (!done.stop_requested()) {
            if (moves_ != last) {
                last = moves_;
                since = context.clock->now();
            }
            stalled_ = context.clock->now() - since >= patience;
            if (stalled_ || context.done()) {
                ::shutdown(socket_.get(), SHUT_RDWR);
                return;
            }
            wake.wait_for(lock, done, std::chrono::milliseconds{50}, [] { return false; });
        }
    }

    UniqueFd socket_;
    std::atomic<std::uint64_t> moves_ = 0;
    std::atomic<bool> stalled_ = false;
    std::jthread thread_;  // last: stops before what it uses goes away
};

using Sftp = std::unique_ptr<sftp_session_struct, decltype(&sftp_free)>;
using File = std::unique_ptr<sftp_file_struct, decltype(&sftp_close)>;

const char* reason_text(int code) {
    switch (code) {
        case SSH_FX_NO_SUCH_FILE:
        case SSH_FX_NO_SUCH_PATH:
            return "no such file or folder";
        case SSH_FX_PERMISSION_DENIED:
            return "permission denied";
        case SSH_FX_FAILURE:
            return "the node could not do it (is its disk full, or is it a folder?)";
        default:
            return nullptr;
    }
}

// One transfer: blocking mode, watched, and a clear error whatever goes wrong.
class Transfer {
public:
    Transfer(Link& link, const Context& context, std::string what)
        : link_(link), context_(context), what_(std::move(what)), sftp_(nullptr, &sftp_free) {
        context_.throw_if_done(what_);
        link_.set_blocking(true);
        watchdog_.emplace(link_.fd(), context_, link_.limits().dead_after);
    }
    ~Transfer() {
        sftp_.reset();
        watchdog_.reset();
        if (ssh_is_connected(link_.raw()) == 0) link_.give_up("the connection broke");
        link_.set_blocking(false);
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    void begin() {
        sftp_.reset(sftp_new(link_.raw()));
        if (!sftp_ || sftp_init(sftp_.get()) != SSH_OK) fail();
        watchdog_->moved();
    }

    File open(const std::string& path, int flags, unsigned mode) {
        File file(sftp_open(sftp_.get(), path.c_str(), flags, static_cast<mode_t>(mode)), &sftp_close);
        if (!file) fail();
        return file;
    }

    void check(bool ok) {
        if (!ok) fail();
        watchdog_->moved();
    }

    [[nodiscard]] sftp_session raw() const { return sftp_.get(); }

    [[noreturn]] void fail() {
        context_.throw_if_done(what_);
        std::string reason = link_.error_text();
        if (watchdog_->stalled()) {
            reason = fmt::format("nothing moved for {}", to_short_string(link_.limits().dead_after));
        } else if (sftp_ && ssh_is_connected(link_.raw()) != 0) {
            if (const char* text = reason_text(sftp_get_error(sftp_.get()))) reason = text;
        }
        throw Error(ErrorKind::ssh, what_ + ": " + reason);
    }

private:
    Link& link_;
    const Context& context_;
    std::string what_;
    Sftp sftp_;
    std::optional<Watchdog> watchdog_;
};

void write_all(Transfer& transfer, sftp_file file, std::string_view data) {
    while (!data.empty()) {
        const auto wrote = sftp_write(file, data.data(), std::min<std::size_t>(data.size(), 32U << 10U));
        transfer.check(wrote > 0);
        data.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

}  // namespace

namespace {

void write_part(Link& link, const Source& source, const std::string& part, unsigned mode, const Context& context,
                const std::string& what) {
    Transfer transfer(link, context, what);
    transfer.begin();
    auto file = transfer.open(part, O_WRONLY | O_CREAT | O_EXCL, 0600);
    try {
        for (auto piece = source(); !piece.empty(); piece = source()) write_all(transfer, file.get(), piece);
        transfer.check(sftp_close(file.release()) == SSH_NO_ERROR);
        transfer.check(sftp_chmod(transfer.raw(), part.c_str(), static_cast<mode_t>(mode)) == 0);
    } catch (...) {
        file.reset();
        if (link.usable()) sftp_unlink(transfer.raw(), part.c_str());
        throw;
    }
}

// SFTP's own rename refuses to replace a file, and libssh 0.10 lacks OpenSSH's extension for it.
void move_over(Link& link, const std::string& part, const std::string& remote, const Context& context,
               const std::string& what) {
    const auto from = shell_quote(part);
    const auto script = fmt::format("mv -fT -- {0} {1} || {{ rm -f -- {0}; exit 1; }}", from, shell_quote(remote));
    const auto command = "exec sh -c " + shell_quote(script);
    Stream err(4096, {});
    const auto end = run_on_channel(link, {command, {}, nullptr, &err, {}, {}}, context);
    context.throw_if_done(what);
    const auto* exited = std::get_if<Exited>(&end);
    if (exited == nullptr) throw Error(ErrorKind::ssh, fmt::format("{}: {}", what, to_string(end)));
    if (exited->code != 0) throw Error(ErrorKind::ssh, fmt::format("{}: {}", what, trim(err.take_kept())));
}

}  // namespace

void put(Link& link, const Source& source, const std::string& remote, unsigned mode, const Context& context) {
    const auto what = fmt::format("{}: writing {}", link.target().node, remote);
    const auto part = fmt::format("{}.crib-{}", remote, random_word(8));
    write_part(link, source, part, mode, context, what);
    move_over(link, part, remote, context, what);
}

void get(Link& link, const std::string& remote, const Sink& sink, const Context& context) {
    Transfer transfer(link, context, fmt::format("{}: reading {}", link.target().node, remote));
    transfer.begin();
    const auto file = transfer.open(remote, O_RDONLY, 0);
    std::array<char, 32U << 10U> buffer{};
    for (;;) {
        const auto got = sftp_read(file.get(), buffer.data(), buffer.size());
        transfer.check(got >= 0);
        if (got == 0) return;
        sink({buffer.data(), static_cast<std::size_t>(got)});
    }
}

}  // namespace crib::ssh::detail
