// What is done in the folder of one run.

#include "harness/base/removal.h"
#include "harness/base/sha256.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"
#include "harness/engine/run_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <exception>
#include <string>
#include <system_error>
#include <vector>

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

std::string way_to_mend_lock(const RunFolder& folder) {
    const auto lock = folder.owner_lock();
    const auto quoted = shown_word(lock.string());
    std::vector<std::string> ways;
    if (::faccessat(AT_FDCWD, folder.path.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
        ways.push_back("chmod u+wx " + shown_word(folder.path.string()));
    }
    struct stat found {};
    const bool is_there = ::lstat(lock.c_str(), &found) == 0;
    if (is_there && S_ISREG(found.st_mode)) {
        ways.push_back("chmod u+rw " + quoted);
    } else {
        if (is_there) ways.push_back(fmt::format("mv {} {}", quoted, shown_word(lock.string() + ".other")));
        ways.push_back("touch " + quoted);
    }
    return join(ways, " && ");
}

std::string words_of_failed(const Removal& removal) {
    return fmt::format("cannot remove {}{}{}", removal.problem, removal.cure.empty() ? "" : "; ", removal.cure);
}

}  // namespace crib::engine
