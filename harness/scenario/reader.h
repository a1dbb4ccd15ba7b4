#pragma once
// Reader: from a document to a Scenario, reporting all that is wrong on its way. Internal to scenario.

#include "harness/scenario/document.h"
#include "harness/scenario/load.h"

#include <filesystem>
#include <string>

namespace crib::scenario {

class Reader {
public:
    Reader(Document& document, const Known& known, const std::filesystem::path& file)
        : document_(document), known_(known), file_(file) {}

    // Only to be used when the document has nothing to report afterwards.
    Scenario read();

private:
    using Json = nlohmann::json;

    void check_keys(const Json& object, const std::string& path, const std::vector<std::string>& keys);
    bool require_type(const Json& value, const std::string& path, Json::value_t type);
    bool require_known(const std::string& value, const std::string& path, const std::string& what,
                       const std::vector<std::string>& on_offer, Document::At at = Document::At::value);
    // Nothing, and a report where that is wrong, when the key is absent or of another type.
    std::optional<std::string> text(const Json& object, const std::string& path, const std::string& key, bool required);
    std::optional<long long> integer(const Json& object, const std::string& path, const std::string& key);

    void read_versions();
    void read_version(const std::string& component, const std::string& path);
    void read_components();
    void read_component(const std::string& name, const Json& value, const std::string& path);
    void read_nodes();
    void read_node(const Json& json, const std::string& path);
    Node read_machine(const Json& json, const std::string& path);
    Role read_role(const Json& json, const std::string& path);
    long long read_count(const Json& json, const std::string& path, Role role);
    void add_node(const Node& node, const std::string& path);
    void require_one_control_plane();
    void read_checks();
    void read_check(const Json& json, const std::string& path);
    void read_params(const Json& json, const std::string& path, Check& check);
    std::string parameter(const Json& value, const std::string& path);

    Document& document_;
    const Known& known_;
    std::filesystem::path file_;
    Scenario scenario_;
    std::map<std::string, std::string> node_paths_;  // name to where it was given
};

}  // namespace crib::scenario
