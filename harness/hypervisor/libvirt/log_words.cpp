#include "harness/hypervisor/libvirt/log_words.h"

#include "harness/base/text.h"

namespace crib::hypervisor {
namespace {

// "qemuMonitorIO:576 : internal error: ..." after the place, which is a function and a line.
std::string_view without_place(std::string_view text) {
    const auto end = text.find(" : ");
    if (end == std::string_view::npos) return text;
    const auto place = text.substr(0, end);
    const bool is_place = place.find(':') != std::string_view::npos && place.find(' ') == std::string_view::npos;
    return is_place ? text.substr(end + 3) : text;
}

}  // namespace

// "2026-11-30 09:56:55.527+0000: 26073: error : FUNCTION:LINE : TEXT"
std::string last_error_of(std::string_view machine, const std::string& log) {
    constexpr std::string_view kError = ": error : ";
    std::string last;
    for (const auto& line : split_lines(log)) {
        const auto error = line.find(kError);
        if (error == std::string::npos || line.find(machine, error) == std::string::npos) continue;
        // crib looks for machines that are not there yet.
        if (line.find("Domain not found", error) != std::string::npos) continue;
        last = without_place(std::string_view(line).substr(error + kError.size()));
    }
    return last;
}

}  // namespace crib::hypervisor
