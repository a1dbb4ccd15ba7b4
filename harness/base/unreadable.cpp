#include "harness/base/unreadable.h"

#include "harness/base/error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace crib {
namespace {

std::string objection_of(int error_number) {
    return fmt::format("it cannot be read: {}", std::strerror(error_number));
}

}  // namespace

std::string objection_to_reading(const HeldFolder& folder) {
    return ::faccessat(folder.fd(), ".", R_OK | X_OK, AT_EACCESS) == 0 ? std::string() : objection_of(errno);
}

void require_readable(const std::filesystem::path& path) {
    const auto folder = HeldFolder::open(path);
    if (!folder && errno == ENOENT) return;
    const auto objection = folder ? objection_to_reading(*folder) : objection_of(errno);
    if (!objection.empty()) throw Error(ErrorKind::usage, path.string() + ": " + objection, kMakeReadable);
}

}  // namespace crib
