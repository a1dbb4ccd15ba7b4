// Reads "nodes".

#include "harness/base/text.h"
#include "harness/scenario/label_rules.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/node_rules.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/version_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

constexpr ByteSize kDefaultControlPlaneMemory = ByteSize::mib(2300);
constexpr ByteSize kDefaultWorkerMemory = ByteSize::mib(1800);
constexpr long long kDefaultVcpus = 2;

const std::vector<std::string> kNodeKeys = {"name",  "role", "count",  "os",     "memory",
                                            "vcpus", "disk", "labels", "taints", "versions"};

const Fields::OtherWords kOtherWords = {{"image", "os"},   {"distribution", "os"}, {"hostname", "name"},
                                        {"ram", "memory"}, {"cpu", "vcpus"},       {"cores", "vcpus"}};

class NodeReader {
public:
    explicit NodeReader(Reading& reading) : reading_(reading), fields_(reading.fields) {}

    void read_all(const Json& nodes) {
        os_is_told_ = fields_.is_misspelt("$.os");
        const auto count = fields_.count_of(nodes, "$.nodes", "nodes", kMostNodes);
        for (std::size_t i = 0; i < count; ++i) read(nodes[i], child_path("$.nodes", i));
        if (count < nodes.size()) return;
        require_one_control_plane();
        require_versions_that_fit();
        if (asked_for_ > kMostNodes) {
            report("$.nodes", fmt::format("{} nodes are more than one cluster can have, {}", asked_for_, kMostNodes));
        }
    }

private:
    std::vector<Node>& found() { return reading_.scenario.nodes; }

    void report(const std::string& path, const std::string& message, const std::string& hint = {}) {
        reading_.document.report(path, message, hint);
    }

    void read(const Json& json, const std::string& path) {
        if (!fields_.require_type(json, path, Json::value_t::object)) return;
        fields_.check_keys(json, path, kNodeKeys, kOtherWords);
        Node node = read_machine(json, path);
        const long long count = read_count(json, path, node.role);
        asked_for_ += static_cast<std::size_t>(count);
        const auto name = fields_.text(json, path, "name", true);
        if (!name) {
            add(node, path);  // so that its role counts
            return;
        }
        node.group = *name;
        define(*name, node);
        for (long long i = 1; i <= count && found().size() <= kMostNodes; ++i) {
            node.name = count == 1 ? *name : *name + std::to_string(i);
            const auto problem = problem_with_node_name(node.name);
            if (!problem.empty()) {
                report(path + ".name", problem);
                add(node, path);
                return;
            }
            require_own_name(node, path);
            if (count > 1) define(node.name, node);
            add(node, path);
        }
    }

    void add(const Node& node, const std::string& path) {
        found().push_back(node);
        paths_.push_back(path);
    }

    Node read_machine(const Json& json, const std::string& path) {
        Node node;
        node.role = read_role(json, path);
        read_sizes(json, path, node);
        node.os = reading_.scenario.os;
        if (const auto os = fields_.text(json, path, "os", false)) {
            node.os = *os;
            reading_.require_image(*os, path + ".os");
        } else if (!json.contains("os") && !fields_.is_misspelt(child_path(path, "os")) &&
                   !reading_.document.root().contains("os") && !os_is_told_) {
            os_is_told_ = true;  // once for all nodes
            const auto& images = reading_.known.images;
            report(path, "no \"os\" is given, here or for the whole scenario",
                   images.empty() ? "" : "on offer: " + join(images, ", "));
        }
        read_labels(json, path, node);
        read_taints(json, path, node);
        read_node_versions(reading_, json, path, node);
        return node;
    }

    void read_sizes(const Json& json, const std::string& path, Node& node) {
        node.memory = node.role == Role::control_plane ? kDefaultControlPlaneMemory : kDefaultWorkerMemory;
        if (const auto memory = fields_.size(json, path, "memory", kMostMemory)) {
            const auto problem = problem_with_memory(node.role, *memory);
            if (!problem.empty()) report(path + ".memory", problem);
            node.memory = *memory;
        }
        if (const auto disk = fields_.size(json, path, "disk", kMostDisk)) {
            const auto problem = problem_with_disk(*disk);
            if (!problem.empty()) report(path + ".disk", problem);
            node.disk = *disk;
        }
        const long long vcpus = fields_.integer(json, path, "vcpus").value_or(kDefaultVcpus);
        const auto problem = problem_with_vcpus(node.role, vcpus);
        if (!problem.empty()) report(path + ".vcpus", problem);
        node.vcpus = problem.empty() ? static_cast<unsigned>(vcpus) : 1;
    }

    Role read_role(const Json& json, const std::string& path) {
        const std::vector<std::string> roles = {to_string(Role::control_plane), to_string(Role::worker)};
        const auto role = fields_.text(json, path, "role", true);
        if (!role || !fields_.require_known(*role, path + ".role", "role", roles)) {
            role_is_told_ = true;
            return Role::worker;
        }
        return *role == roles[0] ? Role::control_plane : Role::worker;
    }

