// The store's entries as JSON, for programs.

#include "harness/base/text.h"
#include "harness/checkpoint/chain_json.h"
#include "harness/checkpoint/store.h"

#include <nlohmann/json.hpp>

namespace crib::checkpoint {

using nlohmann::json;

std::string listing_json(const std::vector<Listed>& list) {
    auto all = json::array();
    for (const auto& [entry, in_use, names, stays, holders] : list) {
        auto chain = json::array();
        for (const auto& stage : entry.chain) chain.push_back(to_json(stage));
        auto parts = json::array();
        for (const auto& part : entry.parts) {
            parts.push_back({{"node", part.name},
                             {"kind", to_string(part.kind)},
                             {"bytes", part.bytes},
                             {"raw_bytes", part.raw_bytes}});
        }
        all.push_back({{"key", entry.key()},
                       {"stage", entry.stage()},
                       {"scenario", entry.scenario},
                       {"program", entry.program},
                       {"created", to_iso8601(entry.created)},
                       {"used", to_iso8601(entry.used)},
                       {"bytes", entry.bytes()},
                       {"in_use", in_use},
                       {"names", names},
                       {"stays", stays},
                       {"runs", runs_of(holders)},
                       {"nodes", entry.nodes},
                       {"parts", std::move(parts)},
                       {"chain", std::move(chain)}});
    }
    return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace crib::checkpoint
