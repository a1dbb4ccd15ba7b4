#include "harness/cli/exit_code.h"

#include "harness/base/error.h"
#include "harness/base/short_words.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"

namespace crib::cli {

using events::Outcome;

namespace {

int exit_code_of(ErrorKind kind) {
    if (kind == ErrorKind::usage) return 2;
    if (kind == ErrorKind::cancelled) return 130;
    return 3;
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
    const auto error = error_of(problem);
    return {exit_code_of(error.kind()), error.what(), error.hint()};
}

std::string to_text(const Failure& failure) {
    std::string text = "crib:";
    const char* indent = " ";
    for (const auto& part : {failure.text, failure.hint}) {
        for (const auto& line : split_lines(with_short_words(part))) {
            text += indent + line + "\n";
            indent = "  ";
        }
    }
    return text;
}

}  // namespace crib::cli
