// crib-switch FOLDER: the network of one cluster, as FOLDER/switch-config.json says. Runs until it is asked to stop.

#include "harness/base/clock.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/lock.h"
#include "harness/network/config.h"
#include "harness/network/run_files.h"
#include "harness/network/switch_log.h"
#include "harness/network/switch_server.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace {

using namespace crib;
using namespace crib::network;

// SIGTERM and SIGINT as a descriptor; blocked before any thread starts, so that no thread gets them.
UniqueFd take_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

void remove_sockets() {
    std::error_code ignored;
    std::filesystem::remove(run_files::control, ignored);
    std::filesystem::remove(run_files::http, ignored);
}

void write_state(const SwitchState& state) {
    write_file(run_files::state, to_json(state), 0644);
}

int run_switch(const std::filesystem::path& folder) {
    const auto signals = take_signals();
    std::filesystem::current_path(folder);
    ::umask(0077);
    auto owner = FileLock::try_take(run_files::owner);
    if (!owner) throw Error(ErrorKind::network, "another switch already serves " + folder.string());
    remove_sockets();  // of one that was killed
    SystemClock clock;
    SwitchServer server(parse_switch_config(read_file(run_files::config, 1U << 20U)), clock);
    write_state(server.state());

    struct stat mine {};
    ::stat(run_files::owner.c_str(), &mine);
    server.run(signals.get(), [&mine] {
        struct stat now {};
        return ::stat(run_files::owner.c_str(), &now) != 0 || now.st_ino != mine.st_ino;
    });
    log_line(fmt::format("ended: {}", to_json(server.stats())));
    remove_sockets();
    auto state = server.state();
    state.ended = true;
    if (std::filesystem::exists(run_files::owner)) write_state(state);
    std::error_code ignored;
    std::filesystem::remove(run_files::owner, ignored);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    // Few arenas: the web server's threads would otherwise each keep memory of their own.
    ::mallopt(M_ARENA_MAX, 2);
    if (argc != 2) {
        network::log_line("usage: crib-switch FOLDER");
        return 2;
    }
    try {
        return run_switch(argv[1]);
    } catch (const std::exception& error) {
        log_line(fmt::format("crib-switch: {}", error.what()));
        remove_sockets();
        return 3;
    }
}
