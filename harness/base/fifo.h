#pragma once
// Writing into pipes and FIFOs whose readers come late, are slow, or go away.

#include "harness/base/context.h"
#include "harness/base/file.h"

#include <filesystem>
#include <string>

namespace crib {

// From now on a pipe whose reader went away is an error of this thread's writes (EPIPE), not the end of the program.
void block_sigpipe();

// A FIFO, once somebody reads it, or a device; not blocking, so that a reader that stands still cannot hold crib up.
// Error(environment) when it cannot be opened; the context's own Error while nobody reads it.
[[nodiscard]] UniqueFd open_fifo_to_write(const std::filesystem::path& path, const Context& context);

// One look, of at most 100 ms, at whether `fd` has something or takes more, so that a context that is done is noticed:
// then its Error, with `what`. False: not yet.
bool wait_readable(int fd, const std::string& what, const Context& context);
bool wait_writable(int fd, const std::string& what, const Context& context);

}  // namespace crib
