#include "harness/ssh/openssh.h"

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/ssh/keys.h"

#include <fmt/format.h>

namespace crib::ssh {
namespace {

// Of the connection and the handshake, which take a while on a busy machine. A guest that hangs has its port accept all
// the same: the switch does so.
constexpr const char* kConnectTimeout = "ConnectTimeout=30";

// ssh -o takes a configuration line: a path with spaces or quotes needs quoting of its own.
std::string option(const std::string& name, const std::filesystem::path& path) {
    return fmt::format("{}=\"{}\"", name, path.string());
}

}  // namespace

std::vector<std::string> openssh_command(const Target& target, const std::filesystem::path& folder,
                                         const std::vector<std::string>& command, Terminal terminal) {
    const auto known_as = fmt::format("[{}]:{}", target.host, target.port);
    const auto host = target.port == 22 ? target.host : known_as;
    // Each node's its own: people work on several at a time.
    const auto known_hosts = folder / ("known_hosts-" + target.node);
    write_file(known_hosts, fmt::format("{} {}\n", host, without_comment(target.host_key)), 0600);
    std::vector<std::string> argv{
        "ssh", "-F", "/dev/null", "-i", target.private_key.string(), "-p", std::to_string(target.port)};
    for (const auto& setting :
         {option("UserKnownHostsFile", known_hosts), std::string("GlobalKnownHostsFile=/dev/null"),
          std::string("IdentitiesOnly=yes"), std::string("IdentityAgent=none"),
          std::string("StrictHostKeyChecking=yes"), std::string("PreferredAuthentications=publickey"),
          std::string("BatchMode=yes"), std::string("LogLevel=ERROR"), std::string(kConnectTimeout),
          std::string("ServerAliveInterval=15")}) {
        argv.insert(argv.end(), {"-o", setting});
    }
    if (command.empty() || terminal == Terminal::yes) argv.emplace_back("-t");
    argv.push_back(target.user + "@" + target.host);
    if (!command.empty()) argv.push_back(shell_join(command));
    return argv;
}

}  // namespace crib::ssh
