#include "harness/report/json_lines.h"

#include "harness/base/error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <string_view>

namespace crib::report {

JsonLines::JsonLines(int descriptor) : descriptor_(descriptor) {}

JsonLines::JsonLines(const std::filesystem::path& file)
    : owned_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)), descriptor_(owned_.get()) {
    if (!owned_.valid()) {
        throw Error(ErrorKind::environment, "cannot write " + file.string() + ": " + std::strerror(errno),
                    "check that the folder is yours and the disk not full");
    }
}

void JsonLines::on(const events::Event& event) {
    if (!problem_.empty()) return;
    try {
        const auto line = events::to_json_line(event) + "\n";
        std::string_view rest = line;
        while (!rest.empty()) {
            const auto written = ::write(descriptor_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) {
                problem_ = std::string("events were lost: ") + std::strerror(errno);
                return;
            }
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
    } catch (const std::exception& error) {
        problem_ = std::string("events were lost: ") + error.what();
    }
}

}  // namespace crib::report
