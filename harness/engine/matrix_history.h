#pragma once
// MatrixHistory: how long cells took, kept in the state folder as one line of JSON a cell that ran.

#include "harness/events/event.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace crib::engine {

struct CellTime {
    std::string scenario;
    std::string cell;  // its id
    std::string host;
    Duration took{};
    events::Outcome outcome = events::Outcome::passed;
    WallTime when{};
};

class MatrixHistory {
public:
    // Reads what is there; lines that cannot be read are passed over.
    explicit MatrixHistory(std::filesystem::path file);

    // The median of the last five times on this host, else of those on other hosts. Only cells that passed or failed
    // count: an error says nothing of how long the cell takes.
    [[nodiscard]] std::optional<Duration> expected(const std::string& scenario, const std::string& cell,
                                                   const std::string& host) const;

    void add(const CellTime& time);  // appended to the file

private:
    std::filesystem::path file_;
    std::map<std::pair<std::string, std::string>, std::vector<CellTime>> times_;  // by scenario and cell
};

}  // namespace crib::engine
