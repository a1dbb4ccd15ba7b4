#pragma once
// The variables that compilers get, and what they compile when it is run: the user's GOOS, CC or CGO_CFLAGS would
// change what is built, and no cache key tells of them.

#include "harness/process/runner.h"

namespace crib::component {

// Of crib's own variables the command gets those that say where things are and how to get at modules: folders, caches,
// proxies, certificates. What the user has set of the latter with `go env -w` is passed on as well, the rest of that
// file is not. Variables that the command sets itself stay.
void use_build_environment(process::Command& command);

}  // namespace crib::component
