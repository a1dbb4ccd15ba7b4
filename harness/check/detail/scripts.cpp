#include "harness/check/detail/scripts.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <charconv>

namespace crib::check::detail {
namespace {

// Host, port and path are $1, $2 and $3.
constexpr const char* kFetchByBash =
    R"(exec 3<>"/dev/tcp/$1/$2" && printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$3" "$1" >&3 && cat <&3)";

constexpr std::string_view kEnd = "\ncrib-exit ";

std::string seconds() {
    return std::to_string(kAskLimit.count());
}

}  // namespace

std::string WebAddress::url() const {
    return fmt::format("http://{}:{}{}", host, port, path);
}

std::string fetch_script(const WebAddress& address) {
    const auto by_curl = shell_join(
        {"curl", "--silent", "--show-error", "--include", "--noproxy", "*", "--max-time", seconds(), address.url()});
    const auto by_bash = shell_join({"timeout", seconds(), "bash", "-c", kFetchByBash, "fetch", address.host,
                                     std::to_string(address.port), address.path});
    return fmt::format("if command -v bash >/dev/null 2>&1; then\n  exec {}\nfi\nexec {}\n", by_bash, by_curl);
}

std::string in_container_script(const std::string& container, const std::string& script) {
    return "exec " + shell_join({"crictl", "exec", "--sync", container, "sh", "-c", script}) + "\n";
}

std::string resolve_script(const std::string& name) {
    const auto word = shell_quote(name);
    // The second for a C library that does not know the first (musl); not where nobody answered.
    return fmt::format(
        "timeout {0} getent ahostsv4 {1}\nended=$?\n"
        "case $ended in 0 | 124 | 143) exit $ended ;; esac\nexec timeout {0} getent hosts {1}\n",
        seconds(), word);
}

std::string telling_script(const std::string& script) {
    return fmt::format("(\n{}\n) 2>&1\nprintf '\\ncrib-exit %s\\n' $?\n", script);
}

std::optional<Told> parse_told(std::string_view output) {
    const auto end = output.rfind(kEnd);
    if (end == std::string_view::npos) return std::nullopt;
    const auto digits = trim(output.substr(end + kEnd.size()));
    Told told{0, std::string(output.substr(0, end))};
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), told.exit_code);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) return std::nullopt;
    return told;
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
