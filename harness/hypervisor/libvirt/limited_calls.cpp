#include "harness/hypervisor/libvirt/limited_calls.h"

#include "harness/base/text.h"
#include "harness/hypervisor/leftovers.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace crib::hypervisor {

namespace {

// The value of the URI's "socket" parameter, as it stands there.
std::string socket_of(const std::string& uri) {
    const auto query = uri.find('?');
    if (query == std::string::npos) return {};
    for (const auto& parameter : split(uri.substr(query + 1), '&')) {
        constexpr std::string_view kName = "socket=";
        if (parameter.starts_with(kName)) return parameter.substr(kName.size());
    }
    return {};
}

std::string cure_of_daemon(const std::string& uri) {
    const auto socket = socket_of(uri);
    return fmt::format(
        "see whether the libvirt daemon of this connection runs and answers{}: systemctl status libvirtd; once it "
        "does, give the command again",
        socket.empty() ? "" : fmt::format(" (its socket is {})", socket));
}

// A call was left.
class NoAnswer : public Error {
public:
    explicit NoAnswer(const Error& error) : Error(error) {}
};

// What a call that outlives its caller may use.
struct CallContext {
    SystemClock clock;
    std::stop_source stop;
    [[nodiscard]] Context context(Duration limit) {
        return Context::with_clock(clock).with_stop(stop.get_token()).with_timeout(limit);
    }
};

}  // namespace

Error give_up_on(const Asked& asked, const std::string& what, Duration waited) {
    const auto time = to_short_string(waited);
    if (asked.is_daemon()) {
        return {ErrorKind::environment, fmt::format("{} has not answered within {} ({})", asked.uri, time, what),
                cure_of_daemon(asked.uri)};
    }
    kill_probes(asked.embed_root);
    return {ErrorKind::environment,
            fmt::format("{}: libvirt asks QEMU what it can do, and has had no answer within {}", asked.uri, time),
            "see what qemu-system-x86_64 in your PATH does, and whether the host is very busy"};
}

LimitedCalls::LimitedCalls(std::shared_ptr<Hypervisor> hypervisor, Asked asked, const CallLimits& limits,
                           std::stop_token stop)
    : hypervisor_(std::move(hypervisor)), asked_(std::move(asked)), limits_(limits), stop_(std::move(stop)) {}

// To close a connection is to ask the daemon, too.
LimitedCalls::~LimitedCalls() {
    if (!asked_.is_daemon()) return;
    try {
        std::packaged_task<void()> close([hypervisor = std::move(hypervisor_)]() mutable { hypervisor.reset(); });
        within(Context::with_clock(clock_), {was_silent_ ? Duration::zero() : limits_.close, {}}, std::move(close),
               [this](Duration waited) { return give_up_on(asked_, "closing the connection", waited); });
    } catch (const std::exception&) {
        // It ends with the process.
    }
}

Patience LimitedCalls::patience_of(Duration limit) const {
    return {was_silent_ ? std::min(limit, limits_.after_silence) : limit, std::min(limit, limits_.when_cancelled)};
}

template <typename Call>
auto LimitedCalls::waited_for(const std::string& what, const Context& context, const Patience& patience, Call call)
    -> std::invoke_result_t<Call, Hypervisor&> {
    using Result = std::invoke_result_t<Call, Hypervisor&>;
    const auto give_up = [&](Duration waited) -> Error {
        was_silent_ = true;
        throw NoAnswer(give_up_on(asked_, what, waited));
    };
    std::packaged_task<Result()> task(
        [hypervisor = hypervisor_, call = std::move(call)]() -> Result { return call(*hypervisor); });
    return within(context, patience, std::move(task), give_up);
}

template <typename Call>
auto LimitedCalls::limited(const std::string& what, const Context& context, Duration limit, Call call)
    -> std::invoke_result_t<Call, Hypervisor&> {
    return waited_for(what, context, patience_of(limit), std::move(call));
}

template <typename Call>
auto LimitedCalls::with_own_context(const std::string& what, const Context& context, Duration limit,
                                    const Patience& patience, Call call)
    -> std::invoke_result_t<Call, Hypervisor&, const Context&> {
    const auto own = std::make_shared<CallContext>();
    const std::stop_callback stop_it(context.stop, [own] { own->stop.request_stop(); });
    try {
        return waited_for(what, Context::with_clock(clock_).with_stop(context.stop), patience,
                          [own, limit, call = std::move(call)](Hypervisor& hypervisor) {
                              return call(hypervisor, own->context(limit));
                          });
    } catch (...) {
        own->stop.request_stop();
        throw;
    }
}

void LimitedCalls::require_answer(const std::string& machine) {
    if (was_silent_) (void)state(machine);
}

