#include "harness/engine/owned_folder.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fmt/format.h>

namespace crib::engine {

namespace fs = std::filesystem;

fs::path owner_lock_in(const fs::path& folder) {
    return folder / "owner.lock";
}

OwnedFolder make_owned_folder(const fs::path& root, const std::string& name, const std::string& what) {
    make_folder(root);
    for (;;) {
        auto id = name + "-" + random_word(4);
        auto path = root / id;
        std::error_code problem;
        if (!fs::create_directory(path, problem)) {
            if (!problem) continue;  // the name is taken
            throw Error(ErrorKind::environment,
                        fmt::format("cannot make the {}'s folder {}: {}", what, path.string(), problem.message()),
                        "free some disk space, or give --state DIR");
        }
        auto owner = FileLock::try_take(owner_lock_in(path));
        if (owner) return {std::move(id), std::move(path), std::move(*owner)};
        // Else a `crib gc` of this very moment took it for an orphan.
    }
}

}  // namespace crib::engine
