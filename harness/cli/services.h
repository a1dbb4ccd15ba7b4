#pragma once
// Services: what every command works with, made once. With it `cli` wires the program together.

#include "harness/base/clock.h"
#include "harness/base/context.h"
#include "harness/base/error.h"
#include "harness/base/folders.h"
#include "harness/cli/output.h"
#include "harness/engine/reaper.h"
#include "harness/engine/run_store.h"
#include "harness/hypervisor/hypervisor.h"
#include "harness/process/boost_runner.h"

#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace crib::cli {

struct Services {
    // `program` is crib's own executable; crib-switch lies beside it.
    Services(const std::filesystem::path& source, const std::string& state, std::filesystem::path program,
             Output& output);

    ~Services();
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    Output& output;
    SystemClock clock;
    Folders folders;
    process::BoostRunner runner;
    engine::RunStore runs;
    std::filesystem::path switch_program;
    std::string given_state;  // --state DIR; empty: the XDG folders
    bool only_looks = false;  // --dry-run: nothing is changed, not at the end either

    [[nodiscard]] Context context() { return Context::with_clock(clock); }

    // The hypervisor of a run: with qemu:///embed, a root of the run's own.
    // Error(environment) when its daemon, or the QEMU that libvirt asks what it can do, does not answer: for a run it
    // is waited for longer.
    enum class Purpose { look, run };
    [[nodiscard]] std::unique_ptr<hypervisor::Hypervisor> open_hypervisor(const std::string& uri,
                                                                          const engine::RunFolder& folder,
                                                                          Purpose purpose,
                                                                          const Context& context) const;
    // `stop`: what a daemon is asked is not waited for much longer then.
    [[nodiscard]] engine::Reaper reaper(const std::stop_token& stop = {});

    // Nodes of a kept run that have no machine any more: its host was restarted, or going back was cut off. Of runs on
    // a daemon's driver it is not asked.
    [[nodiscard]] std::vector<std::string> halted_nodes(const engine::RunInfo& run) const;

    // How large the store of checkpoints may grow: CRIB_CACHE_LIMIT, else what the disk allows.
    [[nodiscard]] ByteSize cache_limit() const;

    // CI=true, as CI systems set it: nobody looks on.
    [[nodiscard]] static bool in_ci();

private:
    std::map<std::string, Error> silent_;  // drivers that did not answer the reaper: it waits for each once only
};

// Where the checkout is: CRIB_SOURCE, which the wrapper sets, or the folder crib was built from.
[[nodiscard]] std::filesystem::path find_source();

}  // namespace crib::cli
