// The only file that includes Boost. Version 1 of Boost.Process is not safe with threads; this is version 2.
#include "harness/process/boost_runner.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/system_error.h"
#include "harness/process/launch.h"
#include "harness/process/lines.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>
#include <boost/system/system_error.hpp>
#pragma GCC diagnostic pop

#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <array>
#include <csignal>
#include <cstring>
#include <exception>

namespace crib::process {

namespace {

namespace asio = boost::asio;
namespace v2 = boost::process::v2;
using boost::system::error_code;

constexpr auto drain_time = std::chrono::seconds(1);  // for streams that a daemon of the program keeps open

int number_of(const error_code& failure) {
    return failure.default_error_condition().value();
}

// What the child does between fork and exec.
struct ChildSetup {
    std::string cwd;
    bool ends_with_crib = false;

    error_code on_exec_setup(v2::posix::default_launcher&, const v2::filesystem::path&, const char* const*) const {
        ::setpgid(0, 0);
        reset_signals();
        // Of the thread that forked, which waits for the program until its end.
        if (ends_with_crib) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        // Boost's own closing of descriptors (1.81) leaves gaps in the list open.
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        if (!cwd.empty() && ::chdir(cwd.c_str()) != 0) return {errno, boost::system::system_category()};
        return {};
    }

