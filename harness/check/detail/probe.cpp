#include "harness/check/detail/probe.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/check/detail/reason.h"
#include "harness/check/detail/scripts.h"
#include "harness/check/kubernetes_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace crib::check::detail {
namespace {

constexpr auto kAttempt = std::chrono::seconds{20};   // one request or script
constexpr auto kParting = std::chrono::seconds{5};    // one removal, when the run was told to stop
constexpr auto kCalm = std::chrono::seconds{5};       // look again although nothing changed
constexpr auto kPollPause = std::chrono::seconds{2};  // when changes cannot be watched
constexpr auto kBriefly = std::chrono::seconds{1};
constexpr auto kCoalesce = std::chrono::milliseconds{250};  // changes come in bursts

// How long an API server may take to start before its silence is called something else: it is up 15 s after its
// container on the machine that these limits were made on, and etcd before it.
constexpr auto kApiStart = std::chrono::seconds{60};
// A server that is ready is not yet one that everybody reaches: kube-proxy writes its rules, flannel its routes, and a
// loaded server lets TLS handshakes wait. What ends within this time after it may have ended for that.
constexpr auto kSettle = std::chrono::seconds{30};
constexpr std::size_t kMostRecorded = 4096;

std::string recorded(std::string_view text) {
    return text.size() <= kMostRecorded ? std::string(text)
                                        : "..." + std::string(text.substr(text.size() - kMostRecorded));
}

Duration stretched(Duration duration, const Settings& settings) {
    return std::chrono::duration_cast<Duration>(duration * std::max(1.0, settings.host_factor));
}

}  // namespace

Probe::Probe(ClusterView& view, const Settings& settings, Context context)
    : view_(view), settings_(settings), context_(std::move(context)), api_trouble_(stretched(kApiStart, settings)) {}

Duration Probe::scaled(Duration duration) const {
    return stretched(duration, settings_);
}

// Not bounded by the check's deadline: the last look, at the deadline, has to have time as well.
Context Probe::attempt() const {
    return Context{context_.clock, context_.stop, TimePoint::max()}.with_timeout(scaled(kAttempt));
}

std::optional<std::string> Probe::take(const std::string& what, Answer answer) {
    if (answer.kind != Answer::Kind::unreachable) api_answered_ = true;
    if (answer.ok()) {
        api_trouble_.well();
        return std::move(answer.text);
    }
    trouble_ = api_trouble_.say(what, answer, now());
    return std::nullopt;
}

std::optional<std::string> Probe::get(const std::string& path) {
    return take("GET " + path, view_.get(path, attempt()));
}

std::optional<std::string> Probe::get_if_there(const std::string& path) {
    auto answer = view_.get(path, attempt());
    if (answer.kind == Answer::Kind::status && answer.status == 404) return std::string{};
    return take("GET " + path, std::move(answer));
}

std::optional<std::vector<Node>> Probe::nodes() {
    listed_path_ = "/api/v1/nodes";
    listed_version_.clear();
    const auto body = get(listed_path_);
    if (!body) return std::nullopt;
    listed_version_ = resource_version_of(*body);
    return parse_nodes(*body);
}

std::optional<std::vector<Pod>> Probe::pods(const std::string& name_space, const std::string& labels) {
    auto pods = all_pods(name_space, labels);
    if (pods) std::erase_if(*pods, [](const Pod& pod) { return pod.labels.count(kOwnLabel) != 0; });
    return pods;
}

std::optional<std::vector<Pod>> Probe::all_pods(const std::string& name_space, const std::string& labels) {
    listed_path_ = pods_path(name_space, labels);
    listed_version_.clear();
    const auto body = get(listed_path_);
    if (!body) return std::nullopt;
    listed_version_ = resource_version_of(*body);
    return parse_pods(*body);
}

std::optional<Pod> Probe::pod(const std::string& name_space, const std::string& name) {
    const auto body =
        get(fmt::format("/api/v1/namespaces/{}/pods/{}", percent_encode(name_space), percent_encode(name)));
    if (!body) return std::nullopt;
    auto pods = parse_pods(*body);
    if (pods.size() == 1) return std::move(pods.front());
    trouble_ = fmt::format("pod {}/{}: the API server's answer is not a pod", name_space, name);
    return std::nullopt;
}

