// Commands on runs that exist: ls, ssh, kubectl, logs, console.

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/line_reader.h"
#include "harness/base/short_words.h"
#include "harness/base/text.h"
#include "harness/check/table.h"
#include "harness/cli/cache_sweep.h"
#include "harness/cli/commands.h"
#include "harness/engine/host_sleep.h"
#include "harness/engine/side_by_side.h"
#include "harness/guest/clock_check.h"
#include "harness/ssh/openssh.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>

namespace crib::cli {
namespace {

using engine::RunInfo;
using engine::RunNode;
using engine::RunState;

const RunNode& find_node(const RunInfo& run, const std::string& name) {
    std::vector<std::string> names;
    for (const auto& node : run.nodes) {
        if (node.name == name) return node;
        names.push_back(node.name);
    }
    throw Error(ErrorKind::usage, fmt::format("run {} has no node '{}'", run.id, name),
                names.empty() ? "it has no nodes yet" : "its nodes are: " + some_of(names));
}

// For all nodes to look at their clocks, where this host has slept.
constexpr std::chrono::seconds kWakeLimit{15};

std::string halted_text(const std::string& run, const std::vector<std::string>& nodes) {
    return fmt::format("{} is halted: {} {} not run any more", run, join(nodes, " and "),
                       nodes.size() == 1 ? "does" : "do");
}

std::string ways_on(const std::string& run) {
    return fmt::format("crib rewind {0} STAGE|NAME goes on from a checkpoint, crib down {0} ends it", run);
}

void require_alive(const Services& services, const RunInfo& run) {
    if (const auto halted = services.halted_nodes(run); !halted.empty()) {
        throw Error(ErrorKind::usage, "run " + halted_text(run.id, halted), ways_on(run.id));
    }
    if (run.state == RunState::running || run.state == RunState::kept) return;
    throw Error(
        ErrorKind::usage, fmt::format("the cluster of run {} is not running any more", run.id),
        "crib run --keep FILE leaves a cluster running; crib logs and crib console read what an ended run left");
}

// Without it nobody gets into the nodes.
bool has_key(const Services& services, const RunInfo& run) {
    std::error_code none;
    return std::filesystem::exists(services.runs.folder(run.id).user_key(), none);
}

std::vector<std::string> ssh_words(const Services& services, const RunInfo& run, const RunNode& node,
                                   const std::vector<std::string>& command,
                                   ssh::Terminal terminal = ssh::Terminal::no) {
    const auto folder = services.runs.folder(run.id);
    if (!has_key(services, run)) {
        const auto ways =
            fmt::format("crib down {0} ends it; crib logs {0} and crib console read what it left", run.id);
        throw Error(ErrorKind::usage,
                    fmt::format("run {} has no SSH key: {} is not there", run.id, folder.user_key().string()),
                    run.state == RunState::running ? "it is made with its nodes: wait for them" : ways);
    }
    ssh::Target target;
    target.node = node.name;
    target.port = node.ssh_port;
    target.private_key = folder.user_key();
    target.host_key = run.host_key;
    return ssh::openssh_command(target, folder.secret(), command, terminal);
}

// This host has slept since the cluster was left alone: all nodes look at their clocks, side by side. Each says on
// stderr what it has done; one that does not answer does so when it is used.
void wake_after_sleep(Services& services, const RunInfo& run) {
    const auto folder = services.runs.folder(run.id);
    const auto slept = engine::slept_so_far();
    if (!engine::has_slept_since(folder, slept)) return;
    const auto limited = services.context().with_timeout(kWakeLimit);
    engine::side_by_side(run.nodes.size(), limited, [&](std::size_t i, const Context& inner) {
        const auto& node = run.nodes[i];
        const auto words = ssh_words(services, run, node, {"bash", "-c", guest::clock_check_script(node.name)});
        process::Command command;
        command.program = words.front();
        command.args.assign(words.begin() + 1, words.end());
        command.on_err = [&](std::string_view line) { services.output.say("{}\n", std::string(line)); };
        (void)services.runner.run(command, inner);
    });
    engine::note_awake(folder, slept);
}

// The same, where time matters to what is run: behind a look at the node's clock, which may have stood still with the
// machine or this host while nobody used the cluster. Without a command a login shell.
std::vector<std::string> in_time(const std::string& node, const std::vector<std::string>& command) {
    const std::string run = command.empty() ? "exec \"${SHELL:-/bin/bash}\" -l" : "\"$@\"";
    std::vector<std::string> words{"bash", "-c", guest::clock_check(node) + run, "crib"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

// Becomes the program; returns only when that fails.
int become(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::signal(SIGPIPE, SIG_DFL);  // as programs expect it
    ::execvp(argv[0], argv.data());
    throw Error(ErrorKind::environment, fmt::format("cannot run {}: {}", words.front(), std::strerror(errno)),
                "apt-get install openssh-client");
}

// Line by line, as it may be larger than the memory. False when there is none.
using ShowPiece = std::function<std::string(const LineReader::Piece&)>;
bool print_log(Output& output, const std::filesystem::path& file, const ShowPiece& shown) {
    constexpr std::size_t kAtOnce = 64U << 10U;
    if (try_open_input(file, input_kind::node_log).state == OpenedInput::State::absent) return false;
    LineReader lines(open_input(file, input_kind::node_log).fd, file);
    std::string text;
    while (output.is_taken()) {
        const auto line = lines.next();
        if (!line) break;
        text += shown(*line);
        if (text.size() < kAtOnce) continue;
        output.print_exact(text);
        text.clear();
    }
    output.print_exact(text);
    return true;
}

constexpr std::chrono::minutes kClocksDiffer{5};  // a capsule's host, or this one before its clock was set

std::string began(const RunInfo& run, const Clock& clock) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(clock.wall_now() - run.began);
    if (run.began == WallTime{} || age < -kClocksDiffer) return "?";
    return check::human_age(std::max(age, std::chrono::seconds{0}));
}

}  // namespace

int execute(Services& services, const ListCommand&) {
    std::vector<std::vector<std::string>> rows{{"RUN", "STATE", "OUTCOME", "AGE", "NODES"}};
    std::vector<std::string> notes;
    const auto survey = services.runs.survey();
    for (const auto& run : survey.runs) {
        std::vector<std::string> nodes;
        for (const auto& node : run.nodes) nodes.push_back(node.name);
        const auto halted = services.halted_nodes(run);
        if (!halted.empty()) notes.push_back(halted_text(run.id, halted) + "; " + ways_on(run.id));
        rows.push_back({run.id, halted.empty() ? to_string(run.state) : "halted",
                        run.outcome.empty() ? "-" : run.outcome, began(run, services.clock),
                        nodes.empty() ? "-" : join(nodes, ",")});
    }
    if (rows.size() == 1) {
        services.output.print("no runs yet: crib run scenarios/two-node.json\n");
    } else {
        services.output.print_lines(check::format_table(rows));
    }
    for (const auto& note : notes) services.output.print("{}\n", note);
    services.output.print_lines(to_text(services.runs.left_alone(survey)));
    return 0;
}

int execute(Services& services, const SshCommand& command) {
    const auto run = services.runs.load(command.run);
    require_alive(services, run);
    auto words = command.command;
    // One word is a command line for the node's shell, as ssh has it; several are a program and its arguments.
    if (words.size() == 1) words = {"bash", "-c", words.front()};
    wake_after_sleep(services, run);
    const auto terminal = words.empty() ? ssh::Terminal::yes : ssh::Terminal::no;
    return become(ssh_words(services, run, find_node(run, command.node), in_time(command.node, words), terminal));
}

int execute(Services& services, const KubectlCommand& command) {
    const auto run = services.runs.load(command.run);
    require_alive(services, run);
    const auto node =
        std::find_if(run.nodes.begin(), run.nodes.end(), [](const RunNode& n) { return n.role == "control-plane"; });
    if (node == run.nodes.end()) throw Error(ErrorKind::usage, "run " + run.id + " has no control plane yet");
    wake_after_sleep(services, run);
    std::vector<std::string> words{"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    return become(ssh_words(services, run, *node, in_time(node->name, words)));
}

int execute(Services& services, const LogsCommand& command) {
    const auto run = services.runs.load(command.run);
    const bool runs =
        run.state == RunState::running || (run.state == RunState::kept && services.halted_nodes(run).empty());
    const bool alive = runs && has_key(services, run);
    if (!command.node.empty() && alive) {
        return become(ssh_words(services, run, find_node(run, command.node),
                                {"journalctl", "--no-pager", "-b", "-o", "short-precise"}));
    }
    if (!command.node.empty()) find_node(run, command.node);
    const auto folder = services.runs.folder(run.id);
    bool any = false;
    for (const auto& node : run.nodes) {
        if (!command.node.empty() && node.name != command.node) continue;
        const auto before = command.node.empty() ? printable(node.name) + " " : std::string();
        const auto shown = [&](const LineReader::Piece& piece) {
            return (piece.begins ? before : "") + printable(piece.text) + (piece.ends ? "\n" : "");
        };
        any = print_log(services.output, folder.node(node.name) / "journal.log", shown) || any;
    }
    if (!any)
        throw Error(ErrorKind::usage, "run " + run.id + " has left no journal", "crib console RUN NODE may have more");
    return 0;
}

int execute(Services& services, const ConsoleCommand& command) {
    const auto run = services.runs.load(command.run);
    const auto& node = find_node(run, command.node);
    // The line's end with it: a carriage return before it is one with it.
    const auto shown = [](const LineReader::Piece& piece) {
        return printable_lines(std::string(piece.text) + (piece.ends ? "\n" : ""));
    };
    if (print_log(services.output, services.runs.folder(run.id).console(node.name), shown)) return 0;
    throw Error(ErrorKind::usage, fmt::format("node {} of run {} has left no console", node.name, run.id),
                "crib logs RUN may have more");
}

}  // namespace crib::cli
