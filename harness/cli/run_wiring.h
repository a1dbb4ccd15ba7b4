#pragma once
// RunWiring: what a run is made with and told through, wired together: for new runs and for those that are redone.

#include "harness/cli/wired_parts.h"
#include "harness/events/record.h"
#include "harness/report/json_lines.h"

#include <memory>
#include <string>

namespace crib::cli {

class RunWiring {
public:
    struct Shown {
        bool json = false;     // every event as a line of JSON on standard output, instead of what people read
        bool verbose = false;  // the output of every step
    };

    RunWiring(Services& services, const std::string& driver, const engine::RunFolder& folder, const Shown& shown);

    [[nodiscard]] events::Bus& bus() { return bus_; }
    [[nodiscard]] engine::Parts parts() { return wired_.parts(); }

    // Writes the JUnit file, and says what of the events was lost.
    void finish();

private:
    Output& output_;
    engine::RunFolder folder_;
    events::Bus bus_;
    events::Recorder recorder_;
    report::JsonLines log_;
    report::JsonLines json_out_;
    std::unique_ptr<events::Sink> terminal_;
    WiredParts wired_;
};

}  // namespace crib::cli
