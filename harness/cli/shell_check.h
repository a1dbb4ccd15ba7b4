#pragma once
// ShellCheck: whether the shell text of scenarios is shell, by `bash -n`. Nothing of it is run.

#include "harness/base/clock.h"
#include "harness/process/runner.h"
#include "harness/scenario/load.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace crib::cli {

class ShellCheck {
public:
    // Both are referred to.
    ShellCheck(process::Runner& runner, Clock& clock) : runner_(runner), clock_(clock) {}

    // Of a scenario in which the reader has found nothing. A text that is that of many mutations, or of many cells, is
    // looked at once. Thread-safe.
    [[nodiscard]] std::vector<scenario::Clash> mistakes_in(const scenario::Scenario& scenario);

    // Why some scripts were not looked at, in one line; empty: all were.
    [[nodiscard]] std::string not_checked() const;

private:
    // What bash says of it; empty: nothing is wrong with it.
    const std::string* judge(const std::string& script, const Context& context);

    process::Runner& runner_;
    Clock& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> said_;  // by the digests of scripts
    std::string not_checked_;
};

}  // namespace crib::cli
