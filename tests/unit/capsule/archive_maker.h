#pragma once
// ArchiveMaker: archives as nobody but an attacker would make them.

#include "harness/capsule/manifest.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace crib::test {

struct Member {
    enum class Type { file, symlink, hardlink, folder, device };
    std::string path;
    std::string content = {};
    Type type = Type::file;
    std::string target = {};  // of a link
};

// A tar of these members inside zstd.
void write_archive(const std::filesystem::path& file, const std::vector<Member>& members);

// The manifest that belongs to these members.
[[nodiscard]] capsule::Manifest manifest_of(const std::vector<Member>& members);

// A capsule with that manifest in front, changed by `spoil`.
void write_capsule(const std::filesystem::path& file, const std::vector<Member>& members,
                   const std::function<void(capsule::Manifest&)>& spoil = {});

}  // namespace crib::test
