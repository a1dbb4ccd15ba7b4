#include "harness/base/system_error.h"

#include <fmt/format.h>

#include <new>
#include <system_error>

namespace crib {
namespace fs = std::filesystem;
namespace {

// "cannot make absolute path: No such file or directory [/tmp/x]": libstdc++'s own words for it come first.
std::string words_of(const fs::filesystem_error& error) {
    std::string paths = error.path1().string();
    if (!error.path2().empty()) paths += " and " + error.path2().string();
    if (paths.empty()) return error.what();
    return fmt::format("{}: {}", paths, error.code().message());
}

std::string hint_for(const std::error_code& code) {
    if (code == std::errc::too_many_files_open) return "allow more open files: ulimit -n 1024";
    if (code == std::errc::no_space_on_device) return "free some disk space, or move the state with --state DIR";
    if (code == std::errc::permission_denied) return "check who owns it";
    if (code == std::errc::resource_unavailable_try_again) return "allow more processes: ulimit -u";
    return {};
}

}  // namespace

Error error_of(const std::exception& exception) {
    if (const auto* error = dynamic_cast<const Error*>(&exception)) return *error;
    if (const auto* error = dynamic_cast<const fs::filesystem_error*>(&exception)) {
        return {ErrorKind::environment, words_of(*error), hint_for(error->code())};
    }
    if (const auto* error = dynamic_cast<const std::system_error*>(&exception)) {
        return {ErrorKind::environment, error->what(), hint_for(error->code())};
    }
    if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) {
        return {ErrorKind::environment, "there is too little memory",
                "end other programs, or raise the limit (ulimit -v)"};
    }
    return {ErrorKind::internal, fmt::format("a bug in crib: {}", exception.what())};
}

fs::path absolute_path(const fs::path& path) {
    if (path.is_absolute()) return path;
    if (path.empty()) throw Error(ErrorKind::usage, "a path is empty");
    std::error_code problem;
    auto absolute = fs::absolute(path, problem);
    if (!problem) return absolute;
    throw Error(ErrorKind::usage,
                fmt::format("{}: the current folder, from which it is meant, cannot be used: {}", path.string(),
                            problem.message()),
                "change to a folder that is there, or give an absolute path");
}

}  // namespace crib
