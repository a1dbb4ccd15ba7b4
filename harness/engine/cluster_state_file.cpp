#include "harness/engine/cluster_state_file.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"

namespace crib::engine {

ClusterState read_cluster_state(const RunFolder& folder) {
    const auto text = read_input(folder.state(), input_kind::cluster_state);
    try {
        return parse_cluster_state(text);
    } catch (const Error& error) {
        throw Error(ErrorKind::usage, folder.state().string() + ": " + error.what(),
                    "crib down ends the run; its scenario can be run again");
    }
}

}  // namespace crib::engine
