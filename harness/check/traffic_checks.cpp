// http, pod-to-pod, dns: what really goes over the cluster's network.

#include "harness/base/text.h"
#include "harness/check/detail/check.h"
#include "harness/check/detail/manifests.h"
#include "harness/check/detail/pod_trouble.h"
#include "harness/check/detail/scripts.h"
#include "harness/check/kubernetes_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>

namespace crib::check::detail {
namespace {

constexpr auto kGrace = std::chrono::seconds{10};

std::string path_in(const std::string& name_space, const std::string& resource, const std::string& name = {}) {
    const auto path = fmt::format("/api/v1/namespaces/{}/{}", percent_encode(name_space), resource);
    return name.empty() ? path : fmt::format("{}/{}", path, percent_encode(name));
}

int port_of(const Params& params, const Pod& pod) {
    if (params.has("port")) return params.integer("port");
    return pod.ports.empty() || pod.ports.front() == 0 ? 80 : pod.ports.front();
}

// Why the pod cannot be talked to yet; nothing when it can.
std::optional<std::string> why_not_up(const Pod& pod) {
    if (const auto trouble = trouble_of(pod, {})) return trouble->text;
    if (pod.ip.empty()) return fmt::format("pod {} has no address", pod.full_name());
    return std::nullopt;
}

class Http final : public Check {
public:
    explicit Http(const MakeInputs& inputs)
        : params_(inputs.params),
          name_space_(params_.text("namespace")),
          own_service_(params_.text("via") == "service" && !params_.has("service")) {}

    Observation observe(Probe& probe) override {
        const auto address = find_address(probe);
        if (!address) return probe.trouble();
        if (address->host.empty()) return Observation::not_yet(not_up_);
        const auto from = params_.has("from") ? params_.text("from") : probe.view().control_plane();
        const auto asked = probe.ask(from, fetch_script(*address));
        if (!asked.answer) {
            return Observation::not_yet(fmt::format("no answer from {} to node {}{}", address->url(), from, asked.why));
        }
        return judge(*asked.answer, address->url(), from);
    }

    void clean_up(Probe& probe) noexcept override {
        if (made_) probe.remove(path_in(name_space_, "services", own_name()));
    }

private:
    // Another for each node that asks: the checks are run side by side, and each removes its own.
    [[nodiscard]] std::string own_name() const {
        const auto from = params_.has("from") ? "-from-" + params_.text("from") : "";
        return "crib-check-" + params_.text("pod") + from;
    }

    // Nothing on trouble; an address without a host when the pod is not up.
    std::optional<WebAddress> find_address(Probe& probe) {
        const auto path = params_.text("path");
        if (params_.has("service")) return of_service(probe, params_.text("service"), path);
        const auto pod = probe.pod(name_space_, params_.text("pod"));
        if (!pod) return std::nullopt;
        if (const auto reason = why_not_up(*pod)) {
            not_up_ = *reason;
            return WebAddress{};
        }
        const int port = port_of(params_, *pod);
        if (!own_service_) return WebAddress{pod->ip, port, path};
        if (!made_) {
            made_ = probe.create(path_in(name_space_, "services"), service_manifest(own_name(), pod->labels, port));
            if (!made_) return std::nullopt;
        }
        return of_service(probe, own_name(), path);
    }

    std::optional<WebAddress> of_service(Probe& probe, const std::string& name, const std::string& path) {
        const auto body = probe.get(path_in(name_space_, "services", name));
        if (!body) return std::nullopt;
        const int port = params_.has("port") ? params_.integer("port") : service_port_of(*body).value_or(80);
        not_up_ = fmt::format("Service {}/{} has no address", name_space_, name);
        return WebAddress{cluster_ip_of(*body), port, path};
    }

