#pragma once
// Files over SFTP. libssh 0.10 can only wait for its answers without end, so a watchdog cuts the
// connection when the context is done or nothing moves any more.

#include "harness/base/context.h"
#include "harness/ssh/detail/link.h"

#include <functional>
#include <string>

namespace crib::ssh::detail {

// Gives the next piece of a file, empty at its end.
using Source = std::function<std::string()>;
using Sink = std::function<void(std::string_view)>;

void put(Link& link, const Source& source, const std::string& remote, unsigned mode, const Context& context);
void get(Link& link, const std::string& remote, const Sink& sink, const Context& context);

}  // namespace crib::ssh::detail
