#include "harness/ssh/exec.h"

#include <fmt/format.h>

namespace crib::ssh {
namespace {

struct InWords {
    std::string operator()(const Exited& end) const { return fmt::format("exited with {}", end.code); }
    std::string operator()(const Signaled& end) const { return "was killed by signal " + end.name; }
    std::string operator()(const TimedOut&) const { return "did not end in time"; }
    std::string operator()(const Cancelled&) const { return "was cancelled"; }
    std::string operator()(const Disconnected& end) const { return "lost the connection: " + end.reason; }
};

}  // namespace

std::string to_string(const Outcome& outcome) {
    return std::visit(InWords{}, outcome);
}

bool ExecResult::ok() const {
    return exit_code() == 0;
}

int ExecResult::exit_code() const {
    const auto* exited = std::get_if<Exited>(&end);
    return exited != nullptr ? exited->code : -1;
}

}  // namespace crib::ssh