    [[nodiscard]] Observation judge(const std::string& output, const std::string& url, const std::string& from) const {
        const auto answer = parse_web_answer(output);
        if (!answer) return Observation::not_yet(fmt::format("{} gave node {} no HTTP answer", url, from));
        if (answer->status != 200) {
            return Observation::not_yet(fmt::format("{} answered node {} with {}", url, from, answer->status));
        }
        const auto wanted = params_.text("contains");
        if (answer->body.find(wanted) == std::string::npos) {
            return Observation::not_yet(fmt::format("{} answered node {} with {} bytes without \"{}\"", url, from,
                                                    answer->body.size(), wanted));
        }
        return Observation::ready(
            fmt::format("{} answered node {} with 200 and {} bytes", url, from, answer->body.size()));
    }

    Params params_;
    std::string name_space_;
    bool own_service_;
    bool made_ = false;
    std::string not_up_;
};

class PodToPod final : public Check {
public:
    explicit PodToPod(const MakeInputs& inputs)
        : params_(inputs.params),
          name_space_(params_.text("namespace")),
          image_(params_.text("image")),
          rules_{inputs.settings.registry, 3},
          patience_(std::chrono::duration_cast<Duration>(kGrace * std::max(1.0, inputs.settings.host_factor))) {}

    void prepare(Probe& probe) override {
        const auto nodes = probe.view().nodes();
        if (nodes.size() >= 2 && learn_server(probe)) make_pods(probe, nodes);
    }

    Observation observe(Probe& probe) override {
        const auto nodes = probe.view().nodes();
        if (nodes.size() < 2)
            return Observation::hopeless("the cluster has one node only: there is no other to talk to");
        if (!learn_server(probe) || !make_pods(probe, nodes)) return probe.trouble();
        const auto pods = probe.all_pods(name_space_, fmt::format("{}=pod-to-pod", kOwnLabel));
        if (!pods) return probe.trouble();
        std::map<std::string, Pod> pod_on;
        std::vector<PodTrouble> troubles;
        for (const auto& pod : *pods) {
            if (auto trouble = probe.trouble_of(pod, rules_)) troubles.push_back(*std::move(trouble));
            pod_on[pod.node] = pod;
        }
        if (!troubles.empty()) return patience_.judge(troubles, probe.now());
        return talk(probe, nodes, pod_on);
    }

    void clean_up(Probe& probe) noexcept override {
        for (const auto& name : made_) probe.remove(path_in(name_space_, "pods", name) + "?gracePeriodSeconds=0");
    }

private:
    [[nodiscard]] static std::string name_on(const std::string& node) { return "crib-check-" + node; }

    // The image is on the nodes already, for the scenario's own pod runs it.
    bool learn_server(Probe& probe) {
        if (params_.has("port")) port_ = params_.integer("port");
        if (!image_.empty()) return true;
        const auto pod = probe.pod(name_space_, params_.text("pod"));
        if (!pod) return false;
        image_ = pod->image;
        port_ = port_of(params_, *pod);
        return true;
    }

    bool make_pods(Probe& probe, const std::vector<std::string>& nodes) {
        for (const auto& node : nodes) {
            if (made_.count(name_on(node)) != 0) continue;
            const auto manifest = pod_manifest(name_on(node), image_, node, "pod-to-pod");
            if (!probe.create(path_in(name_space_, "pods"), manifest)) return false;
            made_.insert(name_on(node));
        }
        return true;
    }

    // Each node's pod asks that of the next node, so that every node is once at either end; all at once, for a look
    // into a pod takes an emulated CPU seconds.
    Observation talk(Probe& probe, const std::vector<std::string>& nodes, const std::map<std::string, Pod>& pod_on) {
        std::vector<Way> ways;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (talked_.count(nodes[i]) != 0) continue;
            const auto& to = nodes[(i + 1) % nodes.size()];
            const auto asks = pod_on.find(nodes[i]);
            const auto answers = pod_on.find(to);
            if (answers == pod_on.end() || answers->second.ip.empty()) {
                return Observation::not_yet(fmt::format("the check's pod on node {} has no address", to));
            }
            if (asks == pod_on.end()) {
                return Observation::not_yet(fmt::format("the check's pod is not on node {}", nodes[i]));
            }
            ways.push_back({nodes[i], to, asks->second.running_container(), answers->second.ip, probe});
        }
        std::vector<std::string> troubles;
        for (const auto& trouble : ask_all(ways)) {
            if (!trouble.empty()) troubles.push_back(trouble);
        }
        for (const auto& way : ways) probe.learn_from(way.probe);
        if (!troubles.empty()) {
            probe.wait_briefly();
            return Observation::not_yet(summarise(troubles));
        }
        return Observation::ready(
            fmt::format("pods talk across all {} nodes, over the pods' own network", nodes.size()));
    }

