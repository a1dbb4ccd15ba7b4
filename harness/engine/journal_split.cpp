#include "harness/engine/journal_split.h"

#include <algorithm>

namespace crib::engine {
namespace {

// "kubelet" of "Nov 23 15:57:06.231468 master kubelet[837]: text"; empty when the line does not begin so.
std::string_view sender_of(std::string_view line) {
    for (int word = 0; word < 4; ++word) {
        const auto blank = line.find(' ');
        if (blank == std::string_view::npos) return {};
        line.remove_prefix(std::min(line.find_first_not_of(' ', blank), line.size()));
    }
    const auto sender = line.substr(0, line.find_first_of("[: "));
    // systemd's child before it has become the service: "(crio)".
    if (sender.size() > 2 && sender.front() == '(' && sender.back() == ')') return sender.substr(1, sender.size() - 2);
    return sender;
}

}  // namespace

std::string_view JournalSplit::service_of(std::string_view line) {
    if (line.starts_with(' ')) return last_;
    last_ = {};
    const auto sender = sender_of(line);
    for (const auto service : services) {
        const bool about =
            sender == "systemd" && line.find(std::string(service) + ".service") != std::string_view::npos;
        if (sender == service || about) last_ = service;
    }
    return last_;
}

}  // namespace crib::engine
