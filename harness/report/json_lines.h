#pragma once
// JsonLines: every event as a line of JSON, to standard output (--json) or to a run's events.jsonl.

#include "harness/base/file.h"
#include "harness/events/bus.h"

#include <filesystem>
#include <string>

namespace crib::report {

class JsonLines final : public events::Sink {
public:
    explicit JsonLines(int descriptor);                     // not owned
    explicit JsonLines(const std::filesystem::path& file);  // made or appended to; Error(environment) if it cannot be

    // Never throws: a full disk or a closed pipe is kept in problem(), and the rest is dropped.
    void on(const events::Event& event) override;

    // Why lines were lost; empty when none were.
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    UniqueFd owned_;
    int descriptor_;
    std::string problem_;
};

}  // namespace crib::report
