#pragma once
// What the record of a run may say of its nodes: the same for who reads a run.json of this machine and who opens one
// that was sent.

#include <string>

namespace crib::engine {

// Why the value is none, to stand behind its name ("is no role of a node"); empty: it is one.
[[nodiscard]] std::string objection_to_role(const std::string& role);
// Of IPv4; empty before it is known.
[[nodiscard]] std::string objection_to_address(const std::string& address);
// The nodes' public host key, in one line; empty before it is made. It becomes a line of ssh's known hosts.
[[nodiscard]] std::string objection_to_host_key(const std::string& key);
// What --connect takes; empty: the default one.
[[nodiscard]] std::string objection_to_driver(const std::string& uri);

}  // namespace crib::engine
