#include "harness/cli/cell_loader.h"

#include "harness/base/checkout_source.h"
#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/cli/cell_of.h"
#include "harness/cli/checkout_check.h"
#include "harness/cli/rehearsal.h"
#include "harness/cli/services.h"
#include "harness/cli/verdict.h"
#include "harness/component/table.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace crib::cli {
namespace {

constexpr const char* kOtherwise =
    "choose other versions or another system; a scenario that is to show it says so in \"expect\"";

// The step would put in its place what is there, and the run would pass for that.
void require_another(const engine::Cell& cell, const std::string& name, const std::string& source) {
    const auto set_up = cell.scenario.components.find(name);
    if (set_up == cell.scenario.components.end()) return;
    const auto wanted = CheckoutSource::parse(source);
    const auto known = CheckoutSource::parse(set_up->second);
    std::error_code none;
    if (!wanted || !known || !std::filesystem::equivalent(wanted->path(), known->path(), none)) return;
    throw Error(ErrorKind::usage, fmt::format("{} is set up from that checkout already", name),
                "leave --swap out, or set it up with another one");
}

}  // namespace

std::vector<std::string> with_components(std::vector<std::string> sets, const std::vector<std::string>& components) {
    const auto given = sets.size();
    for (const auto& component : components) {
        const auto equals = component.find('=');
        if (equals == std::string::npos) {
            throw Error(ErrorKind::usage, fmt::format("--component {}: there is no '='", component),
                        "write it as --component cri-o=local:../cri-o");
        }
        if (equals == 0) {
            throw Error(ErrorKind::usage, fmt::format("--component {}: it names no component", component),
                        "write it as --component cri-o=local:../cri-o");
        }
        const auto begin = "components." + component.substr(0, equals + 1);
        const auto other = std::ranges::find_if(sets, [&](const std::string& set) { return set.starts_with(begin); });
        if (other != sets.end()) {
            const auto number = static_cast<std::size_t>(other - sets.begin());
            const auto flag = number < given ? "--set " + *other : "--component " + components[number - given];
            throw Error(ErrorKind::usage,
                        fmt::format("--component {}: {} is given twice, also by {}", component,
                                    component.substr(0, equals), flag),
                        "leave one of them out");
        }
        sets.push_back("components." + component);
    }
    return sets;
}

std::string as_given(std::string text, const std::vector<std::string>& components) {
    for (const auto& component : components) {
        const auto flag = "--component " + component + ":";
        const auto set = "--set components." + component + ":";
        for (auto at = text.find(set); at != std::string::npos; at = text.find(set, at + flag.size())) {
            text.replace(at, set.size(), flag);
        }
    }
    return text;
}

engine::Cell with_notes_as_given(engine::Cell cell, const std::vector<std::string>& components) {
    for (auto& note : cell.scenario.notes) note = as_given(std::move(note), components);
    return cell;
}

engine::Cell load_cell(const Folders& folders, const Knowledge& knowledge, const std::string& file,
                       const std::vector<std::string>& sets) {
    engine::Cell cell;
    cell.scenario = scenario::load_or_throw(file, sets, knowledge.known);
    const auto combination = cell_of(cell.scenario);
    if (!cell.scenario.expect) require_legal(*knowledge.rules, combination, cell.scenario.file.string(), kOtherwise);
    cell.warnings = sentences(knowledge.rules->warnings(combination));
    cell.recipe = knowledge.recipes.at(cell.scenario.recipe);
    cell.emulated_profile = provision::load_profile(folders.fixtures() / "profiles" / "emulated-host");
    require_effects(cell, folders);
    return cell;
}

engine::Cell load_cell(Services& services, const std::string& file, const std::vector<std::string>& sets) {
    return load_cell(services.folders, read_knowledge(services), file, sets);
}

void add_swaps(engine::Cell& cell, const Folders& folders, const std::vector<std::string>& swaps) {
    constexpr const char* kHint = "write it as --swap cri-o=local:../cri-o";
    std::vector<std::string> names;
    for (const auto& swap : swaps) {
        if (swap.starts_with('='))
            throw Error(ErrorKind::usage, fmt::format("--swap {}: it names no component", swap), kHint);
        const auto sign = swap.find("=" + std::string(CheckoutSource::kPrefix));
        if (sign == std::string::npos)
            throw Error(ErrorKind::usage, fmt::format("--swap {}: no checkout", swap), kHint);
        const auto name = swap.substr(0, sign);
        const auto path = CheckoutSource::parse(swap.substr(sign + 1))->path();
        if (path.empty())
            throw Error(ErrorKind::usage, fmt::format("--swap {}: \"local:\" names no checkout", swap), kHint);
        if (std::error_code none; !std::filesystem::is_directory(path, none)) {
            throw Error(ErrorKind::usage, fmt::format("--swap {}: there is no folder {}", swap, path), kHint);
        }
        if (!cell.scenario.swaps.emplace(name, swap.substr(sign + 1)).second) {
            throw Error(ErrorKind::usage, fmt::format("--swap {}: {} is swapped twice", swap, name));
        }
        names.push_back(name);
    }
    cell.recipe = provision::with_swaps(std::move(cell.recipe), names);
    const component::Table table(folders.fixtures() / "components");
    for (const auto& [name, source] : cell.scenario.swaps) {
        with_note(fmt::format("--swap {}={}", name, source), [&] {
            require_another(cell, name, source);
            require_checkout(table, cell.scenario, name, source);
        });
    }
}

}  // namespace crib::cli
