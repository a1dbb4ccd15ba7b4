#include "harness/guest/collect.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <fstream>

namespace crib::guest {
namespace {

// Empty when all went well.
std::string fetch_output(Node& node, const Evidence::Output& output, const std::filesystem::path& path,
                         std::size_t most_bytes, const Context& context, bool& reachable) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    std::size_t written = 0;
    ssh::Exec exec{.script = output.script, .name = output.file};
    exec.keep_bytes = 4096;
    exec.on_out = [&](std::string_view line) {
        if (written >= most_bytes) return;
        file << line << '\n';
        written += line.size() + 1;
    };
    const auto result = node.run(exec, context);
    file.close();
    reachable = !std::holds_alternative<ssh::Disconnected>(result.end) && !context.done();
    if (!file) return fmt::format("{}: {} cannot be written", node.name(), path.string());
    if (result.ok()) return {};
    return fmt::format("{}: {} {}: {}", node.name(), output.file, result.how_it_ended(),
                       trim(last_lines(result.err, 2)));
}

}  // namespace

Evidence::Output journal(const std::string& file, const std::string& unit) {
    const auto of_unit = unit.empty() ? std::string() : " -u " + shell_quote(unit);
    return {file, "journalctl --no-pager --quiet -b -o short-iso-precise" + of_unit};
}

Evidence usual_evidence() {
    Evidence evidence;
    evidence.outputs = {journal("journal.log"), journal("crio.log", "crio"), journal("kubelet.log", "kubelet")};
    return evidence;
}

std::vector<std::string> collect(Node& node, const Evidence& evidence, const std::filesystem::path& folder,
                                 const Context& context) noexcept {
    std::vector<std::string> problems;
    try {
        make_folder(folder);
        bool reachable = true;
        for (const auto& output : evidence.outputs) {
            if (!reachable) break;
            auto problem = fetch_output(node, output, folder / output.file, evidence.most_bytes, context, reachable);
            if (!problem.empty()) problems.push_back(std::move(problem));
        }
        for (const auto& copy : evidence.copies) {
            if (!reachable) break;
            try {
                node.download(copy.remote, folder / copy.file, context);
            } catch (const Error& error) {
                problems.emplace_back(error.what());
                reachable = !context.done();
            }
        }
    } catch (const std::exception& error) {
        problems.push_back(fmt::format("{}: collecting evidence: {}", node.name(), error.what()));
    }
    return problems;
}

}  // namespace crib::guest
