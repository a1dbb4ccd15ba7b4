#include "harness/check/detail/reason.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace crib::check::detail {
namespace {

constexpr std::size_t kLongest = 160;
// timeout(1) of coreutils, and that of older busybox, which gives the signal.
constexpr int kCutOff = 124;
constexpr int kTerminated = 143;
// curl(1), EXIT CODES: operation timeout.
constexpr int kCurlTimeout = 28;

// As the C library and curl say it, in small letters.
constexpr std::array<std::string_view, 8> kKnown{
    "connection refused",   "no route to host",       "network is unreachable",    "connection reset by peer",
    "connection timed out", "could not resolve host", "name or service not known", "empty reply from server"};

constexpr std::string_view kSynchronously = "synchronously: ";

std::string in_small_letters(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return out;
}

// What crictl's logger wrote last, msg="..." or from the words on that it begins with; else the last line.
std::string message_in(std::string_view line) {
    constexpr std::string_view kBegin = "msg=\"";
    const auto begin = line.rfind(kBegin);
    if (begin == std::string_view::npos) {
        const auto words = line.rfind(kSynchronously);
        return words == std::string_view::npos ? last_lines(line, 1) : std::string(line.substr(words));
    }
    std::string message;
    for (auto i = begin + kBegin.size(); i < line.size() && line[i] != '"'; ++i) {
        if (line[i] == '\\' && i + 1 < line.size()) {
            ++i;
            message += line[i] == 'n' || line[i] == 't' || line[i] == 'r' ? ' ' : line[i];
            continue;
        }
        message += line[i];
    }
    return message;
}

// crictl repeats what it was told to run: "command 'sh -c …' exited with 1: …". Only what follows is news.
std::string without_command(std::string message) {
    if (const auto at = message.find(kSynchronously); at != std::string::npos) {
        message.erase(0, at + kSynchronously.size());
    }
    if (message.rfind("command '", 0) != 0) return message;
    const auto end = message.rfind("' exited with ");
    return end == std::string::npos ? std::string{} : message.substr(end + 2);
}

std::string shortened(std::string_view text) {
    std::string line(trim(text));
    std::replace_if(
        line.begin(), line.end(), [](unsigned char letter) { return std::iscntrl(letter) != 0; }, ' ');
    if (line.size() <= kLongest) return line;
    auto end = kLongest;
    while (end > 0 && is_inside_character(line[end])) --end;
    return line.substr(0, end) + "...";
}

}  // namespace

Reason reason_of(int exit_code, std::string_view said) {
    if (exit_code == kCutOff || exit_code == kTerminated || exit_code == kCurlTimeout)
        return {true, "no answer in time"};
    const auto small = in_small_letters(said);
    for (const auto known : kKnown) {
        if (small.find(known) != std::string::npos) return {false, std::string(known)};
    }
    const auto words = shortened(without_command(message_in(trim(said))));
    if (!words.empty()) return {false, words};
    return {false, exit_code == 0 ? std::string("it did not say why") : fmt::format("exit code {}", exit_code)};
}

}  // namespace crib::check::detail
