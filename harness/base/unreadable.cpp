#include "harness/base/unreadable.h"

#include "harness/base/error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace crib {
namespace {

constexpr std::string_view kCannotBeRead = "it cannot be read: ";

std::string objection_of(int error_number) {
    return fmt::format("{}{}", kCannotBeRead, std::strerror(error_number));
}

}  // namespace

std::string objection_to_reading(const HeldFolder& folder) {
    return ::faccessat(folder.fd(), ".", R_OK | X_OK, AT_EACCESS) == 0 ? std::string() : objection_of(errno);
}

bool is_unreadable(const Claim& claim) {
    return claim.why_not.starts_with(kCannotBeRead);
}

void require_readable(const std::filesystem::path& path) {
    const auto folder = HeldFolder::open(path);
    if (!folder && errno == ENOENT) return;
    const auto objection = folder ? objection_to_reading(*folder) : objection_of(errno);
    if (!objection.empty()) throw Error(ErrorKind::usage, path.string() + ": " + objection, kMakeReadable);
}

}  // namespace crib
