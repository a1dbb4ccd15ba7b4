#pragma once
// Runs the programs of a build. All that they say goes to one log file, whose path is in the Error when one fails.

#include "harness/base/context.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace crib::component {

class BuildLog {
public:
    BuildLog(process::Runner& runner, std::filesystem::path file) : runner_(runner), file_(std::move(file)) {}

    // Both streams of a program that must succeed; it gets the environment of builds. Error(component) with `what`, the
    // last lines and the log's path.
    std::string run(process::Command command, const std::string& what, const Context& context,
                    const std::function<void(std::string_view line)>& on_line = {});

    // One line of crib's own.
    void note(std::string_view line);

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    [[nodiscard]] process::Runner& runner() { return runner_; }

private:
    process::Runner& runner_;
    std::filesystem::path file_;
};

}  // namespace crib::component
