#pragma once
// Values of a matrix's axes, by their paths, onto a cell.

#include "harness/catalogue/legality.h"

#include <string>

namespace crib::catalogue {

// "os", "versions.cri-o", "components.cri-o" (a source), "parameters.runtime", and of nodes "nodes.worker.os",
// "nodes.worker.versions.kubernetes", "nodes.master.vcpus", "nodes.master.memory" ("2300MiB"). NAME is
// every node of that name, with a number behind it too: worker is worker1 and worker2. False for a path of which the
// rules know nothing: the cell stays as it is.
bool set_by_path(Cell& cell, const std::string& path, const std::string& value);

}  // namespace crib::catalogue
