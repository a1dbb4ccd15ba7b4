#include "harness/cli/what_it_left.h"

#include "harness/base/shown_word.h"
#include "harness/base/text.h"

#include <algorithm>
#include <filesystem>

namespace crib::cli {

std::vector<std::string> ways_to_read(const Services& services, const engine::RunInfo& run) {
    namespace fs = std::filesystem;
    const auto folder = services.runs.folder(run.id);
    const auto& next_command = services.folders.next_command;
    const auto has = [](const fs::path& file) {
        std::error_code none;
        return fs::is_regular_file(file, none);
    };
    std::vector<std::string> ways;
    const auto has_journal = [&](const engine::RunNode& node) { return has(folder.node(node.name) / "journal.log"); };
    const auto has_console = [&](const engine::RunNode& node) { return has(folder.console(node.name)); };
    if (std::ranges::any_of(run.nodes, has_journal)) ways.push_back(next_command("logs", {run.id}));
    const auto node = std::ranges::find_if(run.nodes, has_console);
    if (node != run.nodes.end()) ways.push_back(next_command("console", {run.id, node->name}));
    return ways;
}

std::string what_it_left(const Services& services, const engine::RunInfo& run) {
    const auto ways = ways_to_read(services, run);
    if (ways.empty()) return "its record is in " + shown_path(services.runs.folder(run.id).path.string());
    return "there is: " + join(ways, ", ");
}

}  // namespace crib::cli
