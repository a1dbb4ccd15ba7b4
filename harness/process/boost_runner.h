#pragma once
// BoostRunner: runs real programs, on Boost.Process v2.

#include "harness/process/runner.h"

namespace crib::process {

// Each program gets a process group of its own, the default signal mask and no descriptor but its three
// streams. When it has ended, what it left behind in its group is killed: nothing outlives a run()
// but a process that made a session of its own. A callback that throws ends the group and the run.
class BoostRunner final : public Runner {
public:
    Result run(const Command& command, const Context& context) override;
    int start_daemon(const Command& command, const std::filesystem::path& log) override;
};

}  // namespace crib::process
