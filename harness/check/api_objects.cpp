#include "harness/check/api_objects.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace crib::check {
namespace {

using nlohmann::json;

json parse(std::string_view text) {
    auto value = json::parse(text, nullptr, false);
    if (!value.is_object()) {
        throw Error(ErrorKind::internal,
                    fmt::format("the API server's answer is not a JSON object: {}", text.substr(0, 80)));
    }
    return value;
}

const json& at(const json& value, const char* key) {
    static const json nothing;
    if (!value.is_object()) return nothing;
    const auto found = value.find(key);
    return found == value.end() ? nothing : *found;
}

std::string text_at(const json& value, const char* key) {
    const auto& found = at(value, key);
    return found.is_string() ? found.get<std::string>() : std::string{};
}

bool flag_at(const json& value, const char* key) {
    const auto& found = at(value, key);
    return found.is_boolean() && found.get<bool>();
}

int number_at(const json& value, const char* key) {
    const auto& found = at(value, key);
    return found.is_number_integer() ? found.get<int>() : 0;
}

std::optional<WallTime> created_at(const json& object) {
    return parse_time(text_at(at(object, "metadata"), "creationTimestamp"));
}

// The items of a list, or the object itself.
template <typename Function>
void for_each_item(const json& document, Function&& function) {
    const auto& items = at(document, "items");
    if (items.is_array()) {
        for (const auto& item : items) function(item);
    } else if (document.contains("metadata") && !document.contains("items")) {
        function(document);
    }
}

const json& condition(const json& status, std::string_view type) {
    static const json nothing;
    for (const auto& entry : at(status, "conditions")) {
        if (text_at(entry, "type") == type) return entry;
    }
    return nothing;
}

std::vector<std::string> roles_of(const json& labels) {
    constexpr std::string_view prefix = "node-role.kubernetes.io/";
    std::vector<std::string> roles;
    if (!labels.is_object()) return roles;
    for (const auto& [key, value] : labels.items()) {
        if (key.rfind(prefix, 0) == 0 && key.size() > prefix.size()) roles.push_back(key.substr(prefix.size()));
        if (key == "kubernetes.io/role" && value.is_string() && !value.get<std::string>().empty())
            roles.push_back(value);
    }
    std::sort(roles.begin(), roles.end());
    roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
    return roles;
}

Node read_node(const json& object) {
    const auto& status = at(object, "status");
    const auto& info = at(status, "nodeInfo");
    const auto& ready = condition(status, "Ready");
    Node node;
    node.name = text_at(at(object, "metadata"), "name");
    node.ready = text_at(ready, "status");
    node.ready_reason = text_at(ready, "reason");
    node.ready_message = text_at(ready, "message");
    node.unschedulable = flag_at(at(object, "spec"), "unschedulable");
    node.roles = roles_of(at(at(object, "metadata"), "labels"));
    node.kubelet_version = text_at(info, "kubeletVersion");
    node.runtime = text_at(info, "containerRuntimeVersion");
    node.os_image = text_at(info, "osImage");
    node.kernel = text_at(info, "kernelVersion");
    node.architecture = text_at(info, "architecture");
    node.created = created_at(object);
    for (const auto& address : at(status, "addresses")) {
        auto& target = text_at(address, "type") == "InternalIP" ? node.internal_ip : node.external_ip;
        const bool known = text_at(address, "type") == "InternalIP" || text_at(address, "type") == "ExternalIP";
        if (known && target.empty()) target = text_at(address, "address");
    }
    return node;
}

void read_state(const json& status, Container& container) {
    const auto& state = at(status, "state");
    const auto& waiting = at(state, "waiting");
    const auto& terminated = at(state, "terminated");
    const auto& last = at(at(status, "lastState"), "terminated");
    container.ready = flag_at(status, "ready");
    container.started = flag_at(status, "started");
    container.restarts = number_at(status, "restartCount");
    container.running = at(state, "running").is_object();
    container.running_since = parse_time(text_at(at(state, "running"), "startedAt"));
    container.waiting_reason = text_at(waiting, "reason");
    container.waiting_message = text_at(waiting, "message");
    container.terminated = terminated.is_object();
    container.terminated_reason = text_at(terminated, "reason");
    container.exit_code = number_at(terminated, "exitCode");
    container.signal = number_at(terminated, "signal");
    if (last.is_object()) {
        const auto reason = text_at(last, "reason");
        container.last_exit =
            fmt::format("{}{}exit code {}", reason, reason.empty() ? "" : ", ", number_at(last, "exitCode"));
        container.last_started = parse_time(text_at(last, "startedAt"));
        container.last_finished = parse_time(text_at(last, "finishedAt"));
    }
}

void read_containers(const json& specs, const json& statuses, bool init, std::vector<Container>& out) {
    for (const auto& spec : specs) {
        Container container;
        container.name = text_at(spec, "name");
        container.init = init;
        container.sidecar = init && text_at(spec, "restartPolicy") == "Always";
        for (const auto& status : statuses) {
            if (text_at(status, "name") != container.name) continue;
            read_state(status, container);
            const auto id = text_at(status, "containerID");  // "cri-o://0123abcd..."
            const auto slashes = id.find("://");
            if (slashes != std::string::npos) container.id = id.substr(slashes + 3);
        }
        out.push_back(std::move(container));
    }
}

std::vector<std::string> command_of(const json& container) {
    std::vector<std::string> words;
    for (const auto* key : {"command", "args"}) {
        for (const auto& word : at(container, key)) {
            if (word.is_string()) words.push_back(word.get<std::string>());
        }
    }
    return words;
}

void read_gates(const json& spec, const json& status, Pod& pod) {
    const auto& gates = at(spec, "readinessGates");
    pod.readiness_gates = gates.size();
    for (const auto& gate : gates) {
        const auto& met = condition(status, text_at(gate, "conditionType"));
        if (text_at(met, "status") == "True") ++pod.readiness_gates_met;
    }
}

Pod read_pod(const json& object) {
    const auto& metadata = at(object, "metadata");
    const auto& spec = at(object, "spec");
    const auto& status = at(object, "status");
    Pod pod;
    pod.name_space = text_at(metadata, "namespace");
    pod.name = text_at(metadata, "name");
    pod.uid = text_at(metadata, "uid");
    pod.created = created_at(object);
    const auto& owners = at(metadata, "ownerReferences");
    pod.owned = !owners.empty();
    for (const auto& owner : owners) {
        pod.owner = text_at(owner, "kind");
        pod.owner_name = text_at(owner, "name");
    }
    pod.deleting = at(metadata, "deletionTimestamp").is_string();
    if (const auto& labels = at(metadata, "labels"); labels.is_object()) {
        for (const auto& [key, value] : labels.items())
            pod.labels[key] = value.is_string() ? value.get<std::string>() : "";
    }
    pod.node = text_at(spec, "nodeName");
    pod.host_network = flag_at(spec, "hostNetwork");
    pod.phase = text_at(status, "phase");
    pod.reason = text_at(status, "reason");
    pod.message = text_at(status, "message");
    pod.ip = text_at(status, "podIP");
    pod.nominated_node = text_at(status, "nominatedNodeName");
    const auto& ready = condition(status, "Ready");
    pod.ready = text_at(ready, "status") == "True";
    pod.turned = parse_time(text_at(ready, "lastTransitionTime"));
    const auto& scheduled = condition(status, "PodScheduled");
    pod.scheduling_reason = text_at(scheduled, "reason");
    if (text_at(scheduled, "status") == "False") pod.unscheduled_message = text_at(scheduled, "message");
    read_gates(spec, status, pod);
    read_containers(at(spec, "initContainers"), at(status, "initContainerStatuses"), true, pod.containers);
    read_containers(at(spec, "containers"), at(status, "containerStatuses"), false, pod.containers);
    const auto& containers = at(spec, "containers");
    if (!containers.empty()) pod.command = command_of(*containers.begin());
    for (const auto& container : containers) {
        if (pod.image.empty()) pod.image = text_at(container, "image");
        for (const auto& port : at(container, "ports")) pod.ports.push_back(number_at(port, "containerPort"));
    }
    return pod;
}

// "2026-11-23T12:05:00" at fixed places; false when a digit is missing.
bool read_digits(std::string_view text, std::size_t begin, std::size_t count, int& out) {
    const auto part = text.substr(begin, count);
    const auto end = part.data() + part.size();
    const auto result = std::from_chars(part.data(), end, out);
    return part.size() == count && result.ec == std::errc{} && result.ptr == end;
}

}  // namespace

