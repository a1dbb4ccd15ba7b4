#include "harness/checkpoint/chain_json.h"

#include <nlohmann/json.hpp>

namespace crib::checkpoint {

using nlohmann::json;

json to_json(const StageKey& stage) {
    json entries = json::array();
    for (const auto& entry : stage.entries) {
        json one = json::array({entry.name, entry.value});
        if (entry.kind == KeyEntry::Kind::digest) one.push_back(entry.label);
        entries.push_back(std::move(one));
    }
    return {{"stage", stage.stage}, {"key", stage.key}, {"entries", std::move(entries)}};
}

StageKey stage_from_json(const JsonPlace<json>& from) {
    StageKey stage{from.at("stage"), from.at("key"), {}};
    for (const auto& one : from.at("entries").values()) {
        const bool is_digest = one.size() > 2;
        stage.entries.push_back({is_digest ? KeyEntry::Kind::digest : KeyEntry::Kind::text, one.item(0), one.item(1),
                                 is_digest ? one.item(2).get<std::string>() : std::string()});
    }
    return stage;
}

}  // namespace crib::checkpoint
