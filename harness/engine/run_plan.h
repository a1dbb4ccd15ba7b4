#pragma once
// RunPlan: what a run would do, known before anything is built or booted. Pure.

#include "harness/component/request.h"
#include "harness/engine/cell_runner.h"
#include "harness/engine/matrix_room.h"
#include "harness/engine/parts.h"
#include "harness/engine/run_times.h"
#include "harness/provision/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace crib::engine {

struct StockedComponent {
    std::string name;
    std::string version;
    std::string source;  // "modules", "upstream", "local:PATH"
    bool built = false;  // else a run builds or fetches it
};

struct StockedImage {
    std::string name;   // "debian-13"
    std::string title;  // "Debian GNU/Linux 13 (trixie)"
    bool made = false;
    bool from_others = false;  // it is fetched, not made
};

// What there is of what a cell needs.
struct Stock {
    Supply supply;  // of it, only what steps are planned from: the systems' facts, names of images, flannel's manifest
    std::vector<StockedComponent> components;
    std::vector<StockedImage> images;
    std::vector<component::Request> requests{};  // of all components, in their order
};

struct RunPlan {
    scenario::Scenario scenario;
    std::vector<CellNode> nodes;
    std::vector<StockedComponent> components;
    std::vector<StockedImage> images;
    Supplier::Acceleration acceleration;
    std::string profile;                // of hosts that emulate; empty: none
    std::string package_source;         // "crib" serves packages, or nodes fetch them from "upstream"
    std::vector<std::string> warnings;  // of what may not go together
    provision::Plan set_up;
    CellNeed need;
    std::optional<ExpectedTime> time;  // nothing: no run was measured yet
};

// As CellRunner would run it. Errors as of provision::plan_steps().
[[nodiscard]] RunPlan plan_run(const Cell& cell, const Stock& stock, const Supplier::Acceleration& acceleration,
                               const std::vector<MeasuredRun>& earlier);

// One thing in which two plans differ.
struct PlanDifference {
    std::string
        section;       // "scenario", "versions", "nodes", "components", "steps", "order", "inputs", "files", "checks"
    std::string name;  // "kubernetes", "kubeadm-init", "install-crio: RUNTIME"; of an order "steps" or "checks"
    std::vector<std::string> nodes;     // of steps: where it is so
    std::optional<std::string> before;  // nothing: it is new
    std::optional<std::string> after;   // nothing: it is gone
    std::vector<std::string> lines;     // of a text that changed: as of LineComparison
};

// In the order of the sections: what comes first is most often the cause of what follows.
[[nodiscard]] std::vector<PlanDifference> differences(const RunPlan& before, const RunPlan& after);

// "inputs: install-crio: RUNTIME on master, worker: crun -> runc", and the lines, indented, below it.
[[nodiscard]] std::string to_string(const PlanDifference& difference);

}  // namespace crib::engine
