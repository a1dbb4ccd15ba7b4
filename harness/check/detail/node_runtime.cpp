#include "harness/check/detail/node_runtime.h"

#include "harness/base/text.h"

#include <fmt/format.h>

namespace crib::check::detail {
namespace {

constexpr std::string_view kUnit = "unit ";
constexpr std::string_view kContainer = "container ";
constexpr std::string_view kSaid = "said ";

}  // namespace

std::string running_script() {
    return "exec crictl ps --quiet\n";
}

std::string runtime_script(const std::string& service) {
    // The kubelet's errors begin with E and the date (klog), a runtime's carry their level. That nobody listens at the
    // API server's port is what everybody knows already, and the kubelet says so all the time.
    return fmt::format(
        "echo \"unit $(systemctl is-active {0})\"\n"
        "timeout 10 crictl ps --all --quiet 2>/dev/null | sed 's/^/container /'\n"
        "journalctl --no-pager --output=cat --lines=300 --unit=kubelet --unit={0} 2>/dev/null |\n"
        "    grep -E '^E[0-9]{{4}} |level=\"?(error|fatal)' | grep -v ':6443' | tail -n 1 | cut -c 1-400 | sed "
        "'s/^/said /'\n",
        shell_quote(service));
}

RuntimeReport parse_runtime_report(std::string_view output) {
    RuntimeReport report;
    for (const auto& line : split_lines(output)) {
        if (line.rfind(kUnit, 0) == 0) report.unit = trim(line.substr(kUnit.size()));
        if (line.rfind(kContainer, 0) == 0) report.containers.emplace(trim(line.substr(kContainer.size())));
        if (line.rfind(kSaid, 0) == 0) report.last_error = trim(line.substr(kSaid.size()));
    }
    return report;
}

}  // namespace crib::check::detail
