#include "harness/check/detail/scripts.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <charconv>

namespace crib::check::detail {
namespace {

// Host, port and path are $1, $2 and $3.
constexpr const char* kFetchByBash =
    R"(exec 3<>"/dev/tcp/$1/$2" && printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$3" "$1" >&3 && cat <&3)";

constexpr const char* kSeconds = "10";

}  // namespace

std::string WebAddress::url() const {
    return fmt::format("http://{}:{}{}", host, port, path);
}

std::string fetch_script(const WebAddress& address) {
    const auto by_curl = shell_join(
        {"curl", "--silent", "--show-error", "--include", "--noproxy", "*", "--max-time", kSeconds, address.url()});
    const auto by_bash = shell_join({"timeout", kSeconds, "bash", "-c", kFetchByBash, "fetch", address.host,
                                     std::to_string(address.port), address.path});
    return fmt::format("if command -v bash >/dev/null 2>&1; then\n  exec {}\nfi\nexec {}\n", by_bash, by_curl);
}

std::string in_container_script(const std::string& container, const std::string& script) {
    return "exec " + shell_join({"crictl", "exec", "--sync", container, "sh", "-c", script}) + "\n";
}

std::string resolve_script(const std::string& name) {
    const auto word = shell_quote(name);
    return fmt::format("timeout {} getent ahostsv4 {} || timeout {} getent hosts {}\n", kSeconds, word, kSeconds, word);
}

// By the shell itself: to load one more program takes an emulated CPU a while.
std::string first_process_script() {
    return "read -r name </proc/1/comm && echo \"$name\"\n";
}

std::optional<WebAnswer> parse_web_answer(std::string_view output) {
    if (output.rfind("HTTP/", 0) != 0) return std::nullopt;
    const auto space = output.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    WebAnswer answer;
    const auto digits = output.substr(space + 1, 3);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), answer.status).ec != std::errc{})
        return std::nullopt;
    const auto crlf = output.find("\r\n\r\n");
    const auto lf = output.find("\n\n");
    if (crlf != std::string_view::npos) {
        answer.body = output.substr(crlf + 4);
    } else if (lf != std::string_view::npos) {
        answer.body = output.substr(lf + 2);
    }
    return answer;
}

}  // namespace crib::check::detail
