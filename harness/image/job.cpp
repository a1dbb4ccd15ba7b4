#include "harness/image/job.h"

#include "harness/base/disk_full.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <unistd.h>
#include <chrono>
#include <cstdlib>
#include <mutex>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

// mke2fs and others are in sbin, which an ordinary user's PATH may lack.
std::string path_with_sbin() {
    const char* path = std::getenv("PATH");
    return (path == nullptr ? std::string("/usr/bin:/bin") : std::string(path)) + ":/usr/sbin:/sbin";
}

std::string hint_for(const std::string& words, const fs::path& log) {
    if (tells_of_full_disk(words)) {
        return fmt::format("the disk is full: make room and try again (log: {})", log.string());
    }
    if (words.find("uidmap") != std::string::npos || words.find("subuid") != std::string::npos ||
        words.find("unshare failed") != std::string::npos) {
        return fmt::format(
            "as an ordinary user this needs package uidmap and lines for you in /etc/subuid and /etc/subgid (log: {})",
            log.string());
    }
    return fmt::format("the whole log: {}", log.string());
}

std::vector<std::string> namespace_args(bool is_root) {
    if (is_root) return {"--mount"};
    return {"--map-auto", "--map-root-user", "--mount"};
}

}  // namespace

Job::Job(process::Runner& runner, ProgressSink progress, std::string image, fs::path log, Clock& clock)
    : runner_(runner),
      progress_(std::move(progress)),
      image_(std::move(image)),
      log_(std::move(log)),
      clock_(clock),
      started_(clock.now()) {
    make_folder(log_.parent_path());
    write_file(log_, "");
}

void Job::say(Progress::Kind kind, const std::string& what) {
    if (progress_) progress_({kind, image_, what, clock_.now() - started_});
}

void Job::step(const std::string& what) {
    append_file(log_, fmt::format("== {}\n", what));
    say(Progress::Kind::step, what);
}

void Job::run(process::Command command, const std::string& what, const Context& context,
              const std::function<void(std::string_view)>& on_line) {
    append_file(log_, fmt::format("$ {}\n", to_string(command)));
    std::mutex both_streams;
    const auto keep = [&](std::string_view line) {
        const std::lock_guard lock(both_streams);
        append_file(log_, fmt::format("{}\n", line));
        if (on_line) on_line(line);
    };
    command.on_out = keep;
    command.on_err = keep;
    command.env.emplace("PATH", path_with_sbin());
    command.env["LC_ALL"] = "C.UTF-8";
    const process::Result result = runner_.run(command, context);
    context.throw_if_done(what);
    if (result.ok()) return;
    const std::string words = error_lines(result.err.empty() ? result.out : result.err, 4);
    throw Error(ErrorKind::image, fmt::format("{}: {} {}: {}", what, command.program, result.how_it_ended(), words),
                hint_for(words, log_));
}

process::Command as_owner(const fs::path& script, const std::vector<std::string>& args, bool is_root) {
    process::Command command;
    command.program = "unshare";
    command.args = namespace_args(is_root);
    command.args.insert(command.args.end(), {"--", "sh", script.string()});
    command.args.insert(command.args.end(), args.begin(), args.end());
    return command;
}

void remove_owned(process::Runner& runner, const fs::path& path, Clock& clock) noexcept {
    if (remove_all_quietly(path)) return;
    try {
        process::Command command;
        command.program = "unshare";
        command.args = namespace_args(geteuid() == 0);
        command.args.insert(command.args.end(), {"--", "rm", "-rf", "--one-file-system", "--", path.string()});
        runner.run(command, Context::with_clock(clock).with_timeout(std::chrono::minutes(2)));
    } catch (const std::exception&) {
        // What stays is a .partial, which the next making tries to remove again.
    }
}

}  // namespace crib::image
