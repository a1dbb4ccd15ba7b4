#include "harness/fetch/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace crib::fetch {

bool is_url(const std::string& location) {
    return location.find("://") != std::string::npos;
}

std::string objection_to_url(const std::string& url) {
    constexpr std::size_t kLongest = 2000;
    if (url.size() > kLongest) return fmt::format("is longer than {} characters", kLongest);
    // libcurl takes letters that are not ASCII, and writes them as a URL must have them.
    const auto is_none = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
    if (std::any_of(url.begin(), url.end(), is_none)) return "has characters that a URL must write as %XX";
    if (url.starts_with("file://")) {
        const auto path = std::string_view(url).substr(std::string_view("file://").size());
        return path.size() > 1 && path.front() == '/' ? "" : "names no file: it is file:///PATH";
    }
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
        return "does not begin with https://, http:// or file://";
    }
    const auto server = std::string_view(url).substr(url.find("://") + 3);
    return server.empty() || server.front() == '/' ? "names no server" : "";
}

}  // namespace crib::fetch