std::string Pod::running_container() const {
    const auto found = std::find_if(containers.begin(), containers.end(),
                                    [](const Container& container) { return !container.init && container.running; });
    return found == containers.end() ? "" : found->id;
}

bool Pod::is_running() const {
    if (phase != "Running" || deleting || containers.empty()) return false;
    return std::all_of(containers.begin(), containers.end(),
                       [](const Container& container) { return container.init || container.ready; });
}

std::vector<Node> parse_nodes(std::string_view text) {
    const auto document = parse(text);
    std::vector<Node> nodes;
    for_each_item(document, [&](const json& item) { nodes.push_back(read_node(item)); });
    return nodes;
}

std::vector<Pod> parse_pods(std::string_view text) {
    const auto document = parse(text);
    std::vector<Pod> pods;
    for_each_item(document, [&](const json& item) { pods.push_back(read_pod(item)); });
    return pods;
}

Lease parse_lease(std::string_view text) {
    const auto document = parse(text);
    const auto& spec = at(document, "spec");
    return {text_at(spec, "holderIdentity"), parse_time(text_at(spec, "renewTime"))};
}

std::string resource_version_of(std::string_view text) {
    const auto document = parse(text);
    return text_at(at(document, "metadata"), "resourceVersion");
}

std::string cluster_ip_of(std::string_view text) {
    const auto document = parse(text);
    auto address = text_at(at(document, "spec"), "clusterIP");
    return address == "None" ? std::string{} : address;
}

std::optional<int> service_port_of(std::string_view text) {
    const auto document = parse(text);
    for (const auto& port : at(at(document, "spec"), "ports")) return number_at(port, "port");
    return std::nullopt;
}

std::string match_labels_of(std::string_view text) {
    const auto document = parse(text);
    std::vector<std::string> parts;
    if (const auto& labels = at(at(at(document, "spec"), "selector"), "matchLabels"); labels.is_object()) {
        for (const auto& [key, value] : labels.items()) {
            if (value.is_string()) parts.push_back(fmt::format("{}={}", key, value.get<std::string>()));
        }
    }
    return join(parts, ",");
}

std::optional<WallTime> parse_time(std::string_view text) {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    const bool shaped = text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
                        text[16] == ':' && text.back() == 'Z';
    if (!shaped || !read_digits(text, 0, 4, year) || !read_digits(text, 5, 2, month) || !read_digits(text, 8, 2, day) ||
        !read_digits(text, 11, 2, hour) || !read_digits(text, 14, 2, minute) || !read_digits(text, 17, 2, second)) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second};
}

}  // namespace crib::check
