#pragma once
// The words of crib cache, and where their values go.

#include "harness/cli/command_line.h"

#include <CLI/CLI.hpp>

namespace crib::cli {

class CacheWords {
public:
    // `line` gets the command that is given. This object and `line` outlive the parsing.
    void declare(CLI::App& app, CommandLine& line);

private:
    CacheListCommand list_;
    CacheRemoveCommand remove_;
    CacheCollectCommand collect_;
    CacheVerifyCommand verify_;
    CacheExplainCommand why_;
};

}  // namespace crib::cli
