#include "tests/vm/cluster/program.h"

#include "harness/base/clock.h"
#include "harness/base/text.h"
#include "harness/process/boost_runner.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <regex>

namespace crib::vm {
namespace fs = std::filesystem;

// A short path: QEMU's sockets are below it, and a socket's path has at most 107 bytes.
Program::Program(Caches caches) : checkout_(CRIB_SOURCE_DIR), state_("/tmp", "crib-vm"), caches_(caches) {}

Program::~Program() {
    (void)run({"down", "--all"});
    (void)run({"gc"});
}

std::vector<std::string> Program::environment() const {
    std::vector<std::string> all{"XDG_STATE_HOME=" + state_.path().string(), "CRIB_SOURCE=" + checkout_.string()};
    if (caches_ == Caches::own) all.push_back("XDG_CACHE_HOME=" + (state_.path() / "cache").string());
    for (const auto& [name, value] : added_) all.push_back(name + "=" + value);
    return all;
}

Output Program::run(const std::vector<std::string>& words, const OnLine& on_line) {
    std::vector<std::string> start{"env"};
    for (const auto& variable : environment()) start.push_back(variable);
    start.push_back(CRIB_PROGRAM);
    const auto command = shell_join(start) + " " + shell_join(words) + " 2>&1 </dev/null";
    std::cout << "$ crib " << shell_join(words) << std::endl;
    FILE* pipe = ::popen(command.c_str(), "r");
    Output output;
    if (pipe == nullptr) return output;
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
        output.text += line.data();
        std::cout << line.data() << std::flush;
        if (on_line) on_line(line.data());
    }
    const int status = ::pclose(pipe);
    output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return output;
}

process::Command Program::command(const std::vector<std::string>& words) const {
    process::Command command;
    command.program = CRIB_PROGRAM;
    command.args = words;
    for (const auto& variable : environment()) {
        const auto sign = variable.find('=');
        command.env[variable.substr(0, sign)] = variable.substr(sign + 1);
    }
    return command;
}

std::string output_of(const std::string& program, const std::vector<std::string>& args) {
    process::Command command;
    command.program = program;
    command.args = args;
    SystemClock clock;
    process::BoostRunner runner;
    const auto result = runner.run(command, Context::with_clock(clock).with_timeout(std::chrono::minutes{1}));
    return result.ok() ? std::string(trim(result.out)) : "";
}

std::string run_id_of(const std::string& text) {
    std::smatch found;
    return std::regex_search(text, found, std::regex(R"(\brun ([a-z0-9-]+): )")) ? found[1].str() : "";
}

namespace {

// Process ids and command lines, with blanks between the words.
std::vector<std::pair<int, std::string>> all_processes() {
    std::vector<std::pair<int, std::string>> all;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        auto line = read_tail(entry.path() / "cmdline", 1U << 16U);
        std::ranges::replace(line, '\0', ' ');
        all.emplace_back(std::stoi(name), std::move(line));
    }
    return all;
}

}  // namespace

std::vector<int> pids_with(const std::vector<std::string>& words) {
    std::vector<int> found;
    for (const auto& [pid, line] : all_processes()) {
        const auto has = [&line = line](const std::string& word) { return line.find(word) != std::string::npos; };
        if (std::ranges::all_of(words, has)) found.push_back(pid);
    }
    return found;
}

std::vector<std::string> processes_with(const std::string& word) {
    std::vector<std::string> found;
    for (const auto& [pid, line] : all_processes()) {
        if (line.find(word) != std::string::npos) found.push_back(line);
    }
    return found;
}

std::vector<std::string> files_with(const fs::path& folder, const std::string& pattern) {
    const std::regex secret(pattern);
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        for (const auto& line : split_lines(read_file(entry.path()))) {
            // std::regex recurses a character; no line of a log that long is worth its stack
            if (std::regex_search(line.substr(0, 20'000), secret)) {
                found.push_back(entry.path().string() + ": " + line.substr(0, 200));
            }
        }
    }
    return found;
}

}  // namespace crib::vm
