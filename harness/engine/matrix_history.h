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
    // Reads what is there: of each cell only the newest times, so that a long history takes little memory.
    explicit MatrixHistory(std::filesystem::path file);

    // What of it could not be read and is passed over, one sentence; empty when all could.
    [[nodiscard]] const std::string& problem() const { return problem_; }

    // The median of the last five times on this host, else of those on other hosts. Only cells that passed or failed
    // count: an error says nothing of how long the cell takes.
    [[nodiscard]] std::optional<Duration> expected(const std::string& scenario, const std::string& cell,
                                                   const std::string& host) const;

    void add(const CellTime& time);  // appended to the file

private:
    struct Taken {
        std::string host;
        Duration took{};
    };
    void read();
    void remember(const CellTime& time);

    std::filesystem::path file_;
    std::string problem_;
    std::map<std::pair<std::string, std::string>, std::vector<Taken>> times_;  // by scenario and cell
};

}  // namespace crib::engine
