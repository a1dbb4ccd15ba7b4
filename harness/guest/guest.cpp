#include "harness/guest/guest.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/guest/console.h"
#include "harness/guest/detail/session_pool.h"

#include <fmt/format.h>

#include <mutex>

namespace crib::guest {
namespace {

using namespace std::chrono_literals;
using ssh::ConnectError;

// The pause between tries to connect, and how long a server that answers may refuse the key: some images
// start sshd before their first boot has written authorized_keys.
constexpr auto between_tries = 300ms;
constexpr auto key_may_be_late = 90s;
// How long a node that was ready may be out of reach before a command (sshd restarts on an upgrade).
constexpr auto may_be_away = 30s;
// What the last looks, at the deadline and a little after it, may take.
constexpr auto last_look = 3s;
// How long a booting Linux may write nothing to its console. systemd counts seconds there while a job is slow; the
// longest silence seen of a healthy node was 25 s, on an emulated host.
constexpr auto may_be_silent = 3min;

// Tells a node that hangs from one that is slow.
class Silence {
public:
    explicit Silence(const Context& context) : context_(context), since_(context.clock->now()) {}

    // `heard`: bytes of the console so far.
    void look(std::uint64_t heard) {
        if (heard == heard_) return;
        heard_ = heard;
        since_ = context_.clock->now();
    }
    [[nodiscard]] bool too_long() const { return context_.clock->now() - since_ >= may_be_silent; }

private:
    const Context& context_;
    TimePoint since_;
    std::uint64_t heard_ = 0;
};

}  // namespace

struct Guest::Parts {
    Parts(std::string n, std::string i, ssh::Target target, std::filesystem::path console_log,
          const ssh::Limits& limits)
        : name(std::move(n)), ip(std::move(i)), console(std::move(console_log)), pool(std::move(target), limits) {}

    // The first finding at least so bad, and the console's last line.
    std::optional<Finding> worst(Severity at_least) {
        const std::scoped_lock lock(mutex);
        for (const auto& finding : console.poll().findings()) {
            if (severity_of(finding.kind) >= at_least) return finding;
        }
        return std::nullopt;
    }

    void throw_if_worse(Severity at_least) {
        if (const auto finding = worst(at_least)) {
            throw Error(ErrorKind::guest, fmt::format("{}: {}: {}", name, to_string(finding->kind), finding->line),
                        "read the node's console log");
        }
    }

    std::string last_line() {
        const std::scoped_lock lock(mutex);
        return console.poll().last_line();
    }

    void throw_if_hung(Silence& silence) {
        const std::scoped_lock lock(mutex);
        const auto& seen = console.poll();
        silence.look(console.heard());
        if (!seen.linux_speaks() || !silence.too_long()) return;
        throw Error(ErrorKind::guest,
                    fmt::format("{} hangs: SSH does not answer, and its console has been silent for {} after: {}", name,
                                to_short_string(may_be_silent), seen.last_line()),
                    "read the node's console log");
    }

    std::unique_ptr<detail::SessionPool::Lease> reach(const Context& context);

    // Runs `work` with a session, whose loss before the work began is made good once.
    template <typename Work>
    auto with_session(const Context& context, Work work) {
        for (bool again = true;; again = false) {
            const auto lease = reach(context);
            try {
                return work(*lease);
            } catch (const Error& error) {
                if (!again || !lease->was_idle() || (*lease)->usable() || error.kind() != ErrorKind::ssh) throw;
            }
        }
    }

