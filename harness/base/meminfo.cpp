#include "harness/base/meminfo.h"

#include "harness/base/file.h"
#include "harness/base/text.h"

#include <charconv>

namespace crib {
namespace {

// "MemTotal:       24689844 kB"
ByteSize kilobytes_of(std::string_view line) {
    const auto value = trim(line.substr(line.find(':') + 1));
    std::uint64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return {number * 1024};
}

}  // namespace

Meminfo parse_meminfo(std::string_view text) {
    Meminfo found;
    for (const auto& line : split_lines(text)) {
        if (line.starts_with("MemTotal:")) found.total = kilobytes_of(line);
        if (line.starts_with("MemAvailable:")) found.available = kilobytes_of(line);
    }
    return found;
}

Meminfo read_meminfo() {
    return parse_meminfo(read_file("/proc/meminfo"));
}

}  // namespace crib
