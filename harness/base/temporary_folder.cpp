#include "harness/base/temporary_folder.h"

#include "harness/base/error.h"

#include <cstdlib>
#include <string>
#include <system_error>

namespace crib {

std::filesystem::path temporary_folder() {
    const char* named = std::getenv("TMPDIR");
    if (named == nullptr || *named == '\0') named = "/tmp";
    const std::filesystem::path folder(named);
    std::error_code problem;
    const char* fault = nullptr;
    if (!folder.is_absolute()) {
        fault = "which is not an absolute path";
    } else if (!std::filesystem::is_directory(folder, problem)) {
        fault = "which is not a folder";
    }
    if (fault == nullptr) return folder;
    throw Error(ErrorKind::usage, "temporary files belong in " + folder.string() + ", " + fault,
                "set TMPDIR to a folder that you may write to, or make that one");
}

}  // namespace crib
