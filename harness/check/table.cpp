#include "harness/check/table.h"

#include "harness/base/printable.h"
#include "harness/base/text.h"
#include "harness/base/version.h"
#include "harness/check/api_objects.h"
#include "harness/check/detail/probe.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::check {
namespace {

constexpr std::size_t kNarrowest = 6;
constexpr std::size_t kGap = 3;

std::string or_none(const std::string& text) {
    return text.empty() ? "<none>" : text;
}
std::string or_unknown(const std::string& text) {
    return text.empty() ? "<unknown>" : text;
}

std::string age_of(const std::optional<WallTime>& created, WallTime now) {
    if (!created) return "<unknown>";
    return human_age(std::chrono::floor<std::chrono::seconds>(now - *created));
}

std::string node_status(const Node& node) {
    std::string status = "Unknown";  // as kubectl says when there is no condition at all
    if (node.ready == "True") status = "Ready";
    if (node.ready == "False" || node.ready == "Unknown") status = "NotReady";
    if (node.unschedulable) status += ",SchedulingDisabled";
    return status;
}

std::string ended(const Container& container) {
    if (!container.terminated_reason.empty()) return container.terminated_reason;
    if (container.signal != 0) return fmt::format("Signal:{}", container.signal);
    return fmt::format("ExitCode:{}", container.exit_code);
}

// What holds up the initialisation; empty when it is over.
std::string init_status(const Pod& pod) {
    std::size_t index = 0;
    const auto total =
        std::count_if(pod.containers.begin(), pod.containers.end(), [](const auto& c) { return c.init; });
    for (const auto& container : pod.containers) {
        if (!container.init) continue;
        const bool over =
            (container.terminated && container.exit_code == 0) || (container.sidecar && container.started);
        if (over) {
            ++index;
            continue;
        }
        if (container.terminated) return "Init:" + ended(container);
        const auto& waiting = container.waiting_reason;
        if (!waiting.empty() && waiting != "PodInitializing") return "Init:" + waiting;
        return fmt::format("Init:{}/{}", index, total);
    }
    return {};
}

std::string restarts_of(const Pod& pod, WallTime now) {
    int restarts = 0;
    std::optional<WallTime> last;
    const bool initialising = !init_status(pod).empty();
    for (const auto& container : pod.containers) {
        if (container.init && !container.sidecar && !initialising) continue;
        if (!container.init && initialising) continue;
        restarts += container.restarts;
        if (container.last_finished && (!last || *container.last_finished > *last)) last = container.last_finished;
    }
    if (restarts == 0 || !last) return std::to_string(restarts);
    return fmt::format("{} ({} ago)", restarts, age_of(last, now));
}

std::string ready_of(const Pod& pod) {
    std::size_t total = 0;
    std::size_t ready = 0;
    for (const auto& container : pod.containers) {
        if (container.init && !container.sidecar) continue;
        ++total;
        if (container.ready) ++ready;
    }
    return fmt::format("{}/{}", ready, total);
}

// 36 of "v1.36.3"; 0 when there is none.
unsigned minor_number(std::string_view version) {
    if (version.starts_with('v')) version.remove_prefix(1);
    return parse_version(version).value_or(Version{}).minor();
}

// It is the API server that makes kubectl's columns: since 1.36 it adds the architecture to the kernel's
// version. Its own version is that of the control plane's kubelet, or very near it.
bool shows_architecture(const std::vector<Node>& nodes) {
    return std::any_of(nodes.begin(), nodes.end(), [](const Node& node) {
        const bool control_plane = std::find(node.roles.begin(), node.roles.end(), "control-plane") != node.roles.end();
        return control_plane && minor_number(node.kubelet_version) >= 36;
    });
}

std::vector<std::string> node_row(const Node& node, bool architecture, WallTime now) {
    auto kernel = or_unknown(node.kernel);
    if (architecture && !node.architecture.empty()) kernel += fmt::format(" ({})", node.architecture);
    return {node.name,
            node_status(node),
            or_none(join(node.roles, ",")),
            age_of(node.created, now),
            node.kubelet_version,
            or_none(node.internal_ip),
            or_none(node.external_ip),
            or_unknown(node.os_image),
            kernel,
            or_unknown(node.runtime)};
}

std::vector<std::string> pod_row(const Pod& pod, WallTime now) {
    const auto gates = pod.readiness_gates == 0 ? std::string("<none>")
                                                : fmt::format("{}/{}", pod.readiness_gates_met, pod.readiness_gates);
    return {pod.name_space,
            pod.name,
            ready_of(pod),
            pod_status(pod),
            restarts_of(pod, now),
            age_of(pod.created, now),
            or_none(pod.ip),
            or_none(pod.node),
            or_none(pod.nominated_node),
            gates};
}

}  // namespace

