#pragma once
// MatrixRun: a matrix from its plan to its record: resumes, schedules, keeps the record and the history.

#include "harness/engine/cell_process.h"
#include "harness/engine/matrix_history.h"
#include "harness/engine/matrix_scheduler.h"
#include "harness/engine/matrix_store.h"
#include "harness/events/bus.h"
#include "harness/events/matrix_record.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace crib::engine {

// By the ids of cells the files that are not any more what they were.
using ChangedFiles = std::map<std::string, std::vector<std::string>>;

// Results of the earlier matrix's cells that passed and whose inputs are the same; all others are to be run. `changed`
// is told of those that passed and run again.
void carry_over(events::MatrixRecord& record, const events::MatrixRecord& earlier, const ChangedFiles& changed = {});

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

    // What is to be known of these cells of the record before one of them begins.
    struct Described {
        std::vector<MatrixCell> cells;               // in their order
        std::map<std::string, std::string> files{};  // that they are made of, as MatrixRecord has them
    };
    using Describe = std::function<Described(const std::vector<std::size_t>& cells)>;

    // So many are described, and so many may share checkpoints, at a time: the next when all of these have ended.
    static constexpr std::size_t kAtATime = 500;

    // Those cells that have an outcome already are not run. Publishes what happens but the end, saves the record
    // whenever a cell that has begun has ended, and returns it.
    events::MatrixRecord run(events::MatrixRecord record, const Describe& describe, const MatrixOptions& options,
                             const Context& context);
    // `cells` are those of the record, in its order.
    events::MatrixRecord run(events::MatrixRecord record, const std::vector<MatrixCell>& cells,
                             const MatrixOptions& options, const Context& context);

private:
    class Renumbering;

    void started(std::size_t cell) override;
    void waiting(std::size_t cell, const Wait& wait) override;
    void ended(std::size_t cell, const CellResult& result) override;
    // Those that are to be run, longest first where they are too many to be run at a time.
    [[nodiscard]] std::vector<std::size_t> wanted() const;
    // Why no more are to begin; empty: nothing is against it.
    std::string run_some(const Describe& describe, const MatrixOptions& options, const Context& context);
    void skip_all(const std::string& reason);
    void conclude(const Context& context);
    void tell_end(const events::CellRecord& cell);
    void keep_time(const events::CellRecord& cell);
    void save();

    Parts parts_;
    events::MatrixRecord record_;
    std::vector<std::size_t> numbers_;  // of the scheduled cells, in the record
    std::size_t done_ = 0;
    std::size_t skipped_ = 0;
    TimePoint began_;       // the matrix
    TimePoint some_began_;  // those that are run now
};

}  // namespace crib::engine
