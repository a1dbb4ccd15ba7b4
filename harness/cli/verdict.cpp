#include "harness/cli/verdict.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/cli/cell_of.h"

#include <fmt/format.h>

namespace crib::cli {
namespace {

std::string sentence(const catalogue::Illegal& found) {
    return found.nodes.empty() ? found.reason : fmt::format("{} (on {})", found.reason, join(found.nodes, ", "));
}

// Its place is the first node's: one that several have is often the scenario's own.
void add_clashes(std::vector<scenario::Clash>& clashes, const std::vector<catalogue::Illegal>& found, bool refused) {
    for (const auto& one : found) {
        clashes.push_back({one.about, one.nodes.empty() ? "" : one.nodes.front(), sentence(one), "", refused});
    }
}

}  // namespace

std::vector<std::string> sentences(const std::vector<catalogue::Illegal>& found) {
    std::vector<std::string> texts;
    texts.reserve(found.size());
    for (const auto& one : found) texts.push_back(sentence(one));
    return texts;
}

void require_legal(const catalogue::Legality& rules, const catalogue::Cell& cell, const std::string& what,
                   const std::string& hint) {
    const auto reasons = sentences(rules.illegal(cell));
    if (reasons.empty()) return;
    throw Error(ErrorKind::usage, fmt::format("{}: this cannot work: {}", what, join(reasons, "\n    ")), hint);
}

std::function<std::vector<scenario::Clash>(const scenario::Scenario&)> clashes_by(
    std::shared_ptr<const catalogue::Legality> rules) {
    return [rules = std::move(rules)](const scenario::Scenario& scenario) {
        std::vector<scenario::Clash> clashes;
        const auto cell = cell_of(scenario);
        if (!scenario.expect) add_clashes(clashes, rules->illegal(cell), true);
        if (scenario.matrix.empty()) add_clashes(clashes, rules->warnings(cell), false);
        return clashes;
    };
}

}  // namespace crib::cli
