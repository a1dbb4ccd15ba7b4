#include "harness/base/absence.h"

#include "harness/base/error.h"

#include <fmt/format.h>

namespace crib {
namespace fs = std::filesystem;

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

bool is_proven_gone(const fs::path& of_run) {
    std::error_code problem;
    if (fs::exists(of_run, problem) || problem || find_dangling_link(of_run)) return false;
    return fs::is_directory(of_run.parent_path().parent_path(), problem);
}

}  // namespace crib
