#pragma once
// A Go toolchain that is new enough: the machine's own, or one fetched as the golang.org/toolchain module by the
// machine's own older `go` and verified against a pinned sum.

#include "harness/base/context.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <string>

namespace crib::component {

struct GoToolchain {
    std::string program;  // the go command; empty: it is still to be fetched
    std::string version;  // "1.26.8"
};

// Which one it would be; nothing is fetched. Errors as of find_go_toolchain().
[[nodiscard]] GoToolchain choose_go_toolchain(process::Runner& runner, const std::string& at_least,
                                              const std::filesystem::path& pins, const Context& context);

// `pins` is fixtures/components/go-toolchain.json. Thread-safe. Error(environment) with a hint when there is no `go` at
// all, Error(timeout) when it does not answer, Error(component) when the fetched toolchain does not have its pinned sum
// or is too old as well.
[[nodiscard]] GoToolchain find_go_toolchain(process::Runner& runner, const std::string& at_least,
                                            const std::filesystem::path& pins, const Context& context);

}  // namespace crib::component
