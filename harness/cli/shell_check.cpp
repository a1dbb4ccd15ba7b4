#include "harness/cli/shell_check.h"

#include "harness/base/error.h"
#include "harness/base/pattern.h"
#include "harness/base/sha256.h"
#include "harness/base/short_words.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <set>
#include <variant>

namespace crib::cli {
namespace {

constexpr std::chrono::seconds kMost{10};  // for all scripts of a scenario
constexpr std::size_t kMostSaid = 4096;    // bytes of what bash says, which are kept: the reason is in the first line

struct OpenDocument {
    std::string line;  // where it begins
    std::string wanted;
};

// What bash takes all the same, "bash: line 3: warning: here-document at line 1 delimited by end-of-file (wanted
// `EOF')", with a line of its own or without: that of the text's end.
std::optional<OpenDocument> open_document_in(std::string_view said) {
    static const Pattern shape(
        "[^:]*: (?:line [0-9]+: )?warning: here-document at line ([0-9]+) delimited by end-of-file [(]wanted (.*)[)]");
    for (const auto& line : split_lines(said)) {
        if (const auto found = shape.groups_of(line)) return OpenDocument{found->at(0), found->at(1)};
    }
    return std::nullopt;
}

// "bash: line 3: syntax error near unexpected token `fi'"
scenario::Clash clash_of_shell(const scenario::Mutation& mutation, std::string_view said) {
    static const Pattern shape("[^:]*: line ([0-9]+): (.*)");
    scenario::Clash clash;
    const bool is_file = mutation.origin.find(": $.") == std::string::npos;
    clash.path = mutation.path + (is_file ? ".script" : ".run");
    const auto lines = split_lines(said);
    const auto first = lines.empty() ? std::string("bash does not say why") : lines.front();
    const auto found = shape.groups_of(first);
    std::string number = found ? found->at(0) : "";
    if (const auto open = open_document_in(said)) {
        number = open->line;
        clash.reason = fmt::format("the script, line {}: the here-document that begins here never ends: no line is {}",
                                   number, open->wanted);
    } else {
        clash.reason = fmt::format("the script{}{} is not shell: {}", number.empty() ? "" : ", line ", number,
                                   with_short_words(found ? found->at(1) : first));
    }
    if (!is_file) std::from_chars(number.data(), number.data() + number.size(), clash.line);
    return clash;
}

bool is_out_of_time(const process::Result& result) {
    return !std::holds_alternative<process::Exited>(result.end);
}

}  // namespace

std::vector<scenario::Clash> ShellCheck::mistakes_in(const scenario::Scenario& scenario) {
    const std::lock_guard lock(mutex_);
    const auto context = Context::with_clock(clock_).with_timeout(kMost);
    std::vector<scenario::Clash> mistakes;
    std::set<const void*> good;
    for (const auto& mutation : scenario.mutations) {
        if (!not_checked_.empty()) break;
        if (mutation.script.empty() || good.contains(mutation.script.identity())) continue;
        const auto* said = judge(mutation.script, context);
        if (said == nullptr) continue;
        if (said->empty()) {
            good.insert(mutation.script.identity());
        } else {
            mistakes.push_back(clash_of_shell(mutation, *said));
        }
    }
    return mistakes;
}

std::string ShellCheck::not_checked() const {
    const std::lock_guard lock(mutex_);
    return not_checked_;
}

const std::string* ShellCheck::judge(const std::string& script, const Context& context) {
    const auto digest = sha256_hex(script);
    if (const auto known = said_.find(digest); known != said_.end()) return &known->second;
    process::Command bash;
    bash.program = "bash";
    // Of a script that turns extglob on itself, -n reads on without it.
    bash.args = {"--norc", "--noprofile", "-O", "extglob", "-n"};
    bash.env = {{"BASH_ENV", std::nullopt}, {"ENV", std::nullopt}, {"LC_ALL", "C"}};
    bash.input = script;
    bash.keep_bytes = script.size() + 4096;  // the reason comes first, then the line, which may be all of it
    try {
        const auto result = runner_.run(bash, context);
        if (is_out_of_time(result)) {
            not_checked_ = "bash took too long";
            return nullptr;
        }
        const bool is_good = result.ok() && !open_document_in(result.err);
        auto said = result.err.empty() ? std::string("bash does not say why") : result.err;
        said.resize(std::min(said.size(), kMostSaid));
        return &said_.emplace(digest, is_good ? std::string() : said).first->second;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::process) throw;
        not_checked_ = split_lines(error.what()).front();  // there is no bash here; the nodes have one
        return nullptr;
    }
}

}  // namespace crib::cli
