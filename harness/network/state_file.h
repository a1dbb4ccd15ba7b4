#pragma once
// SwitchState: what a running switch tells about itself in its state file.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace crib::network {

struct SwitchState {
    std::string run_id;
    int pid = 0;
    std::map<std::string, std::uint16_t> ports;     // node to the TCP port its QEMU connects to
    std::map<std::string, std::uint16_t> forwards;  // label to the port of 127.0.0.1
    bool ended = false;                             // it stopped when asked to
};

[[nodiscard]] std::string to_json(const SwitchState& state);

// Nothing when the text is not what to_json writes.
[[nodiscard]] std::optional<SwitchState> parse_switch_state(const std::string& text);

}  // namespace crib::network
