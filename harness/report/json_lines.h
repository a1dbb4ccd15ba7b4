#pragma once
// JsonLines: every event as a line of JSON, to standard output (--json) or to a run's events.jsonl.

#include "harness/base/file.h"
#include "harness/events/bus.h"

#include <filesystem>
#include <functional>
#include <string>

namespace crib::report {

class JsonLines final : public events::Sink {
public:
    // To a writer that sees itself to what cannot be written. What a terminal must not get is escaped.
    explicit JsonLines(std::function<void(std::string_view)> write);
    explicit JsonLines(const std::filesystem::path& file);  // made or appended to; Error(environment) if it cannot be

    // Never throws: a full disk is kept in problem(), and the rest is dropped.
    void on(const events::Event& event) override;

    // Why lines were lost; empty when none were.
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    void append(std::string_view line);

    UniqueFd file_;
    std::function<void(std::string_view)> write_;
    std::string problem_;
};

}  // namespace crib::report
