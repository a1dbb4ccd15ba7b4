// Commands on runs that exist: ls, ssh, kubectl, logs, console.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/line_reader.h"
#include "harness/base/short_words.h"
#include "harness/base/text.h"
#include "harness/check/table.h"
#include "harness/cli/cache_sweep.h"
#include "harness/cli/commands.h"
#include "harness/cli/what_it_left.h"
#include "harness/engine/host_sleep.h"
#include "harness/engine/side_by_side.h"
#include "harness/guest/clock_check.h"
#include "harness/process/foreground.h"
#include "harness/ssh/openssh.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <stop_token>

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
                !names.empty()                   ? "its nodes are: " + some_of(names)
                : run.state == RunState::running ? "it has no nodes yet"
                                                 : "it ended before it had any");
}

// For all nodes to look at their clocks, where this host has slept.
constexpr std::chrono::seconds kWakeLimit{15};

std::string halted_text(const std::string& run, const std::vector<std::string>& nodes) {
    return fmt::format("{} is halted: {} {} not run any more", run, join(nodes, " and "),
                       nodes.size() == 1 ? "does" : "do");
}

std::string ways_on(const Services& services, const std::string& run) {
    const auto& next_command = services.folders.next_command;
    return fmt::format("{} STAGE|NAME goes on from a checkpoint, {} ends it", next_command("rewind", {run}),
                       next_command("down", {run}));
}

void require_alive(const Services& services, const RunInfo& run) {
    if (const auto halted = services.halted_nodes(run); !halted.empty()) {
        throw Error(ErrorKind::usage, "run " + halted_text(run.id, halted), ways_on(services, run.id));
    }
    if (run.state == RunState::running || run.state == RunState::kept) return;
    throw Error(ErrorKind::usage, fmt::format("the cluster of run {} is not running any more", run.id),
                services.folders.next_command("run --keep", {"FILE"}) + " leaves a cluster running; " +
                    services.folders.next_command("logs", {run.id}) + " and crib console read what an ended run left");
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
        const auto& next_command = services.folders.next_command;
        const auto ways = fmt::format("{} ends it; {} and crib console read what it left",
                                      next_command("down", {run.id}), next_command("logs", {run.id}));
        throw Error(ErrorKind::usage,
                    fmt::format("run {} has no SSH key: {} is not there", run.id, folder.user_key().string()),
                    run.state == RunState::running ? "it is made with its nodes: wait for them" : ways);
    }
    if (node.ssh_port == 0) {
        throw Error(ErrorKind::usage, fmt::format("node {} of run {} has no SSH port yet", node.name, run.id),
                    "it gets one with its network: wait for it");
    }
    ssh::Target target;
    target.node = node.name;
    target.port = node.ssh_port;
    target.private_key = folder.user_key();
    target.host_key = run.host_key;
    return ssh::openssh_command(target, folder.secret(), command, terminal);
}

process::Command command_of(const std::vector<std::string>& words) {
    process::Command command;
    command.program = words.front();
    command.args.assign(words.begin() + 1, words.end());
    return command;
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
        auto command = command_of(words);
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

// What ssh itself says of its connection, apart from what the node's command says: in a file without a name.
class SshLog {
public:
    SshLog() : file_(::memfd_create("crib-ssh", MFD_CLOEXEC)) {
        if (file_.valid()) return;
        throw Error(ErrorKind::environment, fmt::format("cannot hold what ssh says: {}", std::strerror(errno)));
    }
    [[nodiscard]] std::string path() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), file_.get()); }
    [[nodiscard]] std::vector<std::string> lines() const { return lines_said(read_file(path())); }

    // Its lines end as a raw terminal wants them.
    [[nodiscard]] static std::vector<std::string> lines_said(std::string_view text) {
        std::vector<std::string> lines;
        for (const auto& line : split_lines(text)) {
            if (const auto said = trim(line); !said.empty()) lines.emplace_back(said);
        }
        return lines;
    }

private:
    UniqueFd file_;
};

constexpr int kNoConnection = 255;  // ssh's own exit code, which the node's command may have, too

Error connection_failed(const Services& services, const RunInfo& run, const RunNode& node, const std::string& why) {
    const auto look = services.folders.next_command("console", {run.id, node.name}) + " shows what it said last; ";
    return {ErrorKind::ssh, fmt::format("the connection to node {} of run {} failed: {}", node.name, run.id, why),
            look + (run.state == RunState::running ? "it may not have booted yet" : ways_on(services, run.id))};
}

