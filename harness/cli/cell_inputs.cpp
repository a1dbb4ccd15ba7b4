#include "harness/cli/cell_inputs.h"

#include "harness/base/checkout_source.h"
#include "harness/base/error.h"
#include "harness/base/sha256.h"
#include "harness/component/request.h"
#include "harness/component/source_tree.h"
#include "harness/engine/real_stock.h"
#include "harness/image/image_file.h"
#include "harness/scenario/effect.h"

#include <string_view>
#include <utility>

namespace crib::cli {
namespace {

constexpr std::string_view kFormat = "3-";     // of the digests; earlier ones were of other things
constexpr const char* kUnknown = "not known";  // of what a run refuses, and says why

bool is_of_the_machine(ErrorKind kind) {
    return kind == ErrorKind::environment || kind == ErrorKind::cancelled || kind == ErrorKind::timeout ||
           kind == ErrorKind::internal;
}

// Two processes must come to the same digest: what may be otherwise in the other one is thrown.
template <typename Digest>
std::string if_sound(Digest digest) {
    try {
        return digest();
    } catch (const Error& error) {
        if (is_of_the_machine(error.kind())) throw;
        return kUnknown;
    }
}

std::string fingerprint_of(const std::string& source, const Context& context) {
    return if_sound([&] { return component::fingerprint(component::parse_source(source).checkout, context); });
}

}  // namespace

CellInputs::CellInputs(const Folders& folders, const Knowledge& knowledge, Planner planner)
    : folders_(folders),
      knowledge_(knowledge),
      planner_(std::move(planner)),
      table_(folders.fixtures() / "components"),
      profile_(provision::load_profile(folders.fixtures() / "profiles" / "emulated-host")) {}

CellInputs::SetUp CellInputs::set_up(const scenario::Scenario& scenario, const Context& context) {
    auto without_expectation = scenario;
    without_expectation.expect.reset();
    SetUp result;
    KeyBuilder key;
    key.add("format", "1");
    key.add("scenario", sha256_hex(scenario::effect_of(without_expectation, knowledge_.known)));
    key.add("plan", plan(scenario, result));
    key.add("expects", scenario.expect ? "a failure" : "nothing");
    for (const auto& [component, source] : scenario.components) {
        if (is_checkout(source)) key.add("checkout of " + component, checkout(source, context));
    }
    for (const auto& node : scenario.nodes) key.add("image " + node.os, image(node.os));
    result.digest = key.key();
    return result;
}

std::string CellInputs::whole(const std::string& set_up, const std::optional<scenario::Expect>& expect) {
    KeyBuilder key;
    key.add("cell", set_up);
    if (expect) {
        key.add("fails-at", sha256_hex(expect->fails_at));
        key.add("node", sha256_hex(expect->node));
        key.add("message", sha256_hex(expect->message));
    }
    return std::string(kFormat) + key.key();
}

std::optional<std::string> CellInputs::changed_checkout(const std::map<std::string, std::string>& components,
                                                        const Context& context) const {
    for (const auto& [component, source] : components) {
        const auto known = checkouts_.find(source);
        if (known == checkouts_.end() || fingerprint_of(source, context) == known->second) continue;
        return CheckoutSource::parse(source)->path();
    }
    return std::nullopt;
}

std::string CellInputs::plan(const scenario::Scenario& scenario, SetUp& set_up) {
    const auto recipe = knowledge_.recipes.find(scenario.recipe);
    if (recipe == knowledge_.recipes.end()) return kUnknown;
    const engine::Cell cell{scenario, recipe->second, profile_, {}};
    return if_sound([&] {
        const auto stock = engine::needed_stock(table_, folders_, scenario);
        auto planned = planner_(cell, stock);
        KeyBuilder key;
        key.add("set-up", planned.key);
        for (const auto& request : stock.requests) {
            const auto& files = build(request);
            key.add("files of " + request.name + " " + request.version, files.digest);
            set_up.builds.push_back(&files);
        }
        set_up.stages = std::move(planned.stages);
        return key.key();
    });
}

const component::BuildFiles& CellInputs::build(const component::Request& request) {
    const auto known = builds_.find(request);
    if (known != builds_.end()) return known->second;
    return builds_[request] = component::build_files(table_, request);
}

const std::string& CellInputs::checkout(const std::string& source, const Context& context) {
    const auto known = checkouts_.find(source);
    if (known != checkouts_.end()) return known->second;
    return checkouts_[source] = fingerprint_of(source, context);
}

const std::string& CellInputs::image(const std::string& name) {
    const auto known = images_.find(name);
    if (known != images_.end()) return known->second;
    return images_[name] =
               if_sound([&] { return sha256_file(image::find_image_file(folders_.source / "images", name).file); });
}

}  // namespace crib::cli
