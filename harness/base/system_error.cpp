#include "harness/base/system_error.h"

#include <fmt/format.h>

#include <new>
#include <system_error>

namespace crib {
namespace fs = std::filesystem;
namespace {

// What the system refused where nothing better is known than its own words.
Error refusal(const std::system_error& problem) {
    const auto code = problem.code();
    const auto* of_file = dynamic_cast<const fs::filesystem_error*>(&problem);
    if (code == std::errc::too_many_files_open || code == std::errc::too_many_files_open_in_system) {
        return {ErrorKind::environment, "too many files are open", "raise the limit: ulimit -n 1024"};
    }
    if (of_file == nullptr) return {ErrorKind::environment, problem.what()};
    if (of_file->path1().empty() && code == std::errc::no_such_file_or_directory) {
        return {ErrorKind::usage, "the current folder is not there any more", "go to another one: cd"};
    }
    const char* hint =
        code == std::errc::no_space_on_device ? "free some disk space, or move the state with --state DIR" : "";
    return {ErrorKind::environment, fmt::format("cannot use {}: {}", of_file->path1().string(), code.message()), hint};
}

}  // namespace

Error error_of(const std::exception& exception) {
    if (const auto* error = dynamic_cast<const Error*>(&exception)) return *error;
    if (const auto* error = dynamic_cast<const std::system_error*>(&exception)) return refusal(*error);
    if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) {
        return {ErrorKind::environment, "out of memory", "end other programs, or raise the limit (ulimit -v)"};
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
