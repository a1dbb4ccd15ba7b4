#include "harness/base/folders.h"

#include "harness/base/error.h"
#include "harness/base/system_error.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace crib {
namespace fs = std::filesystem;
namespace {

fs::path home() {
    if (const char* value = std::getenv("HOME"); value != nullptr && *value != '\0') return value;
    if (const auto* entry = ::getpwuid(::getuid()); entry != nullptr) return entry->pw_dir;
    throw Error(ErrorKind::environment, "no home folder is known for this user", "set HOME, or give --state DIR");
}

// The XDG specification: a relative path there is to be ignored.
fs::path xdg(const char* variable, const char* fallback) {
    if (const char* value = std::getenv(variable); value != nullptr && *value == '/') return fs::path(value) / "crib";
    return home() / fallback / "crib";
}

fs::path find_mirrors() {
    if (const char* named = std::getenv("CRIB_MIRRORS"); named != nullptr && *named != '\0')
        return absolute_path(named);
    const fs::path file = xdg("XDG_CONFIG_HOME", ".config") / "mirrors.json";
    std::error_code ignored;
    // A link that leads nowhere is named, too: what is said there must not be left aside unasked.
    return fs::exists(fs::symlink_status(file, ignored)) ? file : fs::path();
}

}  // namespace

Folders find_folders(const fs::path& source, const std::string& override_root) {
    if (!override_root.empty()) {
        const auto root = absolute_path(override_root);
        return {root / "cache", root / "state", source, find_mirrors()};
    }
    return {xdg("XDG_CACHE_HOME", ".cache"), xdg("XDG_STATE_HOME", ".local/state"), source, find_mirrors()};
}

}  // namespace crib
