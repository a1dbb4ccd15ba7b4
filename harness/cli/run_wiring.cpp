#include "harness/cli/run_wiring.h"

#include "harness/base/file.h"
#include "harness/report/junit.h"
#include "harness/report/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

namespace crib::cli {

RunWiring::RunWiring(Services& services, const std::string& driver, const engine::RunFolder& folder, const Shown& shown)
    : output_(services.output),
      folder_(folder),
      bus_(services.clock),
      log_(folder.events()),
      json_out_(services.output.printer()),
      terminal_(report::terminal_for(STDOUT_FILENO, services.output.printer(), services.clock, shown.verbose)),
      wired_(services, driver, folder, bus_) {
    bus_.add(recorder_);
    bus_.add(log_);
    if (shown.json) {
        bus_.add(json_out_);
    } else {
        bus_.add(*terminal_);
    }
}

void RunWiring::finish() {
    write_file(folder_.junit(), report::to_junit(recorder_.record()));
    if (!log_.problem().empty()) output_.say("crib: events.jsonl is not whole: {}\n", log_.problem());
}

}  // namespace crib::cli
