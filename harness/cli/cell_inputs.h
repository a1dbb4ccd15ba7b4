#pragma once
// CellInputs: what a cell comes to, as a digest. A resumed matrix tells by it whether what passed is still the same,
// and a cell's own process whether it is about to run what the matrix has read.

#include "harness/base/context.h"
#include "harness/base/folders.h"
#include "harness/cli/known_facts.h"
#include "harness/component/build_files.h"
#include "harness/component/table.h"
#include "harness/engine/planned_stages.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/scenario.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::cli {

class CellInputs {
public:
    using Planner = std::function<engine::PlannedSetUp(const engine::Cell& cell, const engine::Stock& stock)>;

    // Folders and knowledge are referred to.
    CellInputs(const Folders& folders, const Knowledge& knowledge, Planner planner = engine::planned_set_up);

    struct SetUp {
        // Of its nodes, components, checks, and steps with their scripts, inputs and files; of the files that its
        // components are built with; of what is in its checkouts and in the files of its node images. Not of words for
        // people; of "expect", which a matrix gives a cell by a flag, only whether there is one.
        std::string digest;
        // As of engine::PlannedSetUp; none where it cannot be planned: its own run says why.
        std::map<hypervisor::Acceleration, std::vector<engine::PlannedStage>> stages{};
        // Of its components. They last as long as the CellInputs.
        std::vector<const component::BuildFiles*> builds{};
    };
    // Each checkout, image and component's files are read once. Error(cancelled) where the context ends before a
    // checkout is read.
    [[nodiscard]] SetUp set_up(const scenario::Scenario& scenario, const Context& context);

    // The same with what is expected of it.
    [[nodiscard]] static std::string whole(const std::string& set_up, const std::optional<scenario::Expect>& expect);

    // The first checkout among a scenario's components that is not any more as it was read; nothing: all are. Reads
    // them again.
    [[nodiscard]] std::optional<std::string> changed_checkout(const std::map<std::string, std::string>& components,
                                                              const Context& context) const;

private:
    // Its digest; the rest is added to the set-up.
    [[nodiscard]] std::string plan(const scenario::Scenario& scenario, SetUp& set_up);
    const component::BuildFiles& build(const component::Request& request);
    const std::string& checkout(const std::string& source, const Context& context);
    const std::string& image(const std::string& name);

    const Folders& folders_;
    const Knowledge& knowledge_;
    Planner planner_;
    component::Table table_;
    provision::Profile profile_;
    std::map<std::string, std::string> checkouts_;  // "local:PATH" to its fingerprint
    std::map<std::string, std::string> images_;     // name to the digest of its file
    std::map<component::Request, component::BuildFiles> builds_;
};

}  // namespace crib::cli
