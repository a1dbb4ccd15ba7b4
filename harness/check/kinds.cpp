#include "harness/check/kinds.h"

#include "harness/base/pattern.h"
#include "harness/base/text.h"
#include "harness/check/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace crib::check {
namespace {

// More is no time that anybody waits; in nanoseconds, a million hours are more than a number holds.
constexpr std::chrono::hours kLongestWait{24};

ParamInfo param(std::string name, ParamType type, std::string default_value, std::string doc,
                Meaning meaning = Meaning::any) {
    return {std::move(name), type, false, std::move(default_value), std::move(doc), {}, meaning};
}

ParamInfo timeout(std::string default_value) {
    return param("timeout", ParamType::duration, std::move(default_value),
                 "how long to wait for it; slow hosts get a multiple of it");
}

ParamInfo space(std::string default_value) {
    std::string doc = default_value.empty() ? "the namespace; empty: all of them" : "the namespace of the pod";
    return param("namespace", ParamType::text, std::move(default_value), std::move(doc), Meaning::namespace_);
}

ParamInfo only_node() {
    return param("node", ParamType::node, "", "of this node alone; empty: of every node");
}

ParamInfo nginx_pod() {
    return param("pod", ParamType::text, "nginx", "the pod's name", Meaning::pod_name);
}

// The state must last, too, before it is believed: detail::Patience.
ParamInfo most_restarts() {
    return param("restarts", ParamType::integer, "5",
                 "a container in CrashLoopBackOff is given up after so many restarts, unless it last began while "
                 "something that it needs, such as the API server, was not ready");
}

ParamInfo port() {
    return param("port", ParamType::integer, "", "the port; empty: the first that the pod declares, else 80",
                 Meaning::port);
}

std::vector<KindInfo> make_kinds() {
    using enum ParamType;
    return {
        {"container-runtime",
         "every node's CONTAINER-RUNTIME is this; without a parameter, cri-o:// and the scenario's version",
         {only_node(),
          param("equals", text, "", "the runtime, e.g. cri-o://1.36.3; not together with matches", Meaning::runtime),
          param("matches", regex, "",
                "a regular expression of RE2 for the whole of it, such as cri-o://1[.]36[.].* for any patch"),
          timeout("60s")},
         Turn::state,
         "cri-o"},
        {"dns",
         "a pod resolves a name by the cluster's DNS",
         {nginx_pod(), space("default"),
          param("name", text, "kubernetes.default.svc.cluster.local", "the name to resolve", Meaning::dns_name),
          param("equals", text, "", "the address; empty: that of Service default/kubernetes, for its own name",
                Meaning::address),
          timeout("120s")},
         Turn::traffic},
        {"http",
         "a pod answers over HTTP, by its own address or through a Service",
         {nginx_pod(),
          space("default"),
          param("from", node, "", "the node that asks; empty: the control plane"),
          {"via",
           choice,
           false,
           "pod",
           "ask the pod's address, or a Service in front of it; a Service that is named is asked anyway",
           {"pod", "service"}},
          param("service", text, "", "the Service's name; empty, with via service: one that lives as long as the check",
                Meaning::service_name),
          port(),
          param("path", text, "/", "the path to get", Meaning::path),
          param("contains", text, "", "what the body must contain"),
          timeout("120s")},
         Turn::traffic},
        {"no-restarts",
         "no container has restarted since the cluster was good (the first pods-running that passed)",
         {space(""), param("allow", integer, "0", "how many restarts of one container are still fine"),
          param("for", duration, "10s", "how long the cluster must have been good"), timeout("120s")},
         Turn::hindsight},
        {"node-versions",
         "every node's kubelet has this version; without a parameter, the scenario's",
         {only_node(), param("equals", text, "", "the version, e.g. 1.36.3 or v1.36.3", Meaning::version),
          timeout("60s")},
         Turn::state,
         "kubernetes"},
        {"nodes-ready", "every node of the scenario has joined and is Ready", {timeout("300s")}},
        {"pod-to-pod",
         "a pod on each node gets a web page from a pod on another node",
         {nginx_pod(), space("default"),
          param("image", text, "", "what the check's own pods run, a web server; empty: the image of the pod",
                Meaning::image),
          port(), timeout("240s")},
         Turn::traffic},
        {"pods-on-every-node",
         "a running pod of this sort is on every node",
         {{"namespace", text, true, "", "the namespace of the pods", {}, Meaning::namespace_},
          param("labels", text, "", "a label selector, e.g. app=flannel; this or daemonset must be given",
                Meaning::selector),
          param("daemonset", text, "", "the DaemonSet whose label selector it is; this or labels must be given",
                Meaning::pod_name),
          most_restarts(),
          timeout("240s")}},
        {"pods-running",
         "every pod is Running and ready, or has completed",
         {space(""), param("labels", text, "", "only pods with these labels, e.g. run=nginx", Meaning::selector),
          param("at-least", integer, "1", "how many pods there must be"), most_restarts(), timeout("300s")}},
        {"shared-pid",
         "a pod whose containers share a PID namespace runs, and PID 1 in it is the pause program",
         {param("node", node, "", "the node to run the check's own pod on; empty: that of the pod"),
          param("pod", text, "nginx", "the pod whose image the check's own one runs", Meaning::pod_name),
          space("default"), timeout("240s")},
         Turn::traffic},
    };
}

constexpr int kLargestNumber = std::numeric_limits<int>::max();

bool is_of_digits(const std::string& value) {
    return !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
}

bool is_too_large(const std::string& value) {
    int number = 0;
    return std::from_chars(value.data(), value.data() + value.size(), number).ec == std::errc::result_out_of_range;
}

std::optional<ParamProblem> problem_with_time(const ParamInfo& info, const std::string& value) {
    const auto time = parse_duration(value);
    if (!time && is_of_digits(value)) {
        return ParamProblem{info.name, fmt::format("{} is a number without a unit", value),
                            "write it as 90s, 3m, 500ms or 1h"};
    }
    if (!time) {
        return ParamProblem{info.name, fmt::format("\"{}\" is not a time", value), "write 90s, 3m, 500ms or 1h"};
    }
    if (*time > kLongestWait) {
        return ParamProblem{info.name, fmt::format("{} is longer than anybody waits", value), "at most 24h"};
    }
    if (*time == Duration::zero() && info.name == "timeout") {
        return ParamProblem{info.name, fmt::format("with a timeout of {} nothing can become true", value), {}};
    }
    return std::nullopt;
}

std::optional<ParamProblem> problem_with_value(const ParamInfo& info, const std::string& value) {
    const auto not_a = [&](const char* what, std::string hint) {
        return ParamProblem{info.name, fmt::format("\"{}\" is not {}", value, what), std::move(hint)};
    };
    if (value.empty()) return std::nullopt;
    if (info.type == ParamType::text || is_of_digits(value)) {
        if (const auto what = check::not_a(info.meaning, value); !what.empty()) return not_a(what.c_str(), {});
    }
    switch (info.type) {
        case ParamType::text:
        case ParamType::node:  // by the surroundings
            return std::nullopt;
        case ParamType::integer:
            if (!is_of_digits(value)) return not_a("a whole number", "write digits only, such as 80");
            if (!is_too_large(value)) return std::nullopt;
            return ParamProblem{info.name, fmt::format("{} is too large a number", value),
                                fmt::format("at most {}", kLargestNumber)};
        case ParamType::duration:
            return problem_with_time(info, value);
        case ParamType::regex:
            if (auto problem = problem_with_pattern(value))
                return ParamProblem{info.name, problem->message, problem->hint};
            return std::nullopt;
        case ParamType::choice:
            if (std::find(info.choices.begin(), info.choices.end(), value) != info.choices.end()) return std::nullopt;
            return not_a("one of those on offer", "one of " + join(info.choices, ", "));
    }
    return std::nullopt;
}

// One text for all that mean this value.
std::string plain_value(const ParamInfo& info, const std::string& value) {
    if (info.type == ParamType::duration) {
        const auto time = parse_duration(value);
        return time ? std::to_string(time->count()) : value;
    }
    if (info.type == ParamType::integer && is_of_digits(value)) {
        return value.substr(std::min(value.find_first_not_of('0'), value.size() - 1));
    }
    return info.meaning == Meaning::version && value.starts_with('v') ? value.substr(1) : value;
}

bool has_param(const KindInfo& kind, const std::string& name) {
    return std::any_of(kind.params.begin(), kind.params.end(),
                       [&](const ParamInfo& info) { return info.name == name; });
}

ParamProblem unknown(const std::string& what, std::string_view name, std::vector<std::string> known,
                     std::string param) {
    const auto near = nearest(name, known);
    auto hint = (near ? fmt::format("did you mean \"{}\"? ", *near) : "") + "on offer: " + join(known, ", ");
    return {std::move(param), fmt::format("unknown {} \"{}\"", what, name), std::move(hint)};
}

bool is_given(const std::map<std::string, std::string>& params, const std::string& name) {
    const auto found = params.find(name);
    return found != params.end() && !found->second.empty();
}

// Nobody waits as long as the cluster must have been good: the check would fail whatever the cluster does.
void add_problem_with_times(const KindInfo& kind, const std::map<std::string, std::string>& params,
                            std::vector<ParamProblem>& problems) {
    const auto all = with_defaults(kind, params);
    const auto wanted = parse_duration(all.at("for"));
    const auto timeout = parse_duration(all.at("timeout"));
    if (!problems.empty() || !wanted || !timeout || *wanted <= *timeout) return;
    problems.push_back({is_given(params, "for") ? "for" : "timeout",
                        fmt::format("the cluster must have been good for {}, and the timeout is {}: nobody waits that "
                                    "long",
                                    all.at("for"), all.at("timeout")),
                        "make \"timeout\" at least as long as \"for\""});
}

// What the check itself asks for where a parameter is left out.
void add_defaults_of_cluster(const KindInfo& kind, const Cluster& cluster, std::map<std::string, std::string>& params) {
    const auto version = cluster.versions.find(kind.version_of);
    if (version != cluster.versions.end() && !is_given(params, "equals") && !is_given(params, "matches")) {
        params["equals"] = (kind.name == "container-runtime" ? "cri-o://" : "") + version->second;
    }
    for (const auto& info : kind.params) {
        if (info.type != ParamType::node || is_given(params, info.name)) continue;
        // Where there is one node, any and every node is that one.
        if (info.name == "from" || !cluster.has_workers) params[info.name] = cluster.control_plane;
    }
    // Only a pod says which port it listens on.
    if (kind.name == "pod-to-pod" && is_given(params, "image") && !is_given(params, "port")) params["port"] = "80";
}

// What has no effect beside what else is given.
void drop_unused(const KindInfo& kind, std::map<std::string, std::string>& params) {
    if (kind.name == "http" && is_given(params, "service")) {
        params["via"] = "service";
        params.erase("pod");
    }
    if (kind.name == "pod-to-pod" && is_given(params, "image")) params.erase("pod");
}

// What is right by itself and yet cannot be right here.
void add_problems_here(const KindInfo& kind, const std::map<std::string, std::string>& params,
                       const Surroundings& around, std::vector<ParamProblem>& problems) {
    const auto& nodes = around.nodes;
    for (const auto& info : kind.params) {
        if (info.type != ParamType::node || nodes.empty() || !is_given(params, info.name)) continue;
        const auto& name = params.at(info.name);
        if (std::find(nodes.begin(), nodes.end(), name) == nodes.end()) {
            problems.push_back(unknown("node", name, nodes, info.name));
        }
    }
    if (kind.name == "pod-to-pod" && nodes.size() == 1) {
        problems.push_back(
            {{}, "pods on two nodes talk, and this scenario has one node", "leave the check out, or add a worker"});
    }
    if (kind.version_of.empty() || !around.components || is_given(params, "equals") || is_given(params, "matches")) {
        return;
    }
    const auto& components = *around.components;
    if (std::find(components.begin(), components.end(), kind.version_of) != components.end()) return;
    problems.push_back({{},
                        fmt::format("nothing says what is right: no version of {} is set up", kind.version_of),
                        fmt::format("give \"equals\"{}", has_param(kind, "matches") ? " or \"matches\"" : "")});
}

// What only several parameters together can get wrong.
void add_joint_problems(const KindInfo& kind, const std::map<std::string, std::string>& params,
                        std::vector<ParamProblem>& problems) {
    const auto given = [&](const char* name) { return is_given(params, name); };
    if (kind.name == "container-runtime" && given("equals") && given("matches")) {
        problems.push_back({"matches", "\"equals\" and \"matches\" exclude each other", "keep one of them"});
    }
    if (kind.name == "http" && given("service") && given("via") && params.at("via") == "pod") {
        problems.push_back({"service", "\"via\": \"pod\" asks no Service", "leave one of them out"});
    }
    if (kind.name == "no-restarts") add_problem_with_times(kind, params, problems);
    if (kind.name == "pods-on-every-node" && given("labels") == given("daemonset")) {
        problems.push_back({"labels", "exactly one of \"labels\" and \"daemonset\" is needed",
                            "for flannel: \"namespace\": \"kube-flannel\", \"labels\": \"app=flannel\""});
    }
}

}  // namespace

