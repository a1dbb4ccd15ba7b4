#include "harness/network/switch.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/lock.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/network/control.h"
#include "harness/network/run_files.h"
#include "harness/network/state_file.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <csignal>
#include <thread>

namespace crib::network {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr auto start_limit = std::chrono::seconds{20};
constexpr auto answer_limit = std::chrono::seconds{1};
constexpr auto polite_limit = std::chrono::seconds{2};
constexpr auto killed_limit = std::chrono::seconds{3};
constexpr auto step = std::chrono::milliseconds{10};
constexpr std::size_t shown_log = 2000;  // bytes

std::optional<SwitchState> read_state(const fs::path& folder) {
    std::error_code ignored;
    if (!fs::exists(folder / run_files::state, ignored)) return std::nullopt;
    return parse_switch_state(read_file(folder / run_files::state, 1U << 20U));
}

bool is_served(const fs::path& folder) {
    return FileLock::held(folder / run_files::owner);
}

// Also false for a zombie whose parent has not looked yet.
bool process_lives(int pid) {
    const auto status = read_tail(fmt::format("/proc/{}/stat", pid), 4096);
    const auto name_end = status.rfind(") ");
    return name_end != std::string::npos && status[name_end + 2] != 'Z';
}

// Who holds the folder's lock, as the holder wrote it there; 0 when that is not readable.
int owner_of(const fs::path& folder) {
    const auto text = read_tail(folder / run_files::owner, 32);
    int pid = 0;
    std::from_chars(text.data(), text.data() + text.size(), pid);
    return pid;
}

Observation look(const fs::path& folder, int pid) {
    const auto state = read_state(folder);
    if (state && state->pid == pid) return Observation::ready();
    if (!process_lives(pid)) return Observation::hopeless("the program has ended");
    return Observation::not_yet("its state file is not there yet");
}

json request(const fs::path& folder, const json& what, const Context& context) {
    const auto answer = json::parse(control_request(folder, what.dump(), context), nullptr, false);
    if (answer.is_object() && answer.value("ok", false)) return answer;
    throw Error(ErrorKind::network, "the switch refused: " + (answer.is_object() ? answer.value("error", "") : ""));
}

template <typename Condition>
bool within(Duration limit, Condition&& condition) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(step);
    }
    return true;
}

void end_politely(const fs::path& folder) noexcept {
    try {
        SystemClock clock;
        request(folder, {{"do", "stop"}}, Context::with_clock(clock).with_timeout(answer_limit));
    } catch (const std::exception&) {
        // It does not answer; the signal that follows does not need it to.
        if (const int pid = owner_of(folder); pid > 1 && is_served(folder)) ::kill(pid, SIGTERM);
    }
}

bool end_and_clean(const fs::path& folder) {
    const auto gone = [&folder] { return !is_served(folder); };
    if (!gone()) {
        const int pid = owner_of(folder);
        end_politely(folder);
        if (!within(polite_limit, gone) && pid > 1) {
            ::kill(pid, SIGKILL);  // the lock is held, so the number is still its holder's
            within(killed_limit, gone);
        }
        if (pid > 1) ::waitpid(pid, nullptr, WNOHANG);  // when it is this process's own child
    }
    if (!gone()) return false;
    std::error_code ignored;
    for (const auto& name : {run_files::control, run_files::http, run_files::owner}) fs::remove(folder / name, ignored);
    return true;
}

std::uint16_t look_up(const std::map<std::string, std::uint16_t>& ports, const std::string& name, const char* what) {
    const auto found = ports.find(name);
    if (found != ports.end()) return found->second;
    throw Error(ErrorKind::internal, fmt::format("the switch has no {} {}", what, name));
}

}  // namespace

struct Switch::State {
    fs::path folder;
    SwitchState known;
};

Switch::Switch(std::unique_ptr<State> state) : state_(std::move(state)) {}
Switch::~Switch() = default;
Switch::Switch(Switch&&) noexcept = default;
Switch& Switch::operator=(Switch&&) noexcept = default;

Switch Switch::start(process::Runner& runner, const fs::path& program, const SwitchConfig& config,
                     const fs::path& run_folder, const Context& context) {
    validate(config);
    const auto folder = fs::absolute(run_folder);
    make_folder(folder);
    if (is_served(folder)) {
        throw Error(ErrorKind::network, fmt::format("a switch already serves {}", folder.string()),
                    "end that run first: crib down");
    }
    fs::remove(folder / run_files::state);
    auto absolute = config;
    for (auto& [path, served] : absolute.http) served = fs::absolute(served);
    if (absolute.capture) absolute.capture = fs::absolute(*absolute.capture);
    write_file(folder / run_files::config, to_json(absolute));
    process::Command command;
    command.program = program.string();
    command.args = {folder.string()};
    const int pid = runner.start_daemon(command, folder / run_files::log);
    const auto result = wait_for(context.with_timeout(start_limit), step, [&] { return look(folder, pid); });
    if (result.end == WaitResult::End::ready) return attach(folder);
    if (process_lives(pid)) ::kill(pid, SIGKILL);
    clean_up(folder);
    const auto log = last_lines(read_tail(folder / run_files::log, shown_log), 5);
    const bool cancelled = result.end == WaitResult::End::cancelled;
    throw Error(cancelled ? ErrorKind::cancelled : ErrorKind::network,
                fmt::format("the virtual switch did not start: {}; its log ends: {}", result.last_seen, trim(log)),
                fmt::format("see {}", (folder / run_files::log).string()));
}

Switch Switch::attach(const fs::path& run_folder) {
    const auto folder = fs::absolute(run_folder);
    const auto state = read_state(folder);
    if (!state || !is_served(folder)) {
        throw Error(ErrorKind::network, fmt::format("no switch serves {}", folder.string()),
                    "the run has ended, or its switch was killed; crib gc removes what is left of it");
    }
    return Switch(std::make_unique<State>(State{folder, *state}));
}

bool Switch::clean_up(const fs::path& run_folder) noexcept {
    try {
        return end_and_clean(run_folder);
    } catch (const std::exception&) {
        return false;
    }
}

std::uint16_t Switch::port_of(const std::string& node) const {
    return look_up(state_->known.ports, node, "port for");
}

std::uint16_t Switch::forward(const std::string& label) const {
    return look_up(state_->known.forwards, label, "forward");
}

SwitchStats Switch::stats(const Context& context) const {
    return parse_switch_stats(request(state_->folder, {{"do", "stats"}}, context).at("stats").dump());
}

void Switch::start_capture(const fs::path& file, const Context& context) {
    request(state_->folder, {{"do", "capture"}, {"file", fs::absolute(file).string()}}, context);
}

void Switch::stop_capture(const Context& context) {
    request(state_->folder, {{"do", "capture"}, {"file", nullptr}}, context);
}

void Switch::stop() noexcept {
    clean_up(state_->folder);
}

bool Switch::alive() const {
    return is_served(state_->folder);
}

int Switch::pid() const {
    return state_->known.pid;
}

}  // namespace crib::network
