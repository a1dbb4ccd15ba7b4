#pragma once
// The supplies as they really are: components built or reused, node images made, repositories to serve.

#include "harness/component/store.h"
#include "harness/engine/parts.h"
#include "harness/events/bus.h"
#include "harness/image/image_store.h"
#include "harness/process/runner.h"

namespace crib::engine {

class RealSupplier final : public Supplier {
public:
    RealSupplier(process::Runner& runner, const Folders& folders, events::Bus& bus);

    Supply prepare(const scenario::Scenario& scenario, const Context& context) override;
    std::vector<NodeDisk> make_disks(const Supply& supply, const CellNode& node, const std::vector<CellNode>& all,
                                     const RunKeys& keys, const std::filesystem::path& folder,
                                     const Context& context) override;
    std::vector<NodeDisk> make_disks_over(const Layers& layers, const StateNode& node, const ClusterState& state,
                                          const std::filesystem::path& folder, const Context& context) override;
    RunKeys make_keys(const std::string& run_id) override;
    Acceleration find_acceleration(const Supply& supply, const Context& context) override;

private:
    std::vector<component::Built> build_components(const scenario::Scenario& scenario,
                                                   const std::vector<std::string>& components,
                                                   const std::map<std::string, std::string>& versions,
                                                   const Context& context);
    void add_swaps(const scenario::Scenario& scenario, Supply& supply, const Context& context);
    void make_images(const scenario::Scenario& scenario, Supply& supply, const Context& context);
    std::filesystem::path repository(const std::string& label, const std::vector<std::filesystem::path>& debs,
                                     const Context& context);

    process::Runner& runner_;
    Folders folders_;
    events::Bus& bus_;
    component::ComponentStore components_;
    image::ImageStore images_;
};

}  // namespace crib::engine
