#pragma once
// Key pairs: ed25519, in the formats that OpenSSH reads. Made for the run's user and for each node's host key.

#include <filesystem>
#include <string>

namespace crib::ssh {

struct KeyPair {
    std::string private_pem;  // "-----BEGIN OPENSSH PRIVATE KEY-----...", no passphrase
    std::string public_line;  // "ssh-ed25519 AAAA... comment", without a newline
};

[[nodiscard]] KeyPair make_key_pair(const std::string& comment);

// `path` (mode 0600) and `path`.pub.
void write_key_pair(const KeyPair& pair, const std::filesystem::path& path);

// Type and key of a public line, without its comment: "ssh-ed25519 AAAA...".
[[nodiscard]] std::string without_comment(const std::string& public_line);

}  // namespace crib::ssh
