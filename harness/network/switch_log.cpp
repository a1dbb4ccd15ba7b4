#include "harness/network/switch_log.h"

#include "harness/base/printable.h"

#include <unistd.h>

#include <exception>
#include <string>

namespace crib::network {

void log_line(std::string_view line) noexcept {
    try {
        const auto text = printable(line) + "\n";
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    } catch (const std::exception&) {
        // No memory for a line of a log.
    }
}

}  // namespace crib::network
