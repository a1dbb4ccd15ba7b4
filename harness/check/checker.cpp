#include "harness/check/checker.h"

#include "harness/base/cleanup.h"
#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/check/detail/check.h"
#include "harness/check/kinds.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <mutex>
#include <optional>

namespace crib::check {
namespace {

struct Maker {
    std::string_view kind;
    std::unique_ptr<detail::Check> (*make)(const detail::MakeInputs&);
};

constexpr std::array<Maker, 10> kMakers{{
    {"container-runtime", detail::make_container_runtime},
    {"dns", detail::make_dns},
    {"http", detail::make_http},
    {"no-restarts", detail::make_no_restarts},
    {"node-versions", detail::make_node_versions},
    {"nodes-ready", detail::make_nodes_ready},
    {"pod-to-pod", detail::make_pod_to_pod},
    {"pods-on-every-node", detail::make_pods_on_every_node},
    {"pods-running", detail::make_pods_running},
    {"shared-pid", detail::make_shared_pid},
}};

std::map<std::string, std::string> checked_params(const CheckSpec& spec) {
    const auto problems = problems_with(spec.kind, spec.params);
    if (!problems.empty()) {
        throw Error(ErrorKind::usage, fmt::format("check {}: {}", spec.kind, problems.front().message),
                    problems.front().hint);
    }
    return with_defaults(*find_kind(spec.kind), spec.params);
}

std::unique_ptr<detail::Check> make_check(const std::string& kind, const detail::MakeInputs& inputs) {
    for (const auto& maker : kMakers) {
        if (maker.kind == kind) return maker.make(inputs);
    }
    throw Error(ErrorKind::internal, fmt::format("check {} is listed but not made", kind));
}

// An answer that is not what the API promises is bad luck to wait out, not an end.
Observation observe(detail::Check& check, detail::Probe& probe) {
    try {
        return check.observe(probe);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::internal) throw;
        return Observation::not_yet(error.what());
    }
}

Verdict make_verdict(std::string id, const WaitResult& result, bool reached) {
    Verdict verdict{
        std::move(id), Outcome::failed, result.last_seen, result.last_seen, result.waited, result.limit, {}};
    if (result.end == WaitResult::End::ready) {
        verdict.outcome = Outcome::passed;
    } else if (result.end == WaitResult::End::timed_out) {
        if (!reached) verdict.outcome = Outcome::error;
        const auto late = lateness(result);
        verdict.summary = fmt::format("not within {}{}; last seen: {}", to_short_string(result.waited),
                                      late.empty() ? "" : ", " + late, result.last_seen);
    }
    return verdict;
}

}  // namespace

struct Checker::State {
    ClusterView& view;
    Settings settings;
    std::optional<RestartBaseline> baseline;
    std::map<std::string, std::unique_ptr<detail::Check>> prepared = {};  // by id; not yet run
    std::map<std::string, std::unique_ptr<detail::Check>> ended = {};     // by id; what they made is still there
    std::mutex mutex = {};                                                // for all of these

    [[nodiscard]] bool has_prepared(const std::string& id) {
        const std::lock_guard lock(mutex);
        return prepared.contains(id);
    }

    static std::unique_ptr<detail::Check> take(std::map<std::string, std::unique_ptr<detail::Check>>& from,
                                               const std::string& id) {
        const auto found = from.find(id);
        if (found == from.end()) return nullptr;
        auto check = std::move(found->second);
        from.erase(found);
        return check;
    }

    // The check to run under this id; what its like made before is removed.
    std::unique_ptr<detail::Check> begin(const std::string& id, detail::Probe& probe) {
        const std::lock_guard lock(mutex);
        if (const auto like = take(ended, id)) like->clean_up(probe);
        return take(prepared, id);
    }

    void end(const std::string& id, std::unique_ptr<detail::Check> check) {
        const std::lock_guard lock(mutex);
        ended[id] = std::move(check);
    }

    void take_baseline(detail::Probe& probe) {
        const std::lock_guard lock(mutex);
        if (baseline) return;
        if (const auto pods = probe.pods({})) baseline = RestartBaseline::of(*pods, probe.now());
    }
};