std::string pod_status(const Pod& pod) {
    std::string status = pod.reason.empty() ? pod.phase : pod.reason;
    if (pod.scheduling_reason == "SchedulingGated") status = "SchedulingGated";
    const auto initialising = init_status(pod);
    bool runs = false;
    if (!initialising.empty()) {
        status = initialising;
    } else {
        for (auto container = pod.containers.rbegin(); container != pod.containers.rend(); ++container) {
            if (container->init) continue;
            if (!container->waiting_reason.empty()) {
                status = container->waiting_reason;
            } else if (container->terminated) {
                status = ended(*container);
            } else if (container->ready && container->running) {
                runs = true;
            }
        }
        if (status == "Completed" && runs) status = pod.ready ? "Running" : "NotReady";
    }
    const bool over = pod.phase == "Succeeded" || pod.phase == "Failed";
    if (pod.deleting && pod.reason == "NodeLost") return "Unknown";
    return pod.deleting && !over ? "Terminating" : status;
}

std::string human_age(std::chrono::seconds age) {
    const auto seconds = age.count();
    const auto minutes = seconds / 60;
    const auto hours = minutes / 60;
    const auto days = hours / 24;
    const auto with_rest = [](auto whole, char unit, auto rest, char rest_unit) {
        return rest == 0 ? fmt::format("{}{}", whole, unit) : fmt::format("{}{}{}{}", whole, unit, rest, rest_unit);
    };
    if (seconds < -1) return "<invalid>";
    if (seconds < 0) return "0s";
    if (seconds < 120) return fmt::format("{}s", seconds);
    if (minutes < 10) return with_rest(minutes, 'm', seconds % 60, 's');
    if (minutes < 180) return fmt::format("{}m", minutes);
    if (hours < 8) return with_rest(hours, 'h', minutes % 60, 'm');
    if (hours < 48) return fmt::format("{}h", hours);
    if (days < 8) return with_rest(days, 'd', hours % 24, 'h');
    if (days < 365 * 2) return fmt::format("{}d", days);
    if (days < 365 * 8) return with_rest(days / 365, 'y', days % 365, 'd');
    return fmt::format("{}y", days / 365);
}

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::vector<std::string>> cells;
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        auto& own = cells.emplace_back();
        if (widths.size() < row.size()) widths.resize(row.size(), 0);
        for (std::size_t i = 0; i < row.size(); ++i) {
            own.push_back(printable(row[i]));
            widths[i] = std::max(widths[i], columns(own.back()));
        }
    }
    std::string out;
    for (const auto& row : cells) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out += i + 1 < row.size() ? pad(row[i], std::max(widths[i] + kGap, kNarrowest)) : row[i];
        }
        out += '\n';
    }
    return out;
}

std::string nodes_table(std::string_view nodes_json, WallTime now) {
    std::vector<std::vector<std::string>> rows{{"NAME", "STATUS", "ROLES", "AGE", "VERSION", "INTERNAL-IP",
                                                "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"}};
    const auto nodes = parse_nodes(nodes_json);
    const bool architecture = shows_architecture(nodes);
    for (const auto& node : nodes) rows.push_back(node_row(node, architecture, now));
    return format_table(rows);
}

std::string pods_table(std::string_view pods_json, WallTime now) {
    std::vector<std::vector<std::string>> rows{
        {"NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED NODE", "READINESS GATES"}};
    for (const auto& pod : parse_pods(pods_json)) {
        if (!pod.labels.contains(detail::kOwnLabel)) rows.push_back(pod_row(pod, now));
    }
    return format_table(rows);
}

}  // namespace crib::check
