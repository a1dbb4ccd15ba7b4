#pragma once
// SwapWatch: what becomes of a node's containers when another build of its runtime takes over.

#include "harness/base/context.h"
#include "harness/events/bus.h"
#include "harness/guest/node.h"

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace crib::engine {

// What a node's runtime says of itself.
struct RuntimeFacts {
    std::string version;            // "1.36.3"; empty: it did not say
    std::set<std::string> running;  // ids of containers
};

// Thread-safe: nodes are swapped side by side.
class SwapWatch {
public:
    explicit SwapWatch(events::Bus& bus) : bus_(bus) {}

    void before(guest::Node& node, const Context& context);
    // Tells the run which of the containers go on. A runtime that does not say is taken for one that ended some.
    void after(guest::Node& node, const Context& context);

    void took(Duration time);  // what the new runtime took to be in place, on one node
    [[nodiscard]] Duration longest() const;

    // Some container of some node was ended.
    [[nodiscard]] bool ended_any() const;

private:
    events::Bus& bus_;
    mutable std::mutex mutex_;
    std::map<std::string, RuntimeFacts> before_;  // by node
    bool ended_any_ = false;
    Duration longest_{};
};

// "the runtime is 1.37.0 now, 1.36.3 before, and ended all 9 containers that ran: CRI-O does so when its minor version
// changes". Pure.
[[nodiscard]] std::string fate_of(const RuntimeFacts& before, const RuntimeFacts& after);

}  // namespace crib::engine
