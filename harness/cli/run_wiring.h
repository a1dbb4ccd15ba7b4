#pragma once
// RunWiring: what a run is made with and told through, wired together: for new runs and for those that are redone.

#include "harness/cli/wired_parts.h"
#include "harness/events/record.h"
#include "harness/report/json_lines.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace crib::cli {

// A run's events.jsonl, to which nothing is written before begin(): what is told until then is held back, and written
// with it.
class RunLog final : public events::Sink {
public:
    explicit RunLog(const std::filesystem::path& file) : lines_(file) {}  // Error(environment) if it cannot be written

    void begin();
    [[nodiscard]] bool has_begun() const { return has_begun_; }
    [[nodiscard]] const std::string& problem() const { return lines_.problem(); }

    void on(const events::Event& event) override;

private:
    std::mutex mutex_;
    std::vector<events::Event> held_;
    report::JsonLines lines_;
    bool has_begun_ = false;
};

class RunWiring {
public:
    struct Shown {
        bool json = false;     // every event as a line of JSON on standard output, instead of what people read
        bool verbose = false;  // the output of every step
    };

    // `later`: the run has a record already, which stays as it is, byte for byte, unless record() is called.
    enum class Record { now, later };

    // Error(environment) when the record cannot be written. The context is for opening the driver.
    RunWiring(Services& services, const std::string& driver, const engine::RunFolder& folder, const Shown& shown,
              const Context& context, Record record = Record::now);

    [[nodiscard]] events::Bus& bus() { return bus_; }
    [[nodiscard]] engine::Parts parts() { return wired_.parts(); }

    // From now on the run's record is that of what is told here, with what has been told.
    void record() { log_.begin(); }

    // Writes the JUnit file, and says what of the events was lost. Nothing without record().
    void finish();

private:
    Output& output_;
    engine::RunFolder folder_;
    events::Bus bus_;
    events::Recorder recorder_;
    RunLog log_;
    report::JsonLines json_out_;
    std::unique_ptr<events::Sink> terminal_;
    WiredParts wired_;
};

}  // namespace crib::cli
