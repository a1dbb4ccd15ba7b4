#include "harness/base/folders.h"

#include "harness/base/error.h"
#include "harness/base/plain_path.h"
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
    if (*value == '/') return plain_path(value);
    throw Error(ErrorKind::usage, fmt::format("HOME is \"{}\", which is not an absolute path", value),
                "set HOME to your home folder's absolute path");
}

// Nothing: there is none.
fs::path named_by(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value == '/' ? plain_path(value) : fs::path();
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

// Why nothing can be kept there: it, or what it would be in, is there and is no folder. Empty: nothing of that kind.
// What may not be looked at is told when it is used.
std::string why_no_folder(fs::path folder) {
    while (true) {
        std::error_code failed;
        const auto kind = fs::status(folder, failed).type();
        if (kind == fs::file_type::directory) return {};
        if (kind == fs::file_type::not_found) {
            if (fs::is_symlink(fs::symlink_status(folder, failed))) return folder.string() + " is a link to nothing";
        } else if (kind != fs::file_type::none) {
            return folder.string() + " is no folder";
        } else if (failed == std::errc::too_many_symbolic_link_levels) {
            return folder.string() + " is in a loop of links";
        }
        const auto above = folder.parent_path();
        if (above == folder) return {};
        folder = above;
    }
}

fs::path required(const std::string& named_by, fs::path folder, const std::string& cure) {
    const auto why = why_no_folder(folder);
    if (!why.empty()) throw Error(ErrorKind::usage, fmt::format("{}: {}", named_by, why), cure);
    return folder;
}

fs::path folder_of_crib(const char* variable, const char* fallback) {
    const auto* name = named_by(variable).empty() ? "HOME" : variable;
    return required(name, user_folder(variable, fallback) / "crib",
                    fmt::format("let {} name a folder, or give --state DIR", name));
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

void forget_relative_user_folders() {
    for (const auto* variable :
         {"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"}) {
        const char* value = std::getenv(variable);
        if (value != nullptr && *value != '/') ::unsetenv(variable);
    }
}

Folders find_folders(const fs::path& source, const std::string& override_root) {
    if (!override_root.empty()) {
        const auto root = plain_path(absolute_path(override_root));
        const auto inside = [&](const char* name) {
            return required("--state " + override_root, root / name, "name a folder: one that is not there is made");
        };
        return {inside("cache"), inside("state"), source, find_mirrors(), NextCommand(override_root)};
    }
    return {folder_of_crib("XDG_CACHE_HOME", ".cache"), folder_of_crib("XDG_STATE_HOME", ".local/state"), source,
            find_mirrors(), NextCommand()};
}

}  // namespace crib
