#include "tests/hostile/environment/visitor.h"

#include "harness/base/text.h"
#include "harness/cli/command_line.h"
#include "harness/engine/run_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

namespace crib::test {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kNobody = 65534;
constexpr const char* kForeignName = "forein\x1b[2J\u202E\n.json";

// What a command's words stand for. A command may have its own: "COMMAND WORD".
const std::map<std::string, std::string> kWords{{"FILE", "one-node.json"},
                                                {"fmt FILE", "unformatted.json"},
                                                {"open FILE", "ended.crib"},
                                                {"export FILE", "again.crib"},
                                                {"NODE", "master"},
                                                {"STAGE", "os-ready"},
                                                {"TO", "os-ready"},
                                                {"N", "1"},
                                                {"PATH", "nodes.memory"},
                                                {"COMPONENT", "kubernetes"},
                                                {"recipe show NAME", "crio-kubeadm-flannel"},
                                                {"components NAME", "cri-o"},
                                                {"images NAME", "debian-13"}};

// What of commands is reached by options only. RUN is the run that there is.
const std::vector<Words> kExtra{
    {"--help"},
    {"help"},
    {"matrix", "versions.json", "--list"},
    {"matrix", "versions.json", "--list", "--json"},
    {"plan", "one-node.json", "--json"},
    {"plan", "one-node.json", "--script", "kubeadm-init"},
    {"plan", "one-node.json", "--diff", "one-node.json"},
    {"fmt", "--check", "unformatted.json"},
    {"cache", "ls", "--json"},
    {"cache", "rm", "--all"},
    {"versions", "--json"},
    {"recipe", "show", "crio-kubeadm-flannel", "--format", "script"},
    {"run", "one-node.json", "--json"},
    {"redo", "RUN", "--from", "nginx"},
    {"down", "--all"},
};

// Needs of these commands that are no words.
const std::map<std::string, Words> kOptions{{"redo", {"--from", "nginx"}}};

void link_tool(const std::string& name, const fs::path& folder) {
    for (const auto* place : {"/usr/bin", "/bin", "/usr/sbin"}) {
        if (!fs::exists(fs::path(place) / name)) continue;
        fs::create_symlink(fs::path(place) / name, folder / name);
        return;
    }
}

// By everybody, from the root on.
bool may_be_entered(const fs::path& folder) {
    const auto perms = fs::status(folder).permissions();
    const auto wanted = fs::perms::others_exec | fs::perms::others_read;
    if ((perms & wanted) != wanted || (perms & fs::perms::others_write) != fs::perms::none) return false;
    for (auto above = folder.parent_path(); above != above.root_path(); above = above.parent_path()) {
        if ((fs::status(above).permissions() & fs::perms::others_exec) == fs::perms::none) return false;
    }
    return true;
}

// Not the one of crib, which waits for the disk.
void put(const fs::path& file, const std::string& text) {
    std::ofstream stream(file, std::ios::binary);
    if (!(stream << text).flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace

Visitor::Visitor() {
    copy_crib();
    fill_home();
    const auto packed = crib({"export", run_, "ended.crib"}, "");
    if (!packed.ok()) throw std::runtime_error("no capsule: " + packed.err);
}

bool Visitor::is_nobody() {
    return ::geteuid() == 0;
}

void Visitor::copy_crib() {
    const fs::path source = CRIB_SOURCE_DIR;
    const fs::path program = CRIB_PROGRAM;
    const auto to = folder_.path();
    for (const auto* folder : {"bin", "tools", "source"}) fs::create_directory(to / folder);
    // Nobody can read them where they are, and cannot change them: that saves most of the time of a short test.
    const bool is_safe = is_nobody() && may_be_entered(source) && may_be_entered(program.parent_path());
    for (const auto* name : {"crib", "crib-switch"}) {
        const auto file = program.parent_path() / name;
        if (is_safe) {
            fs::create_symlink(file, to / "bin" / name);
        } else {
            fs::copy_file(file, to / "bin" / name);
        }
    }
    for (const auto* folder : {"fixtures", "images", "scenarios"}) {
        if (is_safe) {
            fs::create_directory_symlink(source / folder, to / "source" / folder);
        } else {
            fs::copy(source / folder, to / "source" / folder, fs::copy_options::recursive);
        }
    }
    for (const auto* tool : {"qemu-system-x86_64", "qemu-img", "virsh", "ssh", "mkdir", "rmdir", "chmod"}) {
        link_tool(tool, to / "tools");
    }
}

void Visitor::fill_home() {
    fs::create_directory(home());
    const fs::path source = CRIB_SOURCE_DIR;
    const auto text = read_file(source / "tests" / "benchmark" / "one-node.json");
    put(home() / "one-node.json", text);
    put(home() / "unformatted.json", "\n\n\n" + text);
    for (const auto* name : {"foreign.json", "foreign-script.json"}) {
        fs::copy_file(source / "tests" / "data" / "hostile" / name, home() / name);
    }
    fs::copy_file(source / "tests" / "data" / "hostile" / "broken.json", home() / "broken.json");
    put(home() / kForeignName, "{}");
    put(home() / kNoText, text);
    // The matrix, and what it extends.
    for (const auto* name : {"versions.json", "two-node.json"})
        fs::copy_file(source / "scenarios" / name, home() / name);
    engine::RunStore runs({home() / ".cache" / "crib", home() / ".local" / "state" / "crib", source});
    auto created = runs.create("one-node", clock_);
    created.info.outcome = "passed";
    created.info.nodes = {{"master", "control-plane", "192.168.76.11", "crib-" + created.info.id + "-master", 4022}};
    runs.save(created.info);
    run_ = created.info.id;
    make_folder(created.folder.node("master"));
    put(created.folder.node("master") / "journal.log", "a line \x1b[2J\u202E of its journal\xff\n");
    put(created.folder.console("master"), "Linux version 6.12 \x1b[31mred\x1b[0m \x1b]0;t\a \u202E\xff\r\n");
    make_folder(home() / ".local" / "state" / "crib" / "runs" / kForeignName);
    give_away();
}

void Visitor::give_away() {
    fs::permissions(folder_.path(), fs::perms{0755});
    if (!is_nobody()) return;
    for (const auto& entry : fs::recursive_directory_iterator(home())) {
        if (::lchown(entry.path().c_str(), kNobody, kNobody) != 0) throw std::runtime_error("cannot give a file away");
    }
    if (::chown(home().c_str(), kNobody, kNobody) != 0) throw std::runtime_error("cannot give the home away");
}

process::Result Visitor::crib(const Words& words, const std::string& surroundings) {
    const auto root = folder_.path();
    process::Command command;
    command.program = "/bin/sh";
    if (is_nobody()) {
        const auto id = std::to_string(kNobody);
        command.program = "/usr/bin/setpriv";  // of util-linux
        command.args = {"--reuid", id, "--regid", id, "--clear-groups", "/bin/sh"};
    }
    const auto script = surroundings + "\nexec \"$CRIB_UNDER_TEST\" \"$@\"\n";
    command.args.insert(command.args.end(), {"-c", script, "sh"});
    command.args.insert(command.args.end(), words.begin(), words.end());
    command.cwd = home();
    command.env = {{"HOME", home().string()},
                   {"PATH", (root / "tools").string()},
                   {"CRIB_SOURCE", (root / "source").string()},
                   {"CRIB_UNDER_TEST", (root / "bin" / "crib").string()},
                   {"CRIB_CACHE_LIMIT", std::nullopt},
                   {"CRIB_MIRRORS", std::nullopt},
                   {"CI", "true"},
                   {"TMPDIR", std::nullopt},
                   {"XDG_CACHE_HOME", std::nullopt},
                   {"XDG_STATE_HOME", std::nullopt},
                   {"XDG_CONFIG_HOME", std::nullopt},
                   {"XDG_RUNTIME_DIR", std::nullopt}};
    return runner_.run(command, Context::with_clock(clock_).with_timeout(std::chrono::seconds{60}));
}

std::string Visitor::word_for(const std::string& command, const std::string& word) const {
    if (word == "RUN") return run_;
    if (const auto own = kWords.find(command + " " + word); own != kWords.end()) return own->second;
    const auto usual = kWords.find(word);
    return usual == kWords.end() ? "nothing-of-the-kind" : usual->second;
}

std::vector<Words> Visitor::well_meant_lines() const {
    std::vector<Words> lines;
    for (const auto& shape : cli::command_shapes()) {
        auto words = split(shape.name, ' ');
        for (const auto& word : shape.words) words.push_back(word_for(shape.name, word));
        if (const auto more = kOptions.find(shape.name); more != kOptions.end()) {
            words.insert(words.end(), more->second.begin(), more->second.end());
        }
        lines.push_back(std::move(words));
    }
    for (auto words : kExtra) {
        for (auto& word : words) word = word == "RUN" ? run_ : word;
        lines.push_back(std::move(words));
    }
    return lines;
}

std::vector<Words> Visitor::careless_lines() const {
    std::vector<Words> lines{{}, {"nope"}, {"--nope"}};
    for (const auto& shape : cli::command_shapes()) {
        if (shape.words.empty()) continue;
        lines.push_back(split(shape.name, ' '));
        for (std::size_t i = 0; i < shape.words.size(); ++i) lines.back().emplace_back("nope\xff\x1b[2J");
    }
    return lines;
}

std::string told(const Words& words, const process::Result& result) {
    return fmt::format("crib {}: {}\n{}", join(words, " "), result.how_it_ended(), result.err);
}

std::string wrong_ending(const process::Result& result) {
    const auto* exited = std::get_if<process::Exited>(&result.end);
    if (exited == nullptr) return result.how_it_ended();
    static const std::set<int> good{0, 1, 2, 3, 130};
    if (!good.contains(exited->code)) return result.how_it_ended();
    if (result.err.find("a bug in crib") != std::string::npos) return "says that it has a bug";
    return {};
}

}  // namespace crib::test
