#pragma once
// MatrixRun: a matrix from its plan to its record: resumes, schedules, keeps the record and the history.

#include "harness/engine/cell_process.h"
#include "harness/engine/matrix_history.h"
#include "harness/engine/matrix_scheduler.h"
#include "harness/engine/matrix_store.h"
#include "harness/events/bus.h"
#include "harness/events/matrix_record.h"

#include <string>
#include <vector>

namespace crib::engine {

// Results of the earlier matrix's cells that passed and whose inputs are the same; all others are to be run.
void carry_over(events::MatrixRecord& record, const events::MatrixRecord& earlier);

class MatrixRun final : private MatrixObserver {
public:
    struct Parts {
        const Clock& clock;
        RoomProbe& probe;
        CellLauncher& launcher;  // knows a cell by its number in the record
        events::Bus& bus;
        const MatrixStore& store;
        MatrixHistory& history;
        std::string host;
    };
    explicit MatrixRun(const Parts& parts) : parts_(parts) {}

    // `cells` are those of the record, in its order. Those that have an outcome already are not run. Publishes what
    // happens but the end, saves the record whenever a cell has ended, and returns it.
    events::MatrixRecord run(events::MatrixRecord record, const std::vector<MatrixCell>& cells,
                             const MatrixOptions& options, const Context& context);

private:
    class Renumbering;

    void started(std::size_t cell) override;
    void waiting(std::size_t cell, const Wait& wait) override;
    void ended(std::size_t cell, const CellResult& result) override;
    void tell_end(const events::CellRecord& cell);
    void keep_time(const events::CellRecord& cell);
    void save();

    Parts parts_;
    events::MatrixRecord record_;
    std::vector<std::size_t> numbers_;  // of the scheduled cells, in the record
    std::size_t done_ = 0;
};

}  // namespace crib::engine
