#pragma once
// MatrixScheduler: runs the cells of a matrix side by side, as many as the machine has room for, longest first.

#include "harness/base/context.h"
#include "harness/engine/matrix_prefixes.h"
#include "harness/engine/matrix_room.h"
#include "harness/events/event.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace crib::engine {

struct MatrixCell {
    std::string id;
    CellNeed need;
    std::vector<std::string> builds;     // what it shares with others and has built first: "kubernetes 1.36.3"
    Duration expected{};                 // by earlier runs; 0: not known, and then it begins before the known ones
    std::vector<PlannedStage> stages{};  // empty: it shares no checkpoint with others
    std::string inputs{};                // digest of what is asked for, for the record
};

struct CellResult {
    events::Outcome outcome = events::Outcome::skipped;
    std::string reason;  // one line when it did not pass
    std::string run;     // the id of its own run
    std::string folder;
    Duration waited{};  // from the matrix's start
    Duration took{};
    bool refused = false;              // an error of what was asked for
    std::string waited_for{};          // the last checkpoint of another cell: "network-ready of CELL"
    std::string to_go_on_from{};       // the stage whose checkpoint was there for it when it began; empty: none
    std::string went_on_from{};        // the stage whose checkpoint it did go on from; empty: from nothing
    std::vector<std::string> saved{};  // the stages at whose end it saved one
};

// Runs cells. The scheduler calls it from one thread.
class CellLauncher {
public:
    virtual ~CellLauncher() = default;

    // Begins to run the cell and returns at once. It is to save checkpoints at the end of these stages, and no others.
    virtual void start(std::size_t cell, const std::vector<std::string>& save) = 0;

    struct News {
        enum class Kind {
            prepared,   // what it shares with others is built
            restored,   // it goes on from the checkpoint of `stage`
            saved,      // it has saved one at the end of `stage`
            not_saved,  // it could not, and will save no more
            ended
        };
        Kind kind = Kind::ended;
        std::size_t cell = 0;
        CellResult result{};  // of an ended one: outcome, reason, run, folder
        std::string stage{};
    };
    // The next news; nothing when the context is done before there is any.
    virtual std::optional<News> wait(const Context& context) = 0;

    // Every running cell is to stop and clean up. Each still ends with its news.
    virtual void cancel() = 0;
};

// What happens, as it happens; called in the scheduler's thread.
class MatrixObserver {
public:
    virtual ~MatrixObserver() = default;
    virtual void started(std::size_t cell) = 0;
    virtual void waiting(std::size_t cell, const Wait& wait) = 0;        // told when the reason changes its kind
    virtual void ended(std::size_t cell, const CellResult& result) = 0;  // also of one that never started
};

struct MatrixOptions {
    unsigned jobs = 0;  // at most so many at once; 0: as many as there is room for
    bool fail_fast = false;
};

class MatrixScheduler {
public:
    MatrixScheduler(const Clock& clock, RoomProbe& probe, CellLauncher& launcher, MatrixObserver& observer)
        : clock_(clock), probe_(probe), launcher_(launcher), observer_(observer) {}

    // Runs all cells to their end; when the context is cancelled, the running ones are, and the others skipped.
    // Results in the order of `cells`. To be called once.
    std::vector<CellResult> run(const std::vector<MatrixCell>& cells, const MatrixOptions& options,
                                const Context& context);

    // How long a cell waited for what, while nothing could start.
    [[nodiscard]] const std::map<std::string, Duration>& waits() const { return waits_; }

    // Why it began no more cells; empty: it began all.
    [[nodiscard]] const std::string& stopped_because() const { return stopped_because_; }

private:
    void admit();
    [[nodiscard]] std::vector<std::size_t> order() const;
    [[nodiscard]] std::optional<Wait> reason_to_wait(std::size_t cell, const Room& room) const;
    [[nodiscard]] std::optional<Wait> prefix_to_wait_for(std::size_t cell) const;
    void start(std::size_t cell, const Room& room);
    void tell_wait(std::size_t cell, const Wait& wait);
    void tell_who_waits_for_a_prefix();
    void give_up_on_what_never_fits(const Room& room);
    void wait_for_news(const Context& context);
    void take(const CellLauncher::News& news);
    void take_end(const CellLauncher::News& news);
    void stop(const std::string& reason);
    void end(std::size_t cell, CellResult result);
    void forget_builds(std::size_t cell, bool are_ready);

    const Clock& clock_;
    RoomProbe& probe_;
    CellLauncher& launcher_;
    MatrixObserver& observer_;

    const std::vector<MatrixCell>* cells_ = nullptr;
    MatrixOptions options_;
    TimePoint begin_;
    std::vector<std::size_t> pending_;  // in the order in which they should begin
    std::map<std::size_t, TimePoint> running_;
    Admission admission_;
    std::map<std::string, std::size_t> building_;  // what is being built, and by which cell
    std::set<std::string> built_;
    Prefixes prefixes_{{}};
    std::optional<TimePoint> last_start_;
    std::optional<TimePoint> alone_since_;  // nothing runs and nothing can begin
    std::optional<Wait> head_wait_;         // of the first pending cell
    std::map<std::size_t, std::string> told_;
    unsigned overtaken_ = 0;  // how many began before the first pending one
    bool stopping_ = false;
    std::string stopped_because_;
    std::vector<CellResult> results_;
    std::map<std::string, Duration> waits_;
};

}  // namespace crib::engine
