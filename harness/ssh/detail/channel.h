#pragma once
// Runs one remote command on a channel of its own.

#include "harness/base/context.h"
#include "harness/ssh/detail/link.h"
#include "harness/ssh/detail/stream.h"
#include "harness/ssh/exec.h"

#include <functional>
#include <string>
#include <string_view>

namespace crib::ssh::detail {

struct ChannelCommand {
    std::string_view command;
    std::string_view input;
    Stream* out = nullptr;
    Stream* err = nullptr;
    std::function<std::string()> lost_because;
    std::function<void()> before_close;  // called when the command must be ended from our side
};

// What a stream's callback throws passes, after `before_close`.
Outcome run_on_channel(Link& link, const ChannelCommand& command, const Context& context);

}  // namespace crib::ssh::detail
