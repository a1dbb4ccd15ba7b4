#include "harness/base/system_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <system_error>

namespace crib {
namespace fs = std::filesystem;
namespace {

struct Refusal {
    int number;
    bool of_the_machine;
    const char* hint;
};

constexpr const char* kNotYours =
    "check whose it is and what its rights are (ls -ld), or keep crib's files elsewhere: --state DIR";

// `meant`: what is meant from there; may be empty.
Error no_current_folder(const std::string& meant, const std::error_code& problem) {
    const auto begin =
        meant.empty() ? std::string("the current folder") : meant + ": the current folder, from which it is meant,";
    return {ErrorKind::usage, fmt::format("{} cannot be used: {}", begin, problem.message()),
            meant.empty() ? "change to a folder that is there"
                          : "change to a folder that is there, or give an absolute path"};
}

constexpr std::array kRefusals{
    Refusal{EMFILE, true, "raise the limit of open files: ulimit -n 1024"},
    Refusal{ENFILE, true, "end other programs: this machine has too many files open"},
    Refusal{ENOMEM, true, "end other programs, or raise the limit of memory (ulimit -v)"},
    Refusal{EAGAIN, true, "end other programs, or raise the limit of processes (ulimit -u)"},
    Refusal{ENOSPC, true,
            "free some room there (crib cache gc, crib cache rm), or keep crib's files elsewhere: --state DIR"},
    Refusal{EDQUOT, true,
            "free some of your room there (crib cache gc, crib cache rm), or keep crib's files elsewhere: "
            "--state DIR"},
    Refusal{EIO, true, "the disk may be broken: the kernel's log says more (dmesg)"},
    Refusal{ESTALE, true, "the network file system there has changed: mount it again"},
    Refusal{EROFS, false, "it is on a read-only file system: keep crib's files elsewhere: --state DIR"},
    Refusal{EACCES, false, kNotYours},
    Refusal{EPERM, false, kNotYours},
    Refusal{E2BIG, false, "give the program shorter arguments: what they say may come from a file or standard input"},
    Refusal{EFBIG, false, "raise the limit of a file's size: ulimit -f"},
    Refusal{ENAMETOOLONG, false, "keep crib's files below a shorter path: --state DIR"},
};

const Refusal* find_refusal(int error_number) {
    const auto* found = std::find_if(kRefusals.begin(), kRefusals.end(),
                                     [&](const Refusal& refusal) { return refusal.number == error_number; });
    return found == kRefusals.end() ? nullptr : found;
}

// What the system refused where nothing better is known than its own words.
Error refusal(const std::system_error& problem) {
    const auto code = problem.code();
    const auto number = code.default_error_condition().value();
    const auto* of_file = dynamic_cast<const fs::filesystem_error*>(&problem);
    if (number == EMFILE || number == ENFILE) {
        return {ErrorKind::environment, "too many files are open", hint_for(number)};
    }
    if (of_file == nullptr) return {ErrorKind::environment, problem.what(), hint_for(number)};
    if (of_file->path1().empty() && code == std::errc::no_such_file_or_directory) {
        return no_current_folder({}, code);
    }
    return {ErrorKind::environment, fmt::format("cannot use {}: {}", of_file->path1().string(), code.message()),
            hint_for(number)};
}

}  // namespace

bool is_of_the_machine(int error_number) {
    const auto* refusal = find_refusal(error_number);
    return refusal != nullptr && refusal->of_the_machine;
}

std::string hint_for(int error_number) {
    const auto* refusal = find_refusal(error_number);
    return refusal == nullptr ? "" : refusal->hint;
}

Error error_of(const std::exception& exception) {
    if (const auto* error = dynamic_cast<const Error*>(&exception)) return *error;
    if (const auto* error = dynamic_cast<const std::system_error*>(&exception)) return refusal(*error);
    if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) {
        return {ErrorKind::environment, "out of memory", hint_for(ENOMEM)};
    }
    return {ErrorKind::internal, fmt::format("a bug in crib: {}", exception.what())};
}

fs::path absolute_path(const fs::path& path) {
    if (path.is_absolute()) return path;
    if (path.empty()) throw Error(ErrorKind::usage, "a path is empty");
    std::error_code problem;
    auto absolute = fs::absolute(path, problem);
    if (!problem) return absolute;
    throw no_current_folder(path.string(), problem);
}

void require_current_folder() {
    std::error_code problem;
    (void)fs::current_path(problem);
    if (problem) throw no_current_folder({}, problem);
}

}  // namespace crib