    struct Way {
        std::string from;
        std::string to;
        std::string container;  // of the pod that asks
        std::string address;
        Probe probe;  // one for each: it remembers its own trouble
    };

    // What was wrong with each way; empty: nothing.
    std::vector<std::string> ask_all(std::vector<Way>& ways) {
        std::vector<std::future<std::string>> answers;
        for (auto& way : ways) {
            answers.push_back(std::async(std::launch::async, [this, &way] { return ask(way); }));
        }
        std::vector<std::string> troubles;
        for (std::size_t i = 0; i < ways.size(); ++i) {
            troubles.push_back(answers[i].get());
            if (troubles.back().empty()) talked_.insert(ways[i].from);
        }
        return troubles;
    }

    [[nodiscard]] std::string ask(Way& way) const {
        const auto script = fetch_script({way.address, port_, "/"});
        const auto asked = way.probe.ask_in_container(way.from, way.container, script);
        const auto words = fmt::format("from {}:{} ({}) to a pod on {}", way.address, port_, way.to, way.from);
        if (!asked.answer) return fmt::format("no answer {}{}", words, asked.why);
        const auto answer = parse_web_answer(*asked.answer);
        if (!answer) return fmt::format("no HTTP answer {}", words);
        return answer->status < 500 ? std::string{} : fmt::format("answer {} {}", answer->status, words);
    }

    Params params_;
    std::string name_space_;
    std::string image_;
    int port_ = 80;
    PodRules rules_;
    Patience patience_;
    std::set<std::string> made_;
    std::set<std::string> talked_;  // nodes whose pod has got its answer
};

class Dns final : public Check {
public:
    explicit Dns(const MakeInputs& inputs)
        : name_space_(inputs.params.text("namespace")),
          pod_(inputs.params.text("pod")),
          name_(inputs.params.text("name")),
          wanted_(inputs.params.text("equals")) {}

    Observation observe(Probe& probe) override {
        const auto pod = probe.pod(name_space_, pod_);
        if (!pod) return probe.trouble();
        if (const auto reason = why_not_up(*pod)) return Observation::not_yet(*reason);
        if (wanted_.empty() && name_.rfind("kubernetes.default", 0) == 0) {
            const auto service = probe.get(path_in("default", "services", "kubernetes"));
            if (!service) return probe.trouble();
            wanted_ = cluster_ip_of(*service);
        }
        const auto asked = probe.ask_in_container(pod->node, pod->running_container(), resolve_script(name_));
        const auto who = fmt::format("pod {} on node {}", pod->full_name(), pod->node);
        if (!asked.answer) return Observation::not_yet(fmt::format("{} cannot resolve {}{}", who, name_, asked.why));
        const auto& output = *asked.answer;
        const std::string address(trim(output.substr(0, output.find_first_of(" \t\n"))));
        if (address.empty()) return Observation::not_yet(fmt::format("{} got no address for {}", who, name_));
        if (!wanted_.empty() && address != wanted_) {
            return Observation::not_yet(fmt::format("{} resolves {} to {}, not {}", who, name_, address, wanted_));
        }
        return Observation::ready(fmt::format("{} resolves {} to {}", who, name_, address));
    }

private:
    std::string name_space_;
    std::string pod_;
    std::string name_;
    std::string wanted_;
};

}  // namespace

std::unique_ptr<Check> make_http(const MakeInputs& inputs) {
    return std::make_unique<Http>(inputs);
}

std::unique_ptr<Check> make_pod_to_pod(const MakeInputs& inputs) {
    return std::make_unique<PodToPod>(inputs);
}

std::unique_ptr<Check> make_dns(const MakeInputs& inputs) {
    return std::make_unique<Dns>(inputs);
}

}  // namespace crib::check::detail
