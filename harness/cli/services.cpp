#include "harness/cli/services.h"

#include "harness/base/error.h"
#include "harness/checkpoint/store.h"
#include "harness/cli/cache_sweep.h"
#include "harness/hypervisor/leftovers.h"
#include "harness/hypervisor/libvirt/connect.h"
#include "harness/hypervisor/libvirt/embed_root.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace crib::cli {

Services::Services(const std::filesystem::path& source, const std::string& state, std::filesystem::path program,
                   Output& told_on)
    : output(told_on),
      folders(find_folders(source, state)),
      runs(folders),
      switch_program(program.replace_filename("crib-switch")),
      given_state(state) {}

namespace {

// To ask a QEMU for the first time takes seconds of a processor; a daemon only has to be awake.
Duration longest_answer(const std::string& uri, Services::Purpose purpose) {
    const bool embedded = uri == hypervisor::kEmbeddedUri;
    if (purpose == Services::Purpose::run) return embedded ? std::chrono::minutes(3) : std::chrono::seconds(40);
    return std::chrono::seconds(embedded ? 30 : 20);
}

}  // namespace

std::unique_ptr<hypervisor::Hypervisor> Services::open_hypervisor(const std::string& uri,
                                                                  const engine::RunFolder& folder, Purpose purpose,
                                                                  const Context& context) const {
    return hypervisor::connect({uri, folder.hypervisor(), folders.cache / "libvirt", longest_answer(uri, purpose)},
                               context);
}

Services::~Services() {
    if (!only_looks) hypervisor::forget_ended_embed_roots();
}

engine::Reaper Services::reaper(const std::stop_token& stop) {
    const auto open = [this, stop](const engine::RunInfo& run, const engine::RunFolder& folder) {
        const auto driver = run.driver();
        if (const auto known = silent_.find(driver); known != silent_.end()) throw Error(known->second);
        try {
            return open_hypervisor(driver, folder, Purpose::look, context().with_stop(stop));
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::environment) silent_.emplace(driver, error);
            throw;
        }
    };
    const auto kill = [](const engine::RunFolder& folder) {
        hypervisor::kill_leftovers(folder.hypervisor());
        return hypervisor::kill_leftovers(folder.hypervisor()) == 0;
    };
    const auto tell = [this](const LeftAlone& machine) { output.print_lines(to_text(std::vector{machine})); };
    return {runs, open, kill, tell};
}

std::vector<std::string> Services::halted_nodes(const engine::RunInfo& run) const {
    std::vector<std::string> halted;
    if (run.state != engine::RunState::kept || run.driver() != hypervisor::kEmbeddedUri) return halted;
    const auto living = hypervisor::living_machines(runs.folder(run.id).hypervisor());
    for (const auto& node : run.nodes) {
        if (!std::binary_search(living.begin(), living.end(), node.machine)) halted.push_back(node.name);
    }
    return halted;
}

ByteSize Services::cache_limit() const {
    const char* given = std::getenv("CRIB_CACHE_LIMIT");
    return checkpoint::size_limit(given == nullptr ? "" : given, folders.cache);
}

bool Services::in_ci() {
    const char* given = std::getenv("CI");
    return given != nullptr && std::string_view(given) == "true";
}

std::filesystem::path find_source() {
    const char* given = std::getenv("CRIB_SOURCE");
    if (given == nullptr || *given == '\0') return CRIB_BUILT_FROM;
    std::error_code none;
    if (std::filesystem::is_directory(std::filesystem::path(given) / "fixtures", none)) return given;
    throw Error(ErrorKind::usage,
                fmt::format("CRIB_SOURCE: {} is no checkout of crib: it has no folder fixtures", given),
                "let it name the checkout, or unset it");
}

}  // namespace crib::cli
