#include "harness/base/folders.h"

#include "harness/base/error.h"
#include "harness/base/system_error.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace crib {
namespace fs = std::filesystem;
namespace {

// Nothing: it is not known.
fs::path home() {
    const char* value = std::getenv("HOME");
    if (value == nullptr || *value == '\0') {
        const auto* entry = ::getpwuid(::getuid());
        return entry != nullptr && entry->pw_dir != nullptr && *entry->pw_dir == '/' ? entry->pw_dir : "";
    }
    if (*value == '/') return value;
    throw Error(ErrorKind::usage, fmt::format("HOME is \"{}\", which is not an absolute path", value),
                "set HOME to your home folder's absolute path");
}

// Nothing: there is none.
fs::path named_by(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value == '/' ? value : "";
}

fs::path find_mirrors() {
    if (const char* named = std::getenv("CRIB_MIRRORS"); named != nullptr && *named != '\0')
        return absolute_path(named);
    auto config = named_by("XDG_CONFIG_HOME");
    if (config.empty()) {
        if (home().empty()) return {};
        config = home() / ".config";
    }
    const auto file = config / "crib" / "mirrors.json";
    std::error_code ignored;
    // A link that leads nowhere is named, too: what is said there must not be left aside unasked.
    return fs::exists(fs::symlink_status(file, ignored)) ? file : fs::path();
}

}  // namespace

fs::path user_folder(const char* variable, const char* fallback) {
    auto folder = named_by(variable);
    if (!folder.empty()) return folder;
    const auto below = home();
    if (!below.empty()) return below / fallback;
    throw Error(ErrorKind::environment, "no home folder is known for this user",
                fmt::format("set HOME or {}, or give --state DIR", variable));
}

Folders find_folders(const fs::path& source, const std::string& override_root) {
    if (!override_root.empty()) {
        const auto root = absolute_path(override_root);
        return {root / "cache", root / "state", source, find_mirrors()};
    }
    return {user_folder("XDG_CACHE_HOME", ".cache") / "crib", user_folder("XDG_STATE_HOME", ".local/state") / "crib",
            source, find_mirrors()};
}

}  // namespace crib
