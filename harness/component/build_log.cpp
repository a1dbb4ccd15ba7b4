#include "harness/component/build_log.h"

#include "harness/base/disk_full.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/component/build_environment.h"

#include <fmt/format.h>
#include <fstream>
#include <mutex>

namespace crib::component {
namespace {

constexpr std::size_t shown_lines = 5;

}  // namespace

void BuildLog::note(std::string_view line) {
    append_file(file_, fmt::format("{}\n", line));
}

std::string BuildLog::run(process::Command command, const std::string& what, const Context& context,
                          const std::function<void(std::string_view line)>& on_line) {
    use_build_environment(command);
    note(fmt::format("\n# {}\n$ {}", what, process::to_string(command)));
    std::ofstream log(file_, std::ios::app);
    std::mutex writing;  // the two streams may be read by two threads
    const auto keep = [&](std::string_view line) {
        const std::scoped_lock lock(writing);
        log << line << '\n' << std::flush;
        if (on_line) on_line(line);
    };
    command.on_out = keep;
    command.on_err = keep;
    const process::Result result = runner_.run(command, context);
    context.throw_if_done(what);
    if (!result.ok()) {
        const std::string& words = result.err.empty() ? result.out : result.err;
        const std::string said = last_lines(words, shown_lines);
        const char* cure = tells_of_full_disk(words) ? "the disk is full: make room and try again; " : "";
        throw Error(ErrorKind::component,
                    fmt::format("{}: {} {}: {}", what, command.program, result.how_it_ended(), said),
                    fmt::format("{}full log: {}", cure, file_.string()));
    }
    return result.out + result.err;
}

}  // namespace crib::component
