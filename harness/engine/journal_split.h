#pragma once
// JournalSplit: whose line a line of a node's journal is, so that a node prints its journal once (seconds of an
// emulated CPU) and the files of single services are made of it here.

#include <array>
#include <string>
#include <string_view>

namespace crib::engine {

class JournalSplit {
public:
    static constexpr std::array<std::string_view, 2> services{"crio", "kubelet"};

    // The service whose file the line belongs into, one of `services`; empty: none's. Lines are those of
    // `journalctl -o short-precise`, in order: "Nov 23 15:57:06.231468 master kubelet[837]: text". What systemd says of
    // kubelet.service is the kubelet's, and the further lines of a message (indented) go where its first one went.
    [[nodiscard]] std::string_view service_of(std::string_view line);

private:
    std::string_view last_;
};

}  // namespace crib::engine