std::optional<PodTrouble> Probe::trouble_of(const Pod& pod, PodRules rules) {
    auto trouble = detail::trouble_of(pod, rules);
    if (!trouble || !trouble->terminal || !trouble->crashes) return trouble;
    const auto body = get(pods_path({}, {}));
    if (!body) {
        trouble->terminal = false;
        return trouble;
    }
    const auto all = parse_pods(*body);
    rules.all = &all;
    rules.settle = scaled(kSettle);
    return detail::trouble_of(pod, rules);
}

bool Probe::create(const std::string& path, const std::string& json) {
    auto answer = view_.create(path, json, attempt());
    const bool there_already = answer.kind == Answer::Kind::status && answer.status == 409;
    return there_already || take("POST " + path, std::move(answer)).has_value();
}

void Probe::remove(const std::string& path) noexcept {
    if (removes_in_vain_) return;
    try {
        const auto limit = context_.cancelled() ? Duration{kParting} : scaled(kAttempt);
        const auto answer = view_.remove(path, Context::with_clock(*context_.clock).with_timeout(limit));
        removes_in_vain_ = answer.kind == Answer::Kind::unreachable;
    } catch (const std::exception&) {
        removes_in_vain_ = true;  // what stays is an object in a cluster that is soon gone
    }
}

void Probe::note_ran(const std::string& node, const std::string& script, const NodeRun& result) {
    if (!ran_.empty()) ran_ += '\n';
    ran_ += fmt::format("on node {}, {}:\n{}\nstdout: {}\nstderr: {}", node, result.ending, trim(script),
                        recorded(trim(result.out)), recorded(trim(result.err)));
}

Asked Probe::ask(const std::string& node, const std::string& script) {
    return ask_by(node, telling_script(script));
}

Asked Probe::ask_in_container(const std::string& node, const std::string& container, const std::string& script) {
    return ask_by(node, in_container_script(container, telling_script(script)));
}

Asked Probe::ask_by(const std::string& node, const std::string& script) {
    tried_node_ = true;
    const auto began = now();
    try {
        const auto result = view_.run(node, script, attempt());
        node_answered_ = true;
        auto told = parse_told(result.out);
        if (result.ok && !told) told = Told{0, result.out};
        if (result.ok && told->exit_code == 0) return {std::move(told->said), {}};
        note_ran(node, script, result);
        const auto said = told ? told->said : result.err.empty() ? result.out : result.err;
        if (!told && now() - began >= scaled(kAttempt)) return {{}, " within " + to_short_string(now() - began)};
        const auto reason = reason_of(told ? told->exit_code : 0, trim(said).empty() && !told ? result.ending : said);
        if (reason.no_answer_in_time) return {{}, fmt::format(" within {} s", kAskLimit.count())};
        return {{}, ": " + reason.words};
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled && context_.cancelled()) throw;
        return {{}, fmt::format(": node {} is unreachable: {}", node, error.what())};
    }
}

void Probe::learn_from(const Probe& copy) {
    tried_node_ = tried_node_ || copy.tried_node_;
    node_answered_ = node_answered_ || copy.node_answered_;
    if (!copy.ran_.empty()) ran_ += (ran_.empty() ? "" : "\n") + copy.ran_;
}

void Probe::wait_for_change() {
    if (std::exchange(briefly_, false)) {
        context_.sleep(kBriefly);
        return;
    }
    const auto calm = context_.with_timeout(kCalm);
    const bool watched = !listed_version_.empty() && view_.wait_for_change(listed_path_, listed_version_, calm);
    context_.sleep(watched ? Duration{kCoalesce} : scaled(kPollPause));
}

std::string pods_path(const std::string& name_space, const std::string& labels) {
    auto path = name_space.empty() ? std::string("/api/v1/pods")
                                   : fmt::format("/api/v1/namespaces/{}/pods", percent_encode(name_space));
    if (!labels.empty()) path += "?labelSelector=" + percent_encode(labels);
    return path;
}

}  // namespace crib::check::detail