    long long read_count(const Json& json, const std::string& path, Role role) {
        const auto count = fields_.integer(json, path, "count");
        if (!count) return 1;
        if (*count < 1 || *count > kMostNodes) {
            report(path + ".count", fmt::format("{} is not between 1 and {}", *count, kMostNodes));
            return 1;
        }
        if (role == Role::control_plane && *count > 1) {
            report(path + ".count", "the recipes set up one control plane");
            return 1;
        }
        return *count;
    }

    void read_labels(const Json& json, const std::string& path, Node& node) {
        const auto place = child_path(path, "labels");
        if (!json.contains("labels") || !fields_.require_type(json["labels"], place, Json::value_t::object)) return;
        auto left = fields_.count_of(json["labels"], place, "labels", kMostLabels);
        for (const auto& [key, value] : json["labels"].items()) {
            if (left-- == 0) break;
            const auto at = child_path(place, key);
            if (const auto problem = problem_with_label_key(key); !problem.empty()) {
                reading_.document.report(at, problem, {}, Document::At::key);
            }
            const auto text = fields_.scalar(value, at);
            if (!text) continue;
            if (const auto problem = problem_with_label_value(*text); !problem.empty()) report(at, problem);
            node.labels[key] = *text;
        }
    }

    void read_taints(const Json& json, const std::string& path, Node& node) {
        node.own_taints = json.contains("taints");
        for (const auto& [text, at] : fields_.texts(json, path, "taints", kMostLabels)) {
            const auto parsed = parse_taint(text);
            const auto same = [&](const Taint& other) {
                return other.key == parsed.taint.key && other.effect == parsed.taint.effect;
            };
            if (!parsed.problem.empty()) {
                report(at, parsed.problem, parsed.hint);
            } else if (std::any_of(node.taints.begin(), node.taints.end(), same)) {
                report(at,
                       fmt::format("a second taint of key {} and effect {}", parsed.taint.key, parsed.taint.effect));
            }
            node.taints.push_back(parsed.taint);
        }
    }

    void require_own_name(const Node& node, const std::string& path) {
        const auto [other, is_new] = places_.emplace(node.name, path + ".name");
        if (is_new) return;
        report(path + ".name", fmt::format("two nodes are called \"{}\"", node.name),
               fmt::format("the other one is {}", other->second));
    }

    // What ${nodes.NAME.…} stands for.
    void define(const std::string& name, const Node& node) {
        const auto prefix = "nodes." + name + ".";
        fields_.define(prefix + "os", node.os);
        fields_.define(prefix + "role", to_string(node.role));
        auto versions = node.versions;
        versions.insert(reading_.scenario.versions.begin(), reading_.scenario.versions.end());
        for (const auto& [component, version] : versions) fields_.define(prefix + "versions." + component, version);
    }

    void require_one_control_plane() {
        const auto count = std::count_if(found().begin(), found().end(),
                                         [](const Node& node) { return node.role == Role::control_plane; });
        if (count == 0 && !role_is_told_) {
            report("$.nodes", "no node is a control plane", R"(give one of them "role": "control-plane")");
        } else if (count > 1) {
            report("$.nodes", fmt::format("{} control planes are given; the recipes set up one", count));
        }
    }

    [[nodiscard]] std::string kubernetes_of(const Node& node) const {
        const auto own = node.versions.find("kubernetes");
        if (own != node.versions.end()) return own->second;
        const auto common = reading_.scenario.versions.find("kubernetes");
        return common == reading_.scenario.versions.end() ? std::string{} : common->second;
    }

    void require_versions_that_fit() {
        const auto server = std::find_if(found().begin(), found().end(),
                                         [](const Node& node) { return node.role == Role::control_plane; });
        if (server == found().end()) return;
        std::string told;  // once for all nodes of one entry
        for (std::size_t i = 0; i < found().size(); ++i) {
            const auto problem = problem_with_skew(kubernetes_of(found()[i]), kubernetes_of(*server));
            if (problem.empty() || told == paths_[i]) continue;
            told = paths_[i];
            const bool own = found()[i].versions.contains("kubernetes");
            reading_.document.report_combination(own ? told + ".versions.kubernetes" : told, problem,
                                                 "Kubernetes' version skew policy");
        }
    }

    Reading& reading_;
    Fields& fields_;
    bool os_is_told_ = false;                    // that there is none
    bool role_is_told_ = false;                  // that one is wrong, so that no control plane may be missing
    std::size_t asked_for_ = 0;                  // nodes in all
    std::vector<std::string> paths_;             // of each node found
    std::map<std::string, std::string> places_;  // name to where it was given
};

}  // namespace

void read_nodes(Reading& reading) {
    if (!reading.document.root().contains("nodes")) {
        if (reading.fields.is_misspelt("$.nodes")) return;
        reading.document.report(
            "$", "\"nodes\" is missing",
            R"(for example "nodes": [{"name": "master", "role": "control-plane"}, {"name": "worker", "role": "worker"}])");
        return;
    }
    const auto* nodes = reading.top("nodes", Json::value_t::array);
    if (nodes != nullptr) NodeReader(reading).read_all(*nodes);
}

}  // namespace crib::scenario
