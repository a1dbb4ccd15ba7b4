#pragma once
// The cluster's network as it really is: a crib-switch process.

#include "harness/engine/parts.h"
#include "harness/process/runner.h"

namespace crib::engine {

class SwitchStarter final : public NetworkStarter {
public:
    // `program` is the crib-switch executable.
    SwitchStarter(process::Runner& runner, std::filesystem::path program)
        : runner_(runner), program_(std::move(program)) {}

    std::unique_ptr<ClusterNetwork> attach(const RunFolder& folder) override;
    std::unique_ptr<ClusterNetwork> start(const NetworkPlan& plan, const RunFolder& folder,
                                          const Context& context) override;

private:
    process::Runner& runner_;
    std::filesystem::path program_;
};

}  // namespace crib::engine
