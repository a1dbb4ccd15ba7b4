#include "harness/cli/output.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace crib::cli {
namespace {

// 0, or the error number.
int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {  // another program that shares the terminal made it so
            pollfd one{descriptor, POLLOUT, 0};
            (void)::poll(&one, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

// Some file systems tell only at the end that there is no room.
int error_at_closing(int descriptor) {
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    return copy < 0 || ::close(copy) == 0 ? 0 : errno;
}

}  // namespace

void Output::print_script(const std::string& script) {
    const auto lines = split_lines(script);
    const auto bad =
        std::find_if(lines.begin(), lines.end(), [](const auto& line) { return printable_lines(line) != line; });
    if (bad == lines.end()) {
        print_exact(script);
        return;
    }
    throw Error(ErrorKind::usage,
                fmt::format("line {} of the script has characters that a terminal must not get: {}",
                            bad - lines.begin() + 1, printable(*bad)),
                "crib plan FILE --json has the scripts with these escaped");
}

void Output::print_exact(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (lost_ == 0) lost_ = write_all(out_, text);
}

void Output::say_exact(std::string_view text) {
    const std::lock_guard lock(mutex_);
    (void)write_all(err_, text);
}

bool Output::is_taken() {
    const std::lock_guard lock(mutex_);
    return lost_ == 0;
}

int Output::exit_code_after(int code) {
    if (lost_ == 0) lost_ = error_at_closing(out_);
    if (lost_ == 0 || lost_ == EPIPE) return code;
    say("crib: cannot write to standard output: {}\n", std::strerror(lost_));
    return code == 0 || code == 1 ? 3 : code;
}

void prepare_standard_streams() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest number that is free is this one.
        (void)::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace crib::cli
