#include "harness/process/foreground.h"

#include "harness/base/error.h"
#include "harness/base/system_error.h"
#include "harness/process/launch.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace crib::process {
namespace {

// As system(3) has it: what is typed at the terminal goes to the whole process group, and is meant for the program.
class Deaf {
public:
    Deaf() {
        for (std::size_t i = 0; i < kSignals.size(); ++i) before_[i] = std::signal(kSignals[i], SIG_IGN);
    }
    ~Deaf() {
        for (std::size_t i = 0; i < kSignals.size(); ++i) (void)std::signal(kSignals[i], before_[i]);
    }
    Deaf(const Deaf&) = delete;
    Deaf& operator=(const Deaf&) = delete;

private:
    static constexpr std::array<int, 2> kSignals{SIGINT, SIGQUIT};
    std::array<void (*)(int), kSignals.size()> before_{};
};

}  // namespace

std::variant<Exited, Signaled> run_in_foreground(std::vector<std::string> words) {
    Command command;
    command.program = words.front();
    const auto program = find_program(command);
    const auto argv = pointers_of(words);
    const Deaf deaf;
    const auto parent = ::getpid();
    const auto child = ::fork();
    if (child == 0) {
        reset_signals();
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent) ::_exit(127);  // crib was killed before that was said
        ::execv(program.c_str(), argv.data());
        ::_exit(127);
    }
    if (child < 0) {
        const auto number = errno;
        throw Error(ErrorKind::process, fmt::format("cannot start {}: {}", words.front(), std::strerror(number)),
                    hint_for(number));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno == EINTR) continue;
        throw Error(ErrorKind::internal, words.front() + " ended, but something else has taken its exit status");
    }
    if (WIFSIGNALED(status)) return Signaled{WTERMSIG(status)};
    return Exited{WEXITSTATUS(status)};
}

}  // namespace crib::process
