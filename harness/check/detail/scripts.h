#pragma once
// The shell scripts that checks run on nodes and in pods, and how their output is read. Pure.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace crib::check::detail {

// How long one question over the cluster's network may take.
inline constexpr std::chrono::seconds kAskLimit{10};

struct WebAddress {
    std::string host;
    int port = 80;
    std::string path = "/";

    [[nodiscard]] std::string url() const;
};

// Prints the whole answer, head and body. By bash where there is one: to load curl with its libraries takes an emulated
// CPU two or three times as long. Else by curl.
[[nodiscard]] std::string fetch_script(const WebAddress& address);

// Runs `script` with sh in a container of this node, by the runtime's id.
[[nodiscard]] std::string in_container_script(const std::string& container, const std::string& script);

// Runs `script` and always ends well, so that whoever runs it for us has no words of its own to add: what the script
// said, on both streams, and how it ended are in the output, for parse_told().
[[nodiscard]] std::string telling_script(const std::string& script);

struct Told {
    int exit_code = 0;
    std::string said;
};
// Nothing when the output is not that of a telling_script() that came to its end.
[[nodiscard]] std::optional<Told> parse_told(std::string_view output);

// Prints lines that begin with an address of `name`.
[[nodiscard]] std::string resolve_script(const std::string& name);

// Prints the name of the program that is PID 1 where it runs.
[[nodiscard]] std::string first_process_script();

struct WebAnswer {
    int status = 0;
    std::string body;
};
// Of what fetch_script prints; nothing when it is no HTTP answer.
[[nodiscard]] std::optional<WebAnswer> parse_web_answer(std::string_view output);

}  // namespace crib::check::detail
