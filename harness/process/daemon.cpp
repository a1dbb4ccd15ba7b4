// Finding programs, and starting those that outlive crib.
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"
#include "harness/process/boost_runner.h"
#include "harness/process/launch.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <array>
#include <csignal>
#include <cstring>

namespace crib::process {

namespace fs = std::filesystem;

namespace {

std::string search_path(const Command& command) {
    const auto changed = command.env.find("PATH");
    if (changed != command.env.end() && changed->second) return *changed->second;
    const char* own = std::getenv("PATH");
    return own != nullptr ? own : "/usr/local/bin:/usr/bin:/bin";
}

bool is_executable(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

[[noreturn]] void fail(const Command& command, const std::string& reason, std::string hint) {
    throw Error(ErrorKind::process, fmt::format("cannot start {}: {}", command.program, reason), std::move(hint));
}

// What the grandchild says to crib before it becomes the program.
struct Report {
    pid_t pid = 0;
    int error = 0;
};

struct DaemonPlan {
    const char* program;
    char* const* argv;
    char* const* env;
    const char* cwd;  // empty: stay
    int null_fd;
    int log_fd;
    int report_fd;
};

// In the grandchild; only calls that are safe after a fork of a process with threads.
[[noreturn]] void become_daemon(const DaemonPlan& plan) {
    Report report{::getpid(), 0};
    reset_signals();
    // The report goes out twice: the pid now, an error (if any) later; exec closes the pipe.
    bool ready = ::dup2(plan.null_fd, 0) >= 0 && ::dup2(plan.log_fd, 1) >= 0 && ::dup2(plan.log_fd, 2) >= 0;
    ready = ready && (plan.cwd[0] == '\0' || ::chdir(plan.cwd) == 0);
    // The report's descriptor becomes 3, everything above is closed: no descriptor of crib leaks.
    if (ready && plan.report_fd != 3) ready = ::dup3(plan.report_fd, 3, O_CLOEXEC) >= 0;
    const int report_fd = ready ? 3 : plan.report_fd;
    if (ready && ::close_range(4, ~0U, 0) == 0) {
        if (::write(report_fd, &report, sizeof report) != static_cast<ssize_t>(sizeof report)) ::_exit(127);
        ::execve(plan.program, plan.argv, plan.env);
    }
    report.error = errno;
    [[maybe_unused]] const auto written = ::write(report_fd, &report, sizeof report);
    ::_exit(127);
}

[[noreturn]] void detach(const DaemonPlan& plan) {
    ::setsid();
    const pid_t grandchild = ::fork();
    if (grandchild == 0) become_daemon(plan);
    ::_exit(grandchild < 0 ? 127 : 0);
}

bool read_report(int fd, Report& report) {
    ssize_t got = 0;
    do {
        got = ::read(fd, &report, sizeof report);
    } while (got < 0 && errno == EINTR);
    return got == static_cast<ssize_t>(sizeof report);
}

}  // namespace

fs::path find_program(const Command& command) {
    if (command.program.find('/') != std::string::npos) {
        if (is_executable(command.program)) return command.program;
        fail(command, fs::exists(command.program) ? "the file is not executable" : "there is no such file",
             "check the path " + command.program);
    }
    for (const auto& folder : split(search_path(command), ':')) {
        const fs::path candidate = fs::path(folder.empty() ? "." : folder) / command.program;
        if (is_executable(candidate)) return candidate;
    }
    fail(command, "there is no such program in PATH",
         fmt::format("install {} (crib doctor lists what is missing)", command.program));
}

std::vector<std::string> environment_of(const Command& command) {
    std::vector<std::string> result;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::string name(text.substr(0, text.find('=')));
        const bool is_passed_on = !command.inherits || command.inherits->contains(name);
        if (is_passed_on && !command.env.contains(name)) result.emplace_back(text);
    }
    for (const auto& [name, value] : command.env) {
        if (value) result.push_back(name + "=" + *value);
    }
    return result;
}

std::vector<char*> pointers_of(std::vector<std::string>& words) {
    std::vector<char*> result;
    for (auto& word : words) result.push_back(word.data());
    result.push_back(nullptr);
    return result;
}

void reset_signals() noexcept {
    sigset_t none;
    sigemptyset(&none);
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &plain, nullptr);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

int BoostRunner::start_daemon(const Command& command, const fs::path& log) {
    const std::string program = fs::absolute(find_program(command)).string();
    std::vector<std::string> words{command.program};
    words.insert(words.end(), command.args.begin(), command.args.end());
    std::vector<std::string> variables = environment_of(command);
    const std::vector<char*> argv = pointers_of(words);
    const std::vector<char*> env = pointers_of(variables);

    const UniqueFd null_fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const UniqueFd log_fd(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!log_fd.valid())
        fail(command, fmt::format("cannot write {}: {}", log.string(), std::strerror(errno)), hint_for(errno));
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(command, std::strerror(errno), hint_for(errno));
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);

    const DaemonPlan plan{program.c_str(), argv.data(),  env.data(),  command.cwd.c_str(),
                          null_fd.get(),   log_fd.get(), writer.get()};
    const pid_t child = ::fork();
    if (child < 0) fail(command, std::strerror(errno), hint_for(errno));
    if (child == 0) detach(plan);
    writer.reset();
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    Report started;
    Report failed;
    if (!read_report(reader.get(), started)) fail(command, "its process could not be made", {});
    // A second report comes only from an exec that failed; the pipe ends when it worked.
    if (started.error == 0 && read_report(reader.get(), failed)) started = failed;
    if (started.error != 0) fail(command, std::strerror(started.error), hint_for(started.error));
    return started.pid;
}

}  // namespace crib::process
