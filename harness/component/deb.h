#pragma once
// A Debian package made of files, by dpkg-deb: root-owned, dated 1970, the same bytes for the same input.

#include "harness/base/context.h"
#include "harness/component/table.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::component {

struct DebContent {
    std::string name;
    std::string version;
    std::string description;
    std::vector<std::string> depends;
    std::vector<std::string> recommends;
    struct File {
        std::string to;
        std::filesystem::path content;
        unsigned mode = 0644;
    };
    std::vector<File> files;  // those below /etc are conffiles
    std::vector<LinkEntry> links;
    std::vector<std::string> folders;
    std::string postinst;  // a script's text; empty: none
};

[[nodiscard]] std::string control_of(const DebContent& content, const std::string& architecture,
                                     std::uintmax_t kibibytes);

// Writes `folder`/NAME_VERSION_ARCH.deb and returns its path. Files are copied into `scratch`, a
// folder that is made and removed again.
std::filesystem::path build_deb(process::Runner& runner, const DebContent& content, const std::filesystem::path& folder,
                                const std::filesystem::path& scratch, const Context& context);

}  // namespace crib::component