    // Boost would call exit(), which runs crib's own exit handlers in the child.
    template <typename... Args>
    void on_exec_error(Args&&...) const {
        ::_exit(127);
    }
};

// Standard input as an anonymous file: no writer that could block, no SIGPIPE.
UniqueFd input_file(const std::string& input) {
    if (input.empty()) return {};
    UniqueFd fd(::memfd_create("crib-stdin", MFD_CLOEXEC));
    std::size_t done = 0;
    while (fd.valid() && done < input.size()) {
        const ssize_t wrote = ::write(fd.get(), input.data() + done, input.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) break;
        done += static_cast<std::size_t>(wrote);
    }
    if (done < input.size() || ::lseek(fd.get(), 0, SEEK_SET) != 0) {
        throw Error(ErrorKind::process, fmt::format("cannot hold a program's input: {}", std::strerror(errno)));
    }
    return fd;
}

class Running {
public:
    Running(const Command& command, const Context& context)
        : command_(command),
          context_(context),
          out_{asio::readable_pipe(io_), LineSink(command.on_out, command.keep_bytes)},
          err_{asio::readable_pipe(io_), LineSink(command.on_err, command.keep_bytes)} {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { end_group_now(); }

    Result run();

private:
    struct Stream {
        asio::readable_pipe pipe;
        LineSink sink;
        std::array<char, 65536> buffer{};
        bool open = true;
    };
    enum class Why { ended, timed_out, cancelled };

    void start();
    void watch();
    void read(Stream& stream);
    void stop(Why why);
    void stop_again();
    void on_exit(int status);
    void finish_streams();
    void end_group_now() noexcept;

    const Command& command_;
    const Context& context_;
    asio::io_context io_{1};
    asio::steady_timer deadline_{io_};
    asio::steady_timer kill_{io_};
    asio::steady_timer drain_{io_};
    Stream out_;
    Stream err_;
    std::optional<v2::process> process_;
    pid_t group_ = 0;
    bool exited_ = false;
    int status_ = 0;
    Why why_ = Why::ended;
};

void Running::start() {
    const auto program = find_program(command_);
    std::error_code ignored;
    if (!command_.cwd.empty() && !std::filesystem::is_directory(command_.cwd, ignored)) {
        throw Error(ErrorKind::process,
                    fmt::format("cannot start {}: there is no folder {}", command_.program, command_.cwd.string()));
    }
    const UniqueFd input = input_file(command_.input);
    v2::process_stdio streams{nullptr, out_.pipe, err_.pipe};
    if (input.valid()) streams.in = input.get();
    v2::posix::default_launcher launcher;
    std::vector<std::string> variables = environment_of(command_);
    const std::vector<char*> env = pointers_of(variables);
    launcher.env = env.data();
    error_code failure;
    process_.emplace(launcher(io_.get_executor(), failure, v2::filesystem::path(program.string()), command_.args,
                              std::move(streams), ChildSetup{command_.cwd.string(), command_.ends_with_crib}));
    if (failure) {
        // Boost leaves the child that could not exec unreaped.
        if (launcher.pid > 0) ::waitpid(launcher.pid, nullptr, 0);
        process_.reset();
        const auto what = fmt::format("cannot start {}: {}", command_.program, failure.message());
        // Not the program's fault: no descriptor for its pipes, no process or memory to be had.
        const auto number = number_of(failure);
        if (is_of_the_machine(number)) throw Error(ErrorKind::environment, what, hint_for(number));
        throw Error(ErrorKind::process, what, fmt::format("check that {} runs by hand", program.string()));
    }
    group_ = process_->id();
}

void Running::watch() {
    process_->async_wait([this](const error_code& failure, int) {
        // The handler's own number does not tell exit status 9 from signal 9.
        if (!failure) on_exit(process_->native_exit_code());
    });
    read(out_);
    read(err_);
    if (context_.deadline != TimePoint::max()) {
        deadline_.expires_after(context_.remaining());
        deadline_.async_wait([this](const error_code& failure) {
            if (!failure) stop(Why::timed_out);
        });
    }
}

void Running::read(Stream& stream) {
    stream.pipe.async_read_some(asio::buffer(stream.buffer), [this, &stream](const error_code& failure, std::size_t n) {
        if (n > 0) stream.sink.add(std::string_view(stream.buffer.data(), n));
        if (!failure) return read(stream);
        stream.open = false;
        error_code ignored;
        stream.pipe.close(ignored);
        if (exited_ && !out_.open && !err_.open) drain_.cancel();
    });
}

void Running::stop(Why why) {
    if (exited_ || why_ != Why::ended) return;
    why_ = why;
    ::kill(-group_, SIGTERM);
    kill_.expires_after(command_.grace);
    kill_.async_wait([this](const error_code& failure) {
        if (!failure && !exited_) ::kill(-group_, SIGKILL);
    });
}

void Running::stop_again() {
    if (!exited_) ::kill(-group_, SIGTERM);
}

void Running::on_exit(int status) {
    exited_ = true;
    status_ = status;
    deadline_.cancel();
    kill_.cancel();
    ::kill(-group_, SIGKILL);  // what the program left behind in its group
    if (!out_.open && !err_.open) return;
    drain_.expires_after(drain_time);
    drain_.async_wait([this](const error_code& failure) {
        if (!failure) finish_streams();
    });
}

void Running::finish_streams() {
    error_code ignored;
    out_.pipe.close(ignored);
    err_.pipe.close(ignored);
}

void Running::end_group_now() noexcept {
    if (group_ == 0 || exited_) return;
    ::kill(-group_, SIGKILL);
    ::waitpid(group_, nullptr, 0);
    exited_ = true;
}

Result Running::run() {
    const auto begin = std::chrono::steady_clock::now();
    start();
    watch();
    {
        // Runs at once, in this thread, when stop was requested before.
        const std::stop_callback on_stop(context_.stop, [this] { asio::post(io_, [this] { stop(Why::cancelled); }); });
        const std::stop_callback on_again(command_.again, [this] { asio::post(io_, [this] { stop_again(); }); });
        io_.run();
    }
    if (!exited_) {
        throw Error(ErrorKind::internal, command_.program + " ended, but something else has taken its exit status");
    }
    Result result;
    if (why_ == Why::timed_out) {
        result.end = TimedOut{};
    } else if (why_ == Why::cancelled) {
        result.end = Cancelled{};
    } else if (WIFSIGNALED(status_)) {
        result.end = Signaled{WTERMSIG(status_)};
    } else {
        result.end = Exited{WEXITSTATUS(status_)};
    }
    result.out = out_.sink.finish();
    result.err = err_.sink.finish();
    result.took = std::chrono::steady_clock::now() - begin;
    return result;
}

}  // namespace

Result BoostRunner::run(const Command& command, const Context& context) {
    try {
        Running running(command, context);
        return running.run();
    } catch (const boost::system::system_error& error) {
        throw Error(ErrorKind::environment, fmt::format("cannot start {}: {}", command.program, error.what()),
                    hint_for(number_of(error.code())));
    }
}

}  // namespace crib::process
