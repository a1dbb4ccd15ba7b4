#include "harness/cli/cell_of.h"

#include <algorithm>

namespace crib::cli {
namespace {

// What the mutations say last.
std::string runtime_of(const scenario::Scenario& scenario, const std::string& node) {
    std::string runtime;
    for (const auto& mutation : scenario.mutations) {
        const bool is_for_it = mutation.nodes.empty() ||
                               std::find(mutation.nodes.begin(), mutation.nodes.end(), node) != mutation.nodes.end();
        const auto input = mutation.inputs.find("RUNTIME");
        if (is_for_it && input != mutation.inputs.end()) runtime = input->second;
    }
    return runtime;
}

}  // namespace

catalogue::Cell cell_of(const scenario::Scenario& scenario) {
    catalogue::Cell cell;
    cell.os = scenario.os;
    cell.versions = scenario.versions;
    cell.sources = scenario.components;
    for (const auto& node : scenario.nodes) {
        catalogue::CellNode own;
        own.name = node.name;
        own.control_plane = node.role == scenario::Role::control_plane;
        own.os = node.os == scenario.os ? "" : node.os;
        own.versions = node.versions;
        own.runtime = runtime_of(scenario, node.name);
        own.vcpus = node.vcpus;
        own.memory_mib = static_cast<unsigned>(node.memory.in_mib());
        cell.nodes.push_back(std::move(own));
    }
    return cell;
}

}  // namespace crib::cli
