#pragma once
// A flat apt repository (`deb [signed-by=...] URL /`), signed: *.deb, Packages, Packages.gz, Release, Release.gpg,
// InRelease and Release.key, by apt-ftparchive and gpg.

#include "harness/base/context.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::component {

struct RepositorySpec {
    std::vector<std::filesystem::path> debs;
    std::string origin = "crib";
    std::string label;  // "cri-o v1.36"
};

// The signing key: made once in `home` (a folder of mode 0700) under a lock, without expiry, RSA 4096 so that old and
// new apt accept it. No gpg-agent stays behind. Returns the public key, ASCII-armoured.
std::string ensure_signing_key(process::Runner& runner, const std::filesystem::path& home, const Context& context);

// Makes or replaces `folder`, under a lock beside it; a half-made one is never there. Packages are hard-linked or
// copied. Error(component) when two packages have one file name or a tool fails.
void make_repository(process::Runner& runner, const RepositorySpec& spec, const std::filesystem::path& signing_home,
                     const std::filesystem::path& folder, const Context& context);

}  // namespace crib::component
