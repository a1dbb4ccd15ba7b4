#include "harness/network/state_file.h"

#include <nlohmann/json.hpp>

namespace crib::network {

using nlohmann::json;

std::string to_json(const SwitchState& state) {
    const json root{{"run_id", state.run_id},
                    {"pid", state.pid},
                    {"ports", state.ports},
                    {"forwards", state.forwards},
                    {"ended", state.ended}};
    return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<SwitchState> parse_switch_state(const std::string& text) {
    try {
        const auto root = json::parse(text);
        return SwitchState{root.at("run_id"), root.at("pid"), root.at("ports"), root.at("forwards"), root.at("ended")};
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

}  // namespace crib::network
