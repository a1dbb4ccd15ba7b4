#pragma once
// What `crib down`, `crib gc`, `crib cache rm` and `crib cache gc` do until they are asked to stop: they end after the
// thing at hand then, and throw Error(cancelled) that says what is left.

#include "harness/cli/command_line.h"
#include "harness/cli/services.h"

#include <stop_token>
#include <string>

namespace crib::cli {

// Of a sweep. `again`: the command that removes what is left.
void throw_if_stopped(const std::stop_token& stop, bool dry_run, const std::string& again);

// Each returns crib's exit code.
int execute(Services& services, const DownCommand& command, const std::stop_token& stop);
int execute(Services& services, const CollectGarbageCommand& command, const std::stop_token& stop);
int execute(Services& services, const CacheRemoveCommand& command, const std::stop_token& stop);
int execute(Services& services, const CacheCollectCommand& command, const std::stop_token& stop);

}  // namespace crib::cli
