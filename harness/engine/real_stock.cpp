#include "harness/engine/real_stock.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/component/store.h"
#include "harness/engine/bill.h"
#include "harness/image/image_store.h"

#include <algorithm>

namespace crib::engine {
namespace {

// A machine that could not build it (no Go, no compiler) does not have it.
std::optional<component::Built> find_built(component::ComponentStore& store, const component::Request& request,
                                           const Context& context) {
    try {
        return store.find(request, context);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::usage || error.kind() == ErrorKind::cancelled) throw;
        return std::nullopt;
    }
}

std::vector<component::Request> all_requests(const component::Table& table, const scenario::Scenario& scenario) {
    std::vector<component::Request> all;
    for (const auto& versions : version_sets(scenario)) {
        for (auto& request : bill_of(table, scenario, versions)) {
            if (std::find(all.begin(), all.end(), request) == all.end()) all.push_back(std::move(request));
        }
    }
    return all;
}

void add_components(process::Runner& runner, const Folders& folders, const scenario::Scenario& scenario,
                    const Context& context, Stock& stock) {
    component::ComponentStore store(runner, folders);
    const auto pause = pause_of(store.table(), scenario);
    for (const auto& request : all_requests(store.table(), scenario)) {
        const auto built = find_built(store, request, context);
        stock.components.push_back({request.name, request.version, to_string(request.source), built.has_value()});
        const bool is_pause = request.name == "pause" && request.version == pause;
        if (is_pause || request.name == "nginx") {
            stock.supply.images[request.name] = image_references(store.table(), request).at(0);
        }
        if (built && built->manifest) stock.supply.flannel_manifest = read_file(*built->manifest);
    }
}

void add_images(process::Runner& runner, const Folders& folders, const scenario::Scenario& scenario, Stock& stock) {
    const image::ImageStore store(runner, folders);
    for (const auto& node : scenario.nodes) {
        if (stock.supply.os.contains(node.os)) continue;
        const auto file = image::find_image_file(folders.source / "images", node.os);
        auto& os = stock.supply.os[node.os];
        os.disk = file.disk;
        os.inputs = file.inputs;
        os.system = system_facts(file.family, file.package_manager);
        StockedImage image{node.os, file.title};
        image.made = store.find(node.os).has_value();
        image.from_others = std::holds_alternative<image::ReadyDisk>(file.how);
        stock.images.push_back(std::move(image));
    }
}

}  // namespace

Stock look_at_stock(process::Runner& runner, const Folders& folders, const scenario::Scenario& scenario,
                    const Context& context) {
    Stock stock;
    add_components(runner, folders, scenario, context, stock);
    add_images(runner, folders, scenario, stock);
    return stock;
}

}  // namespace crib::engine
