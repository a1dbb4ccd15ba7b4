#pragma once
// Absence: what is not there, told from what only cannot be seen now: below a link that leads nowhere, as onto a disk
// that is not mounted.

#include <filesystem>
#include <optional>
#include <string>

namespace crib {

struct DanglingLink {
    std::filesystem::path link;
    std::filesystem::path target;  // as the link has it

    // "/home/me/runs is a link to /mnt/disk/runs, which is not there"
    [[nodiscard]] std::string words() const;
    // The same where `path` has been named: of the link itself "it is a link to ...".
    [[nodiscard]] std::string words_for(const std::filesystem::path& path) const;
};

// What to do with one.
inline constexpr const char* kMendLink = "put back what it leads to (a disk may not be mounted), or remove the link";

// The link, the path itself or one on the way to it, for which there is nothing at that path. Nothing when it is there,
// or is not there for another reason.
[[nodiscard]] std::optional<DanglingLink> find_dangling_link(const std::filesystem::path& path);

// Error(environment) when there is such a link: "cannot list PATH: it is a link to ...".
void require_no_dangling_link(const char* verb, const std::filesystem::path& path);

// Of "RUNS/ID/private", a folder that goes with its run: it is gone, not only out of sight. RUNS is there, and what is
// looked for is not in it.
[[nodiscard]] bool is_proven_gone(const std::filesystem::path& of_run);

}  // namespace crib
