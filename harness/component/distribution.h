#pragma once
// What comes out of the machine's own Debian-like distribution: base layers and single programs, by its own apt.

#include "harness/base/context.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace crib::component {

// The machine's distribution and where its apt gets packages from.
struct HostDistribution {
    std::string codename;                        // "bookworm"
    std::vector<std::filesystem::path> sources;  // sources.list and the files of sources.list.d
};

// Reads `root`/etc. Error(environment) on a machine that is not Debian-like or has no apt sources.
[[nodiscard]] HostDistribution find_host_distribution(const std::filesystem::path& root = "/");

// A small root of `packages` and what they need as a tar at `tar`, owners kept, made by mmdebstrap; works as root and
// as an ordinary user with subordinate ids. `on_line` gets mmdebstrap's lines.
void make_root_tar(process::Runner& runner, const HostDistribution& host, const std::vector<std::string>& packages,
                   const std::filesystem::path& tar, const std::function<void(std::string_view)>& on_line,
                   const Context& context);

// Downloads `package` and puts the first of `files` (paths in the package, no leading slash) at `output`.
// `scratch` is a folder for the download.
void fetch_program(process::Runner& runner, const std::string& package, const std::vector<std::string>& files,
                   const std::filesystem::path& output, const std::filesystem::path& scratch, const Context& context);

}  // namespace crib::component
