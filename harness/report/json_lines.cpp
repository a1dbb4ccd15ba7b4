#include "harness/report/json_lines.h"

#include "harness/base/file_error.h"
#include "harness/base/printable.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

namespace crib::report {

JsonLines::JsonLines(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

JsonLines::JsonLines(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644)) {
    if (!file_.valid()) throw_file_error("write", file, errno);
    write_ = [this](std::string_view line) { append(line); };
}

void JsonLines::append(std::string_view line) {
    while (!line.empty()) {
        const auto written = ::write(file_.get(), line.data(), line.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            problem_ = std::string("events were lost: ") + std::strerror(errno);
            return;
        }
        line.remove_prefix(static_cast<std::size_t>(written));
    }
}

void JsonLines::on(const events::Event& event) {
    if (!problem_.empty()) return;
    try {
        write_(printable_json(events::to_json_line(event)) + "\n");
    } catch (const std::exception& error) {
        problem_ = std::string("events were lost: ") + error.what();
    }
}

}  // namespace crib::report