    const std::string name;
    const std::string ip;
    std::mutex mutex;
    ConsoleWatcher console;  // under the mutex
    detail::SessionPool pool;
};

Guest::Guest(std::string name, std::string ip, ssh::Target target, std::filesystem::path console_log,
             const ssh::Limits& limits) {
    if (target.node.empty()) target.node = name;
    parts_ = std::make_unique<Parts>(std::move(name), std::move(ip), std::move(target), std::move(console_log), limits);
}

Guest::~Guest() = default;

const std::string& Guest::name() const {
    return parts_->name;
}

const std::string& Guest::ip() const {
    return parts_->ip;
}

const ssh::Target& Guest::target() const {
    return parts_->pool.target();
}

void Guest::forget_sessions() {
    parts_->pool.close_idle();
}

void Guest::wait_ready(const Context& context, const OnProgress& on_progress) {
    auto& parts = *parts_;
    std::optional<TimePoint> refused_since;
    std::string told;
    const auto tell = [&](const std::string& seen) {
        if (on_progress && seen != told) on_progress(seen);
        told = seen;
    };
    Silence silence(context);
    const auto look_at_console = [&] {
        parts.throw_if_worse(Severity::serious);
        if (!refused_since) parts.throw_if_hung(silence);
        const auto line = parts.last_line();
        if (!line.empty() && !refused_since) tell("booting: " + line);
    };
    const auto probe = [&]() -> Observation {
        look_at_console();
        try {
            const Context beyond{context.clock, context.stop, TimePoint::max()};
            parts.pool.take(context.expired() ? beyond.with_timeout(last_look) : context, look_at_console);
            tell("SSH answers");
            return Observation::ready("SSH answers");
        } catch (const ConnectError& error) {
            if (error.why() == ConnectError::Why::wrong_host) throw;
            if (error.why() == ConnectError::Why::denied) {
                if (!refused_since) refused_since = context.clock->now();
                tell("SSH answers but does not take the run's key yet");
                if (context.clock->now() - *refused_since >= key_may_be_late) throw;
            }
            const auto line = parts.last_line();
            return Observation::not_yet(line.empty() ? error.what()
                                                     : fmt::format("{}; console: {}", error.what(), line));
        } catch (const Error& error) {
            // The end of the context is the wait's to tell, with what was seen last.
            if (error.kind() != ErrorKind::timeout && error.kind() != ErrorKind::cancelled) throw;
            return Observation::not_yet("");
        }
    };
    require_within(context, fmt::format("waiting for {} to boot", parts.name), between_tries, probe);
}

// A session to a node that was ready before: out of reach is patiently tried again for some time.
std::unique_ptr<detail::SessionPool::Lease> Guest::Parts::reach(const Context& context) {
    const auto patience = context.with_timeout(may_be_away);
    for (;;) {
        try {
            return pool.take(context, [this] { throw_if_worse(Severity::dead); });
        } catch (const ConnectError& error) {
            throw_if_worse(Severity::dead);
            if (error.why() != ConnectError::Why::not_yet || !patience.sleep(between_tries)) throw;
        }
    }
}

ssh::ExecResult Guest::run(const ssh::Exec& exec, const Context& context) {
    auto& parts = *parts_;
    const auto start = context.clock->now();
    auto watched = exec;
    watched.lost_because = [&]() -> std::string {
        if (exec.lost_because) {
            if (auto reason = exec.lost_because(); !reason.empty()) return reason;
        }
        const auto finding = parts.worst(Severity::dead);
        return finding ? fmt::format("{}: {}", to_string(finding->kind), finding->line) : "";
    };
    try {
        for (bool again = true;; again = false) {
            const auto lease = parts.reach(context);
            auto result = (*lease)->exec(watched, context);
            const auto* lost = std::get_if<ssh::Disconnected>(&result.end);
            // An idle session may have died unseen. Only a command that never left this machine is sent again.
            if (again && lost != nullptr && !lost->started && lease->was_idle()) continue;
            result.took = context.clock->now() - start;
            return result;
        }
    } catch (const ConnectError& error) {
        if (error.why() == ConnectError::Why::wrong_host) throw;
        return {ssh::Disconnected{error.what(), false}, {}, {}, context.clock->now() - start};
    } catch (const Error& error) {
        const auto took = context.clock->now() - start;
        if (error.kind() == ErrorKind::timeout && context.expired()) return {ssh::TimedOut{}, {}, {}, took};
        if (error.kind() == ErrorKind::cancelled && context.cancelled()) return {ssh::Cancelled{}, {}, {}, took};
        if (error.kind() == ErrorKind::guest) return {ssh::Disconnected{error.what(), false}, {}, {}, took};
        throw;
    }
}

void Guest::upload(const std::filesystem::path& local, const std::string& remote, unsigned mode,
                   const Context& context) {
    parts_->with_session(context, [&](auto& lease) { lease->upload(local, remote, mode, context); });
}

void Guest::upload_text(const std::string& text, const std::string& remote, unsigned mode, const Context& context) {
    parts_->with_session(context, [&](auto& lease) { lease->upload_text(text, remote, mode, context); });
}

void Guest::download(const std::string& remote, const std::filesystem::path& local, const Context& context) {
    parts_->with_session(context, [&](auto& lease) { lease->download(remote, local, context); });
}

std::vector<Finding> Guest::console_findings() {
    const std::scoped_lock lock(parts_->mutex);
    return parts_->console.poll().findings();
}

}  // namespace crib::guest