Checker::Checker(ClusterView& view, const Settings& settings) : state_(new State{view, settings, settings.good}) {}

Checker::~Checker() = default;

void Checker::clean_up(const Context& context) noexcept {
    detail::Probe probe(state_->view, state_->settings, context);
    const std::lock_guard lock(state_->mutex);
    for (auto* checks : {&state_->prepared, &state_->ended}) {
        for (const auto& [id, check] : *checks) check->clean_up(probe);
        checks->clear();
    }
}

void Checker::prepare(const std::vector<CheckSpec>& specs, const Context& context) {
    detail::Probe probe(state_->view, state_->settings, context);
    for (const auto& spec : specs) {
        // Twice the same would stumble over what each makes: the second begins when its turn comes.
        if (state_->has_prepared(check_id(spec))) continue;
        const detail::MakeInputs inputs{Params(spec.kind, checked_params(spec)), state_->settings, state_->baseline};
        const auto keep = [&](std::unique_ptr<detail::Check> check) {
            const std::lock_guard lock(state_->mutex);
            state_->prepared.emplace(check_id(spec), std::move(check));
        };
        auto check = make_check(spec.kind, inputs);
        try {
            check->prepare(probe);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::cancelled) {
                keep(std::move(check));  // what it has begun is removed at the end
                throw;
            }
        }
        keep(std::move(check));
    }
}

Verdict Checker::run(const CheckSpec& spec, const Context& context, const OnSeen& on_seen) {
    const detail::MakeInputs inputs{Params(spec.kind, checked_params(spec)), state_->settings, state_->baseline};
    const auto id = check_id(spec);
    detail::Probe unhurried(state_->view, state_->settings, context);
    auto check = state_->begin(id, unhurried);
    if (!check) check = make_check(spec.kind, inputs);
    const auto limited = context.with_timeout(unhurried.scaled(inputs.params.duration("timeout")));
    detail::Probe probe(state_->view, state_->settings, limited);
    CleanupStack cleanup;
    cleanup.add("remember what the check made", [&] { state_->end(id, std::move(check)); });

    bool first = true;
    std::string last;
    std::string ran;
    const auto result = wait_for(limited, Duration::zero(), [&] {
        if (!first && !limited.done()) probe.wait_for_change();
        first = false;
        probe.begin_look();
        auto seen = observe(*check, probe);
        if (!probe.ran().empty()) ran = probe.ran();
        if (on_seen && !seen.seen.empty() && seen.seen != last) on_seen(last = seen.seen);
        return seen;
    });
    if (result.end == WaitResult::End::cancelled)
        throw Error(ErrorKind::cancelled, fmt::format("check {}: cancelled", id));
    auto verdict = make_verdict(id, result, probe.reached());
    verdict.ran = std::move(ran);
    if (verdict.passed() && spec.kind == "pods-running") state_->take_baseline(probe);
    return verdict;
}

std::string check_id(const CheckSpec& spec) {
    const auto* kind = find_kind(spec.kind);
    if (kind == nullptr) return spec.kind;
    const Params params(spec.kind, with_defaults(*kind, spec.params));
    const auto pod = fmt::format("{}/{}", params.text("namespace"), params.text("pod"));
    if (spec.kind == "dns") return fmt::format("dns {} from {}", params.text("name"), pod);
    if (spec.kind == "http") {
        const auto from = params.has("from") ? " from " + params.text("from") : "";
        if (params.has("service")) {
            return fmt::format("http service {}/{}{}", params.text("namespace"), params.text("service"), from);
        }
        return fmt::format("http {}{}{}", params.text("via") == "service" ? "service in front of " : "", pod, from);
    }
    std::string id = spec.kind;
    if (id == "shared-pid") return params.has("node") ? id + " " + params.text("node") : id;
    for (const auto* name : {"namespace", "labels", "daemonset", "node"}) {
        if (spec.kind != "pod-to-pod" && params.has(name)) id += " " + params.text(name);
    }
    return id;
}

}  // namespace crib::check
