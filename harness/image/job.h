#pragma once
// Job: one making of an image. It runs the programs, keeps their words in a log and says how far it is.

#include "harness/base/context.h"
#include "harness/image/progress.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::image {

class Job {
public:
    Job(process::Runner& runner, ProgressSink progress, std::string image, std::filesystem::path log, Clock& clock);

    void step(const std::string& what);
    void detail(const std::string& what) { say(Progress::Kind::detail, what); }
    void finished() { say(Progress::Kind::finished, "ready"); }

    // A program that must succeed; what it says goes to the log, and its lines to `on_line`. Error(image) with `what`,
    // the last lines and the log's path; a full disk is named as such.
    void run(process::Command command, const std::string& what, const Context& context,
             const std::function<void(std::string_view line)>& on_line = {});

    [[nodiscard]] process::Runner& runner() { return runner_; }
    [[nodiscard]] const std::filesystem::path& log() const { return log_; }

private:
    void say(Progress::Kind kind, const std::string& what);

    process::Runner& runner_;
    ProgressSink progress_;
    std::string image_;
    std::filesystem::path log_;
    Clock& clock_;
    TimePoint started_;
};

// `script` with `args` by sh as root of the files it makes: directly when crib is root, else in a user namespace with
// the user's subordinate ids; in both cases in a mount namespace of its own.
[[nodiscard]] process::Command as_owner(const std::filesystem::path& script, const std::vector<std::string>& args,
                                        bool is_root);

// A folder that an as_owner script may have left half-made: removed, also when parts of it belong to subordinate ids.
void remove_owned(process::Runner& runner, const std::filesystem::path& path, Clock& clock) noexcept;

}  // namespace crib::image
