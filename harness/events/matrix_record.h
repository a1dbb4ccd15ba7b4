#pragma once
// MatrixRecord: what became of the cells of a matrix, as matrix.json has it; read by the reports and by --resume.

#include "harness/events/event.h"
#include "harness/events/matrix_choice.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::events {

struct CellRecord {
    std::string id;
    std::map<std::string, std::string> values;  // path to value
    std::vector<std::string> sets;              // `crib run FILE --set ...` runs the cell alone
    std::string inputs;                         // digest of what was asked; another one: a resumed matrix runs it again
    std::optional<Outcome> outcome;             // nothing while it has none
    std::string reason;                         // one line when it did not pass
    std::string run;                            // the id of its own run; empty: it had none
    std::string folder;                         // of that run
    Duration expected{};                        // by earlier runs; 0: not known
    Duration waited{};                          // from the matrix's start to its own
    Duration took{};
    bool carried = false;              // from the matrix that this one resumes
    bool refused = false;              // an error of what was asked for, as RunFinished has it
    std::string waited_for{};          // the checkpoint of another cell, "network-ready of CELL"; empty: none
    std::string went_on_from{};        // the stage whose checkpoint it went on from; empty: it ran from nothing
    std::vector<std::string> saved{};  // the stages at whose end it saved one, for others
};

struct ExcludedRecord {
    std::string id;
    std::map<std::string, std::string> values;
    std::vector<std::string> reasons;
};

struct AxisRecord {
    std::string path;
    std::vector<std::string> values;
};

struct MatrixRecord {
    std::string id;  // "versions-x7k2"
    std::string scenario;
    std::string scenario_file;
    std::string resumes;  // the id of the matrix that this one goes on with; may be empty
    std::string chosen;   // "pairwise with seed 1: 6 of 12 cells cover all 16 pairs"; empty: all cells
    WallTime began{};
    Duration took{};
    std::optional<Outcome> outcome;  // nothing while it runs
    std::string reason;
    std::vector<CellChoice> choices;  // "chosen" as data: each chose among what the one before it left
    std::vector<AxisRecord> axes;
    std::vector<CellRecord> cells;
    std::vector<ExcludedRecord> excluded;
    std::map<std::string, std::string> files;  // that cells are made of, path to SHA-256
    std::vector<std::string> notes;
    std::map<std::string, Duration> waits;  // "memory" to how long something waited for it and nothing else could start
};

[[nodiscard]] std::string to_json(const MatrixRecord& record);

// The same text of a record with so many cells, each of which is asked for when it is its turn, instead of its own:
// some at a time, for there may be a million.
void write_json(const MatrixRecord& record, std::size_t cells, const std::function<CellRecord(std::size_t)>& cell,
                const std::function<void(const std::string&)>& print);

// Error(usage) when the text is no such record.
[[nodiscard]] MatrixRecord matrix_record_of(std::string_view json);

// Does it end with an error, and all its errors are refusals?
[[nodiscard]] bool is_refused(const MatrixRecord& record);

// failed where a cell has failed, else error where one is, else interrupted, else passed.
[[nodiscard]] Outcome outcome_of(const std::vector<CellRecord>& cells);

}  // namespace crib::events
