// What is done in the folder of one run.

#include "harness/base/removal.h"
#include "harness/base/sha256.h"
#include "harness/engine/run_store.h"

#include <exception>
#include <system_error>

namespace crib::engine {

namespace fs = std::filesystem;

void set_console_aside(const RunFolder& folder, const std::string& node) noexcept {
    std::error_code none;
    fs::rename(folder.console(node), folder.node(node) / "console-before.log", none);
}

bool remove_in_run(const RunFolder& folder, const fs::path& inside) noexcept {
    try {
        auto place = HeldFolder::open(folder.path.parent_path());
        auto next = folder.path.filename().string();
        for (const auto& part : inside) {
            if (!place) return false;
            if (place->look(next).kind == HeldFolder::Kind::none) return true;
            place = place->inside(next);
            next = part.string();
        }
        return place && remove_from(*place, next).gone;
    } catch (const std::exception&) {
        return false;
    }
}

// Runs of one name may be in several state folders.
Mark mark_of_fast_saving(const RunFolder& folder) {
    return {"memory", sha256_hex(fs::absolute(folder.path).string())};
}

}  // namespace crib::engine
