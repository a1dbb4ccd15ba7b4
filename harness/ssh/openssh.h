#pragma once
// The command line of OpenSSH's own client, for a person who wants a terminal on a node.

#include "harness/ssh/target.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::ssh {

// Writes known_hosts-NODE with the pinned key into `folder` and returns the argv of a client that trusts only it,
// offers only the run's key, asks nothing, gives up on a node that does not answer and reads no configuration of the
// user's. `command` is appended as the remote command's words, quoted for the remote shell; none means a login shell.
// `terminal`: on a terminal, as a login shell always is.
enum class Terminal { no, yes };
[[nodiscard]] std::vector<std::string> openssh_command(const Target& target, const std::filesystem::path& folder,
                                                       const std::vector<std::string>& command = {},
                                                       Terminal terminal = Terminal::no);

}  // namespace crib::ssh
