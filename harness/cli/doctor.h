#pragma once
// Doctor: is this host fit to run clusters? Each finding comes with its cure.

#include "harness/base/folders.h"
#include "harness/engine/host.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace crib::cli {

struct HealthFinding {
    enum class Level { good, caution, bad };
    Level level = Level::good;
    std::string subject;  // "memory"
    std::string text;     // what was seen
    std::string cure;     // empty when there is nothing to do
};

// What the doctor looks at, so that a test can show it a sick host.
struct Patient {
    engine::HostFacts host;
    ByteSize cache_free;                                    // where components and images are kept
    std::function<bool(const std::string& tool)> has_tool;  // in PATH
    std::function<bool(const std::string& user)> has_user;  // an account of that name
    bool is_root = false;
    bool has_subordinate_ids = true;  // an entry in /etc/subuid and /etc/subgid for this user
    std::string temporary_problem;    // why there is no folder for temporary files; empty: there is
    std::string loopback_problem;     // why no port of 127.0.0.1 can be had; empty: they can
    std::string cache_problem;        // why nothing can be made in the folder of caches; empty: it can
    std::string runs_problem;         // likewise of runs
    std::string limit_problem;        // what is wrong with CRIB_CACHE_LIMIT; empty: nothing
};

[[nodiscard]] Patient look_at_this_host(const Folders& folders);

// All but acceleration, which needs a kernel to boot.
[[nodiscard]] std::vector<HealthFinding> examine(const Patient& patient);

}  // namespace crib::cli
