#pragma once
// Reading: what the parts of the reader share while they turn a document into a scenario. Internal to scenario.

#include "harness/scenario/fields.h"
#include "harness/scenario/load.h"

namespace crib::scenario {

struct Reading {
    Document& document;
    Fields& fields;
    const Known& known;
    Scenario& scenario;

    // The value at the top of the document, if there is one of this type; another type is reported.
    [[nodiscard]] const nlohmann::json* top(const std::string& key, nlohmann::json::value_t type) const;

    // Is it on offer, and not broken? Else that is reported.
    void require_image(const std::string& name, const std::string& path);
    void require_recipe(const std::string& name, const std::string& path);

    [[nodiscard]] std::vector<std::string> node_names() const;
    // The components whose versions its recipe takes; nothing where the recipe is not known.
    [[nodiscard]] const std::vector<std::string>* components() const;
    [[nodiscard]] bool takes(const std::string& component) const;
    // The node of that name, or all of the entry of that name with a count.
    [[nodiscard]] std::vector<std::string> nodes_called(const std::string& name) const;
};

// Each reads one key of the scenario, in this order, and defines what later ones may refer to.
void read_parameters(Reading& reading);  // ${parameters.NAME}
void read_versions(Reading& reading);    // components and versions; ${versions.NAME}
void read_nodes(Reading& reading);       // ${nodes.NAME.os}, .role and .versions.COMPONENT
void read_checks(Reading& reading);
void read_mutations(Reading& reading);
void read_expect(Reading& reading);

// The keys of a scenario.
[[nodiscard]] const std::vector<std::string>& scenario_keys();

// "versions" of a node: overrides of the scenario's.
void read_node_versions(Reading& reading, const nlohmann::json& json, const std::string& path, Node& node);

}  // namespace crib::scenario
