#include "harness/cli/run_wiring.h"

#include "harness/base/file.h"
#include "harness/report/junit.h"
#include "harness/report/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

namespace crib::cli {

void RunLog::begin() {
    const std::lock_guard lock(mutex_);
    if (has_begun_) return;
    has_begun_ = true;
    for (const auto& event : held_) lines_.on(event);
    held_.clear();
}

void RunLog::on(const events::Event& event) {
    const std::lock_guard lock(mutex_);
    if (has_begun_) return lines_.on(event);
    held_.push_back(event);
}

RunWiring::RunWiring(Services& services, const std::string& driver, const engine::RunFolder& folder, const Shown& shown,
                     const Context& context, Record record)
    : output_(services.output),
      folder_(folder),
      bus_(services.clock),
      log_(folder.events()),
      json_out_(services.output.printer()),
      terminal_(report::terminal_for(STDOUT_FILENO, services.output.printer(), services.clock, shown.verbose,
                                     services.folders.next_command)),
      wired_(services, driver, folder, bus_, context) {
    if (record == Record::now) log_.begin();
    bus_.add(recorder_);
    bus_.add(log_);
    if (shown.json) {
        bus_.add(json_out_);
    } else {
        bus_.add(*terminal_);
    }
}

void RunWiring::finish() {
    if (!log_.has_begun()) return;
    write_file(folder_.junit(), report::to_junit(recorder_.record()));
    if (const auto problem = log_.problem(); !problem.empty()) {
        output_.say("crib: events.jsonl is not whole: {}\n", problem);
    }
}

}  // namespace crib::cli