const char* to_string(ParamType type) {
    switch (type) {
        case ParamType::text:
            return "text";
        case ParamType::integer:
            return "integer";
        case ParamType::duration:
            return "duration";
        case ParamType::regex:
            return "regex";
        case ParamType::choice:
            return "choice";
        case ParamType::node:
            return "node";
    }
    return "text";
}

const std::vector<KindInfo>& known_kinds() {
    static const std::vector<KindInfo> kinds = make_kinds();
    return kinds;
}

const KindInfo* find_kind(std::string_view name) {
    for (const auto& kind : known_kinds()) {
        if (kind.name == name) return &kind;
    }
    return nullptr;
}

Turn turn_of(std::string_view kind) {
    const auto* found = find_kind(kind);
    return found == nullptr ? Turn::state : found->turn;
}

std::vector<ParamProblem> problems_with(std::string_view kind_name, const std::map<std::string, std::string>& params,
                                        const Surroundings& around) {
    const auto* kind = find_kind(kind_name);
    if (kind == nullptr) {
        std::vector<std::string> names;
        for (const auto& known : known_kinds()) names.push_back(known.name);
        return {unknown("check", kind_name, std::move(names), {})};
    }
    std::vector<ParamProblem> problems;
    std::vector<std::string> names;
    for (const auto& info : kind->params) {
        names.push_back(info.name);
        const auto found = params.find(info.name);
        const auto value = found == params.end() ? std::string{} : found->second;
        if (info.required && value.empty()) {
            problems.push_back({info.name, fmt::format("\"{}\" is missing", info.name), info.doc});
        } else if (auto problem = problem_with_value(info, value)) {
            problems.push_back(*std::move(problem));
        }
    }
    for (const auto& [name, value] : params) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            problems.push_back(unknown("parameter", name, names, name));
        }
    }
    add_joint_problems(*kind, params, problems);
    add_problems_here(*kind, params, around, problems);
    return problems;
}

std::map<std::string, std::string> with_defaults(const KindInfo& kind, std::map<std::string, std::string> params) {
    for (const auto& info : kind.params) {
        auto& value = params[info.name];
        if (value.empty()) value = info.default_value;
    }
    return params;
}

std::map<std::string, std::string> meaning_of(std::string_view kind_name, std::map<std::string, std::string> params,
                                              const Cluster& cluster) {
    const auto* kind = find_kind(kind_name);
    if (kind == nullptr) return params;
    add_defaults_of_cluster(*kind, cluster, params);
    drop_unused(*kind, params);
    params = with_defaults(*kind, std::move(params));
    for (const auto& info : kind->params) params[info.name] = plain_value(info, params[info.name]);
    return params;
}

}  // namespace crib::check
