#pragma once
// Opening what a user, a capsule or a folder's content names. Regular files only, no larger than their kind may be, and
// never waiting: a FIFO that nobody writes to, a terminal or a device is refused instead of read. No command of crib
// reads standard input.

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace crib {

// What is to be read, and the most that is read of it.
struct InputKind {
    const char* name;                      // "a lock file"
    std::uint64_t limit;                   // bytes
    ErrorKind refusal = ErrorKind::usage;  // environment: a file of crib's own, not one that a user names
};

namespace input_kind {

inline constexpr InputKind scenario{"a scenario file", 1U << 20U};
inline constexpr InputKind step_script{"a step's script", 256U << 10U};
inline constexpr InputKind lock{"a lock file", 4U << 20U};  // two-node's has 40 KiB
inline constexpr InputKind go_mod{"a go.mod", 1U << 20U};   // Kubernetes' has 14 KiB
inline constexpr InputKind go_work{"a go.work", 1U << 20U};
inline constexpr InputKind mirrors{"a file of mirrors", 1U << 20U};
inline constexpr InputKind capsule{"a capsule", std::uint64_t{128} << 30U};  // as capsule::Limits::total

// What crib keeps of a run or a matrix. Another one can be named, or this one removed: so its faults are the user's to
// mend as well.
inline constexpr InputKind run_record{"a run's record", 1U << 20U};
inline constexpr InputKind matrix_record{"a matrix's record", 16U << 20U};  // of 10,000 cells, and all said of them
inline constexpr InputKind stage_record{"a record of stages", 4U << 20U};   // a run with many nodes has some 100 KiB
inline constexpr InputKind cluster_state{"a cluster's state", 16U << 20U};

// Read line by line.
inline constexpr InputKind events{"a log of events", UINT64_MAX};
inline constexpr InputKind node_log{"a node's log", UINT64_MAX};
inline constexpr InputKind history{"a history of cells", UINT64_MAX};

}  // namespace input_kind

struct OpenedInput {
    enum class State { open, absent, folder, too_large, unfit };
    State state = State::unfit;
    UniqueFd fd;              // of an open one
    std::uint64_t bytes = 0;  // of an open one; /proc's files have none and can be read all the same
    std::string problem;      // of the others, to stand behind the path: "is a FIFO, not a regular file"
};

// Error(environment) only for what is wrong with the machine and not with the path, as too many open files.
[[nodiscard]] OpenedInput try_open_input(const std::filesystem::path& path, const InputKind& kind);

// Error(kind.refusal) that names the path.
[[nodiscard]] OpenedInput open_input(const std::filesystem::path& path, const InputKind& kind);
[[nodiscard]] std::string read_input(const std::filesystem::path& path, const InputKind& kind);

// A regular file of crib's own, of any size. Error(environment): "cannot read PATH: …".
[[nodiscard]] UniqueFd open_regular(const std::filesystem::path& path);

// "a FIFO", "a folder", "a regular file", by the mode that stat() gives.
[[nodiscard]] const char* type_of_file(unsigned mode);

}  // namespace crib
