#pragma once
// How long the stages of a run took.

#include "harness/base/clock.h"

#include <map>
#include <string>
#include <vector>

namespace crib::engine {

struct StageTime {
    std::string stage;
    Duration took{};
};

struct MeasuredRun {
    std::map<std::string, std::string> facts;  // of RunStarted: "kubernetes", "os", "nodes" ...
    std::vector<StageTime> stages;             // in their order
    bool whole = false;                        // it went to its end, and passed
};

}  // namespace crib::engine
