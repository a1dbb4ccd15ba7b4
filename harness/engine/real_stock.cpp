#include "harness/engine/real_stock.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/component/store.h"
#include "harness/engine/bill.h"
#include "harness/image/image_store.h"
#include "harness/provision/recipe.h"

#include <algorithm>
#include <functional>

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

std::vector<component::Request> all_requests(const component::Table& table, const scenario::Scenario& scenario,
                                             const std::vector<std::string>& components) {
    std::vector<component::Request> all;
    for (const auto& versions : version_sets(scenario)) {
        for (auto& request : bill_of(table, scenario, components, versions)) {
            if (std::find(all.begin(), all.end(), request) == all.end()) all.push_back(std::move(request));
        }
    }
    return all;
}

using FindBuilt = std::function<std::optional<component::Built>(const component::Request&)>;
using IsMade = std::function<bool(const std::string& image)>;

void add_components(const component::Table& table, const Folders& folders, const scenario::Scenario& scenario,
                    const FindBuilt& find, Stock& stock) {
    const auto recipe = provision::load_recipe(folders.fixtures() / "recipes" / scenario.recipe);
    const auto pause = pause_of(table, scenario);
    for (const auto& request : all_requests(table, scenario, recipe.components)) {
        const auto built = find(request);
        stock.components.push_back({request.name, request.version, to_string(request.source), built.has_value()});
        stock.requests.push_back(request);
        const bool is_pause = request.name == "pause" && request.version == pause;
        if (is_pause || request.name == "nginx") {
            stock.supply.images[request.name] = image_references(table, request).at(0);
        }
        if (built && built->manifest) stock.supply.flannel_manifest = read_file(*built->manifest);
    }
}

void add_images(const Folders& folders, const scenario::Scenario& scenario, const IsMade& is_made, Stock& stock) {
    for (const auto& node : scenario.nodes) {
        if (stock.supply.os.contains(node.os)) continue;
        const auto file = image::find_image_file(folders.source / "images", node.os);
        auto& os = stock.supply.os[node.os];
        os.disk = file.disk;
        os.inputs = file.inputs;
        os.system = system_facts(file.family, file.package_manager);
        StockedImage image{node.os, file.title};
        image.made = is_made(node.os);
        image.from_others = std::holds_alternative<image::ReadyDisk>(file.how);
        stock.images.push_back(std::move(image));
    }
}

}  // namespace

Stock look_at_stock(process::Runner& runner, const Folders& folders, const scenario::Scenario& scenario,
                    const Context& context) {
    Stock stock;
    component::ComponentStore components(runner, folders);
    const image::ImageStore images(runner, folders);
    const auto find = [&](const component::Request& request) { return find_built(components, request, context); };
    const auto is_made = [&](const std::string& image) { return images.find(image).has_value(); };
    add_components(components.table(), folders, scenario, find, stock);
    add_images(folders, scenario, is_made, stock);
    return stock;
}

Stock needed_stock(const component::Table& table, const Folders& folders, const scenario::Scenario& scenario) {
    Stock stock;
    add_components(
        table, folders, scenario, [](const component::Request&) { return std::nullopt; }, stock);
    add_images(
        folders, scenario, [](const std::string&) { return false; }, stock);
    return stock;
}

}  // namespace crib::engine