template <typename Call>
auto LimitedCalls::moved(const std::string& what, const Context& context, Duration cleaning, Call call)
    -> std::invoke_result_t<Call, Hypervisor&, const Context&> {
    const auto limit = std::min(context.remaining(), limits_.move);
    return with_own_context(what, context, limit, {limit + cleaning, cleaning}, std::move(call));
}

template <typename Call>
auto LimitedCalls::ask_daemon(const std::string& what, Call call) -> std::invoke_result_t<Call, Hypervisor&> {
    if (!asked_.is_daemon()) return call(*hypervisor_);
    return limited(what, Context::with_clock(clock_).with_stop(stop_), limits_.call, std::move(call));
}

void LimitedCalls::start(const MachineSpec& spec, const Context& context) {
    if (!asked_.is_daemon()) {
        auto unsaid = spec;
        unsaid.owner = {};  // nobody asks, and whom its state is sent to would be told
        return hypervisor_->start(unsaid, context);
    }
    // One that is made after all is ended by whoever makes it. The call sees its deadline itself; who waits for it
    // gives it time to clean up.
    const auto limit = std::min(context.remaining(), limits_.call);
    with_own_context("starting the machine " + spec.name, context, limit, patience_of(limit + limits_.when_cancelled),
                     [spec](Hypervisor& hypervisor, const Context& own) { hypervisor.start(spec, own); });
}

MachineState LimitedCalls::state(const std::string& name) {
    return ask_daemon("asking for the state of the machine " + name,
                      [name](Hypervisor& hypervisor) { return hypervisor.state(name); });
}

std::string LimitedCalls::why_stopped(const std::string& name) {
    return ask_daemon("asking why the machine " + name + " has stopped",
                      [name](Hypervisor& hypervisor) { return hypervisor.why_stopped(name); });
}

SaveResult LimitedCalls::save(const std::vector<SaveSpec>& specs, const Context& context) {
    if (!asked_.is_daemon() || specs.empty()) return hypervisor_->save(specs, context);
    require_answer(specs.front().name);
    try {
        return moved("saving the machines", context, limits_.undo,
                     [specs](Hypervisor& hypervisor, const Context& own) { return hypervisor.save(specs, own); });
    } catch (const NoAnswer& error) {
        throw HalfSaved(error.kind(), fmt::format("{}; whether the machines go on is not known", error.what()),
                        error.hint());
    }
}

void LimitedCalls::undo_save(const std::vector<SaveSpec>& specs, const Context& context) {
    if (!asked_.is_daemon() || specs.empty()) return hypervisor_->undo_save(specs, context);
    require_answer(specs.front().name);
    moved("taking back what was saved", context, limits_.undo,
          [specs](Hypervisor& hypervisor, const Context& own) { hypervisor.undo_save(specs, own); });
}

void LimitedCalls::restore(const std::vector<RestoreSpec>& specs, const Context& context) {
    if (!asked_.is_daemon()) {
        auto unsaid = specs;
        for (auto& spec : unsaid) spec.machine.owner = {};  // as of start()
        return hypervisor_->restore(unsaid, context);
    }
    if (specs.empty()) return hypervisor_->restore(specs, context);
    require_answer(specs.front().machine.name);
    moved("restoring the machines", context, limits_.when_cancelled,
          [specs](Hypervisor& hypervisor, const Context& own) { hypervisor.restore(specs, own); });
}

void LimitedCalls::resume(const std::vector<std::string>& names) {
    ask_daemon("resuming the machines", [names](Hypervisor& hypervisor) { hypervisor.resume(names); });
}

std::string LimitedCalls::version_key(Acceleration acceleration) {
    return limited("asking for the version of QEMU", Context::with_clock(clock_).with_stop(stop_), limits_.answer,
                   [acceleration](Hypervisor& hypervisor) { return hypervisor.version_key(acceleration); });
}

void LimitedCalls::destroy(const std::string& name) noexcept {
    try {
        ask_daemon("ending the machine " + name, [name](Hypervisor& hypervisor) { hypervisor.destroy(name); });
    } catch (const std::exception&) {
        // As of a connection that is gone: crib gc finds the machine later.
    }
}

std::vector<std::string> LimitedCalls::machines_of(const std::string& run_id) {
    return ask_daemon("asking for the machines of " + run_id,
                      [run_id](Hypervisor& hypervisor) { return hypervisor.machines_of(run_id); });
}

MachineOwner LimitedCalls::owner_of(const std::string& name) {
    if (!asked_.is_daemon()) return {};  // nobody else has machines below this run's own root
    return ask_daemon("asking whose the machine " + name + " is",
                      [name](Hypervisor& hypervisor) { return hypervisor.owner_of(name); });
}

std::string LimitedCalls::describe() {
    return limited("asking for the version of QEMU", Context::with_clock(clock_).with_stop(stop_), limits_.answer,
                   [](Hypervisor& hypervisor) { return hypervisor.describe(); });
}

}  // namespace crib::hypervisor
