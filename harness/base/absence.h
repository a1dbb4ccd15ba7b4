#pragma once
// Absence: what is not there, told from what only cannot be seen now: below a link that leads nowhere, as onto a disk
// that is not mounted.

#include "harness/base/clock.h"

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

// What is known of "RUNS/ID/private", a folder that goes with its run.
enum class Presence {
    there,
    gone,     // RUNS/ID is there without it; or RUNS is there with what was in it before, and without the run
    missing,  // nothing shows that: the runs were removed by hand, or lie on a disk that is not mounted
    hidden,   // it cannot be looked at, or is behind a link that leads nowhere
};

// What was seen at that time by the time of `file`, and is there now: written down once a day.
void renew_last_seen(const std::filesystem::path& file, WallTime seen, WallTime now) noexcept;

// What has been missing for longer counts as gone.
inline constexpr std::chrono::hours kMissingFor{30 * 24};
[[nodiscard]] std::string words_of_missing();  // "it is forgotten 30 days after it was last seen"

// `seen`: when it was last known to be there.
[[nodiscard]] Presence presence_of(const std::filesystem::path& of_run, WallTime seen, WallTime now);

}  // namespace crib
