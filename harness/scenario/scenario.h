#pragma once
// Scenario: what a user asks to be set up and checked. A plain value, complete and valid.

#include "harness/base/size.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::scenario {

enum class Role { control_plane, worker };

[[nodiscard]] const char* to_string(Role role);  // "control-plane", "worker"

struct Node {
    std::string name;  // a host name; `count` is already spelt out: worker1, worker2
    Role role = Role::worker;
    ByteSize memory;
    unsigned vcpus = 2;
    std::string os;  // the name of a node image: "debian-13"
};

struct Check {
    std::string kind;                            // "container-runtime"
    std::map<std::string, std::string> params;   // values as text, ${versions.NAME} already replaced
    std::map<std::string, std::string> written;  // the same as the file has them
};

struct Scenario {
    std::filesystem::path file;
    std::string name;
    std::string about;
    std::string os;  // of nodes that name none
    std::map<std::string, std::string>
        versions;  // component to version; kubernetes, cri-o and flannel are always there
    std::map<std::string, std::string>
        components;           // component to source: "modules" (default), "upstream", "local:PATH"
    std::vector<Node> nodes;  // exactly one control plane
    std::string recipe;
    std::vector<Check> checks;
    bool internet = false;  // may nodes reach anything outside the cluster?
};

}  // namespace crib::scenario