// To the end of the node's command, whose exit code it returns. A connection that fails is an error of its own.
int work_on(Services& services, const RunInfo& run, const RunNode& node, std::vector<std::string> words) {
    const SshLog log;
    words.insert(words.begin() + 1, {"-E", log.path()});
    const auto end = process::run_in_foreground(std::move(words));
    const auto said = log.lines();
    const auto* exited = std::get_if<process::Exited>(&end);
    const bool failed = exited != nullptr && exited->code == kNoConnection && !said.empty();
    if (failed) throw connection_failed(services, run, node, said.back());
    for (const auto& line : said) services.output.say("{}\n", line);
    return exited != nullptr ? exited->code : 128 + std::get<process::Signaled>(end).signal;
}

// What is worth a system call of its own.
constexpr std::size_t kAtOnce = 64U << 10U;

// Line by line, as it may be larger than the memory. False when there is none.
using ShowPiece = std::function<std::string(const LineReader::Piece&)>;
bool print_log(Output& output, const std::filesystem::path& file, const ShowPiece& shown) {
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

// The journals that were recorded of the run's nodes, or of the one that is named. False when there are none.
bool print_recorded_journals(Services& services, const RunInfo& run, const std::string& only) {
    bool any = false;
    for (const auto& node : run.nodes) {
        if (!only.empty() && node.name != only) continue;
        const auto before = only.empty() ? printable(node.name) + " " : std::string();
        const auto shown = [&](const LineReader::Piece& piece) {
            return (piece.begins ? before : "") + printable(piece.text) + (piece.ends ? "\n" : "");
        };
        const auto file = services.runs.folder(run.id).node(node.name) / "journal.log";
        any = print_log(services.output, file, shown) || any;
    }
    return any;
}

// What came of asking a node that runs for its journal, which was printed as far as it came.
struct AskedJournal {
    int code = 0;         // journalctl's
    std::string problem;  // of the connection; empty: none
    bool any = false;     // something was printed
};

AskedJournal print_journal_of(Services& services, const RunInfo& run, const RunNode& node) {
    auto command =
        command_of(ssh_words(services, run, node, {"journalctl", "--no-pager", "-b", "-o", "short-precise"}));
    AskedJournal asked;
    std::string text;
    std::stop_source enough;
    const auto print = [&] {
        asked.any = asked.any || !text.empty();
        services.output.print_exact(text);
        text.clear();
        if (!services.output.is_taken()) enough.request_stop();
    };
    command.ends_with_crib = true;
    command.on_out = [&](std::string_view line) {
        text += printable(line) + "\n";
        if (text.size() >= kAtOnce) print();
    };
    const auto result = services.runner.run(command, services.context().with_stop(enough.get_token()));
    print();
    if (enough.stop_requested()) return asked;
    const auto said = SshLog::lines_said(result.err);
    const auto* exited = std::get_if<process::Exited>(&result.end);
    if (exited == nullptr || exited->code == kNoConnection) {
        asked.problem = exited == nullptr || said.empty() ? "ssh " + result.how_it_ended() : said.back();
        return asked;
    }
    for (const auto& line : said) services.output.say("{}\n", line);
    asked.code = exited->code;
    return asked;
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
        if (!halted.empty()) notes.push_back(halted_text(run.id, halted) + "; " + ways_on(services, run.id));
        rows.push_back({run.id, halted.empty() ? to_string(run.state) : "halted",
                        run.outcome.empty() ? "-" : run.outcome, began(run, services.clock),
                        nodes.empty() ? "-" : join(nodes, ",")});
    }
    if (rows.size() == 1) {
        services.output.print("no runs{} yet: {}\n", survey.has_others ? " of yours" : "",
                              services.folders.next_command("run", {"scenarios/two-node.json"}));
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
    const auto& node = find_node(run, command.node);
    return work_on(services, run, node, ssh_words(services, run, node, in_time(node.name, words), terminal));
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
    return work_on(services, run, *node, ssh_words(services, run, *node, in_time(node->name, words)));
}

int execute(Services& services, const LogsCommand& command) {
    const auto run = services.runs.load(command.run);
    const bool runs =
        run.state == RunState::running || (run.state == RunState::kept && services.halted_nodes(run).empty());
    if (!command.node.empty()) {
        const auto& node = find_node(run, command.node);
        if (runs && has_key(services, run)) {
            const auto asked = print_journal_of(services, run, node);
            if (asked.problem.empty()) return asked.code;
            // Behind what it said itself, another text would be taken for its end.
            const bool recorded = !asked.any && print_recorded_journals(services, run, node.name);
            const auto* shown = recorded ? "; shown is the journal that was recorded of it before" : "";
            throw connection_failed(services, run, node, asked.problem + shown);
        }
    }
    if (print_recorded_journals(services, run, command.node)) return 0;
    throw Error(ErrorKind::usage, "run " + run.id + " has left no journal", what_it_left(services, run));
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
                what_it_left(services, run));
}

}  // namespace crib::cli
