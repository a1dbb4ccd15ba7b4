#include "harness/process/foreground.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/system_error.h"
#include "harness/process/launch.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace crib::process {
namespace {

// As system(3) has it: what is typed at the terminal goes to the whole process group, and is meant for the program.
// SIGCHLD is at its default, for whoever has it ignored gets no exit status; crib may have been started so.
class SignalsMeanwhile {
public:
    SignalsMeanwhile() {
        for (std::size_t i = 0; i < kOfTerminal.size(); ++i) before_[i] = std::signal(kOfTerminal[i], SIG_IGN);
        child_ = std::signal(SIGCHLD, SIG_DFL);
    }
    ~SignalsMeanwhile() {
        for (std::size_t i = 0; i < kOfTerminal.size(); ++i) (void)std::signal(kOfTerminal[i], before_[i]);
        (void)std::signal(SIGCHLD, child_);
    }
    SignalsMeanwhile(const SignalsMeanwhile&) = delete;
    SignalsMeanwhile& operator=(const SignalsMeanwhile&) = delete;

    // In the child: at their defaults, but for those that the user had crib ignore (nohup, a job in the background).
    void give_to_program() const noexcept {
        reset_signals();
        for (std::size_t i = 0; i < kOfTerminal.size(); ++i) {
            if (before_[i] == SIG_IGN) (void)std::signal(kOfTerminal[i], SIG_IGN);
        }
        if (ignores_hangup_) (void)std::signal(SIGHUP, SIG_IGN);
    }

private:
    static bool is_ignored(int number) {
        struct sigaction now {};
        return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
    }

    static constexpr std::array<int, 2> kOfTerminal{SIGINT, SIGQUIT};
    std::array<void (*)(int), kOfTerminal.size()> before_{};
    void (*child_)(int) = nullptr;
    bool ignores_hangup_ = is_ignored(SIGHUP);
};

// Where a child says why it could not become the program; exec closes it.
struct Report {
    UniqueFd reader;
    UniqueFd writer;
};

[[noreturn]] void cannot_start(const std::string& program, int error_number) {
    throw Error(ErrorKind::process, fmt::format("cannot start {}: {}", program, std::strerror(error_number)),
                hint_for(error_number));
}

Report open_report(const std::string& program) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) cannot_start(program, errno);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Until the child is the program, or is no more. 0: it is the program.
int reported_error(Report report) {
    report.writer.reset();
    int error_number = 0;
    while (::read(report.reader.get(), &error_number, sizeof error_number) < 0 && errno == EINTR) {
    }
    return error_number;
}

[[noreturn]] void become(const char* program, char* const* argv, int report) {
    ::execv(program, argv);
    const int error_number = errno;
    [[maybe_unused]] const auto written = ::write(report, &error_number, sizeof error_number);
    ::_exit(127);
}

int status_of(pid_t child, const std::string& program) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno == EINTR) continue;
        throw Error(ErrorKind::internal, program + " ended, but something else has taken its exit status");
    }
    return status;
}

}  // namespace

std::variant<Exited, Signaled> run_in_foreground(std::vector<std::string> words) {
    Command command;
    command.program = words.front();
    const auto program = find_program(command);
    const auto argv = pointers_of(words);
    auto report = open_report(words.front());
    const SignalsMeanwhile signals;
    const auto parent = ::getpid();
    const auto child = ::fork();
    if (child == 0) {
        signals.give_to_program();
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent) ::_exit(127);  // crib was killed before that was said
        become(program.c_str(), argv.data(), report.writer.get());
    }
    if (child < 0) cannot_start(words.front(), errno);
    const auto error_number = reported_error(std::move(report));
    const auto status = status_of(child, words.front());
    if (error_number != 0) cannot_start(words.front(), error_number);
    if (WIFSIGNALED(status)) return Signaled{WTERMSIG(status)};
    return Exited{WEXITSTATUS(status)};
}

}  // namespace crib::process
