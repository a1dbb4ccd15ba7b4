#include "harness/engine/host_sleep.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <charconv>
#include <ctime>
#include <string>

namespace crib::engine {
namespace {

using std::chrono::milliseconds;

std::filesystem::path note_in(const RunFolder& folder) {
    return folder.secret() / "host-slept";
}

Duration read(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

Duration slept_so_far() {
    return read(CLOCK_BOOTTIME) - read(CLOCK_MONOTONIC);
}

void note_awake(const RunFolder& folder, Duration slept) {
    const auto millis = std::chrono::duration_cast<milliseconds>(slept).count();
    write_file(note_in(folder), std::to_string(millis) + "\n", 0600);
}

bool has_slept_since(const RunFolder& folder, Duration slept) noexcept {
    try {
        if (!std::filesystem::exists(note_in(folder))) return false;
        const auto text = read_file(note_in(folder));
        milliseconds::rep before = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), before);
        return read.ec == std::errc{} && slept - milliseconds{before} > std::chrono::seconds{1};
    } catch (const std::exception&) {
        return false;  // each node looks at its own clock when it is used
    }
}

}  // namespace crib::engine
