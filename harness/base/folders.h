#pragma once
// Folders: where crib keeps things. Nothing is written into the checkout but build/.

#include "harness/base/next_command.h"

#include <filesystem>
#include <string>

namespace crib {

struct Folders {
    std::filesystem::path cache;         // shared by runs: components/, images/, repositories/, probe/
    std::filesystem::path state;         // runs/ID
    std::filesystem::path source;        // the checkout: fixtures/, images/, scenarios/
    std::filesystem::path mirrors = {};  // the user's mirrors.json; empty: none
    NextCommand next_command = {};       // with these folders

    [[nodiscard]] std::filesystem::path runs() const { return state / "runs"; }
    [[nodiscard]] std::filesystem::path run(const std::string& id) const { return state / "runs" / id; }
    [[nodiscard]] std::filesystem::path fixtures() const { return source / "fixtures"; }
};

// A folder of the user by the XDG base directory specification: what `variable` names, unless that is relative, which
// is to be ignored; else `fallback` in the home folder. Error(usage) for a HOME that is relative: it would be another
// folder with each current one.
[[nodiscard]] std::filesystem::path user_folder(const char* variable, const char* fallback);

// Takes relative folders of that specification out of this process's environment: libraries and programs that crib uses
// would make them in the current folder. Before other threads begin.
void forget_relative_user_folders();

// `override_root` (--state DIR) gives DIR/cache and DIR/state; else XDG_CACHE_HOME/crib and
// XDG_STATE_HOME/crib with their usual defaults under HOME. The mirrors are the file that CRIB_MIRRORS names, else
// XDG_CONFIG_HOME/crib/mirrors.json where there is one. Error(usage) where a file
// stands in a folder's place, naming the flag or variable that leads there.
[[nodiscard]] Folders find_folders(const std::filesystem::path& source, const std::string& override_root);

}  // namespace crib
