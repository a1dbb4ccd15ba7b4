#include "harness/cli/exit_code.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <cerrno>
#include <filesystem>
#include <new>
#include <system_error>

namespace crib::cli {

using events::Outcome;

namespace {

int exit_code_of(ErrorKind kind) {
    if (kind == ErrorKind::usage) return 2;
    if (kind == ErrorKind::cancelled) return 130;
    return 3;
}

// What the system refused where nothing better is known than its own words.
Failure refusal(const std::system_error& problem) {
    const auto error = problem.code();
    const auto* of_file = dynamic_cast<const std::filesystem::filesystem_error*>(&problem);
    if (error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system) {
        return {3, "too many files are open", "raise the limit: ulimit -n 1024"};
    }
    if (of_file == nullptr) return {3, problem.what(), {}};
    if (of_file->path1().empty() && error == std::errc::no_such_file_or_directory) {
        return {2, "the current folder is not there any more", "go to another one: cd"};
    }
    return {3, "cannot use " + of_file->path1().string() + ": " + error.message(), {}};
}

}  // namespace

int exit_code_of(const events::RunFinished& finished) {
    switch (finished.outcome) {
        case Outcome::passed:
        case Outcome::skipped:
            return 0;
        case Outcome::failed:
            return 1;
        case Outcome::error:
            return finished.refused ? 2 : 3;
        case Outcome::interrupted:
            return 130;
    }
    return 3;
}

Failure failure_of(const std::exception& problem) {
    if (const auto* error = dynamic_cast<const Error*>(&problem)) {
        return {exit_code_of(error->kind()), error->what(), error->hint()};
    }
    if (dynamic_cast<const std::bad_alloc*>(&problem) != nullptr) {
        return {3, "out of memory", "end other programs, or raise the limit (ulimit -v)"};
    }
    if (const auto* error = dynamic_cast<const std::system_error*>(&problem)) return refusal(*error);
    return {3, std::string("a bug in crib: ") + problem.what(), {}};
}

std::string to_text(const Failure& failure) {
    std::string text = "crib:";
    const char* indent = " ";
    for (const auto& part : {failure.text, failure.hint}) {
        for (const auto& line : split_lines(part)) {
            text += indent + line + "\n";
            indent = "  ";
        }
    }
    return text;
}

}  // namespace crib::cli
