#include "harness/base/absence.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/mark.h"

#include <fmt/format.h>

#include <array>

namespace crib {
namespace fs = std::filesystem;
namespace {

// An empty folder may be the place where a disk is not mounted, and what came into it since proves no more.
bool holds_something_from(const fs::path& runs, WallTime seen) {
    std::error_code problem;
    for (fs::directory_iterator it(runs, problem), end; !problem && it != end; it.increment(problem)) {
        for (const auto& file : std::array{it->path(), it->path() / kMarkFile}) {
            const auto time = changed_at(file);
            if (time && *time <= seen) return true;
        }
    }
    return false;
}

}  // namespace

std::string DanglingLink::words() const {
    return fmt::format("{} is a link to {}, which is not there", link.string(), target.string());
}

std::optional<DanglingLink> find_dangling_link(const fs::path& path) {
    for (auto place = path;;) {
        std::error_code problem;
        const auto kind = fs::symlink_status(place, problem).type();
        if (kind != fs::file_type::not_found) {
            const bool dangles =
                kind == fs::file_type::symlink && fs::status(place, problem).type() == fs::file_type::not_found;
            if (!dangles) return std::nullopt;
            return DanglingLink{place, fs::read_symlink(place, problem)};
        }
        auto above = place.parent_path();
        if (above.empty() || above == place) return std::nullopt;
        place = std::move(above);
    }
}

std::string DanglingLink::words_for(const fs::path& path) const {
    return path == link ? fmt::format("it is a link to {}, which is not there", target.string()) : words();
}

void require_no_dangling_link(const char* verb, const fs::path& path) {
    const auto found = find_dangling_link(path);
    if (!found) return;
    throw Error(ErrorKind::environment, fmt::format("cannot {} {}: {}", verb, path.string(), found->words_for(path)),
                kMendLink);
}

void renew_last_seen(const fs::path& file, WallTime seen, WallTime now) noexcept {
    constexpr std::chrono::hours kSeenLately{24};
    if (now - seen > kSeenLately) set_changed_at(file, now);
}

std::string words_of_missing() {
    return fmt::format("it is forgotten {} days after it was last seen", kMissingFor / std::chrono::days{1});
}

Presence presence_of(const fs::path& of_run, WallTime seen, WallTime now) {
    std::error_code problem;
    if (fs::exists(of_run, problem)) return Presence::there;
    if (problem || find_dangling_link(of_run)) return Presence::hidden;
    const auto run = of_run.parent_path();
    if (fs::is_directory(run, problem) || holds_something_from(run.parent_path(), seen)) return Presence::gone;
    return now - seen > kMissingFor ? Presence::gone : Presence::missing;
}

}  // namespace crib
