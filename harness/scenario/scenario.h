#pragma once
// Scenario: what a user asks to be set up and checked. A plain value, complete and valid.

#include "harness/base/shared_text.h"
#include "harness/base/size.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::scenario {

enum class Role { control_plane, worker };

[[nodiscard]] const char* to_string(Role role);  // "control-plane", "worker"

struct Taint {
    std::string key;
    std::string value;   // may be empty
    std::string effect;  // "NoSchedule", "PreferNoSchedule", "NoExecute"
};

struct Node {
    std::string name;  // a host name; `count` is already spelt out: worker1, worker2
    Role role = Role::worker;
    ByteSize memory;
    unsigned vcpus = 2;
    std::string os;                                 // the name of a node image: "debian-13"
    ByteSize disk{};                                // 0: as large as the image file says
    std::map<std::string, std::string> labels{};    // of the Kubernetes node
    std::vector<Taint> taints{};                    // of the Kubernetes node
    bool own_taints = false;                        // false: kubeadm's own; true: `taints`, though it may be empty
    std::map<std::string, std::string> versions{};  // components that differ from the scenario's on this node
    std::map<std::string, std::string> written_versions{};  // the same as the file has them: "latest-1"
    std::string group{};                                    // "worker", of worker1 and worker2
};

// A change to the recipe.
struct Mutation {
    enum class Kind { skip, replace, insert_before, insert_after, set };
    Kind kind = Kind::skip;
    std::string step;                           // what is skipped, replaced, or stands beside the new step; not for set
    std::string id;                             // the new step's, for insert_*
    std::string title;                          // the new step's; may be empty
    SharedText script;                          // the shell text of replace and insert_*; a file's is one for all
    std::string origin;                         // where that text is from: a file's path, or the place in the scenario
    std::map<std::string, std::string> inputs;  // set: the recipe's inputs to change
    std::vector<std::string> nodes;             // names; empty: every node
    std::string path;                           // "$.mutations[0]", for messages
};

// A scenario that must fail, and where.
struct Expect {
    std::string fails_at;  // a step's id, a check's kind or its whole id
    std::string node;      // on which node; empty: any
    std::string message;   // must occur in what the step wrote or the check said; empty: anything
    std::string why;       // the reason that people read
};

struct Check {
    std::string kind;                            // "container-runtime"
    std::map<std::string, std::string> params;   // values as text, references already replaced
    std::map<std::string, std::string> written;  // the same with ${versions.NAME} as the file has it
};

struct Scenario {
    std::filesystem::path file;
    std::string name;
    std::string about;
    std::string os;                               // of nodes that name none
    std::map<std::string, std::string> versions;  // component to version: of all that the recipe takes, and of no other
    std::map<std::string, std::string> written_versions{};  // the same as the file has them: "latest"
    std::map<std::string, std::string>
        components;                              // component to source: "modules" (default), "upstream", "local:PATH"
    std::map<std::string, std::string> swaps{};  // component to "local:PATH": takes the place of the one set up
    std::vector<Node> nodes;                     // exactly one control plane
    std::string recipe;
    std::vector<Mutation> mutations{};  // applied in this order
    std::vector<Check> checks;
    std::optional<Expect> expect{};
    std::map<std::string, std::string> parameters{};  // by name, as --set or their defaults have them
    std::string matrix{};              // JSON text of "matrix", its members in the order of the file; empty: none
    bool internet = false;             // may nodes reach anything outside the cluster?
    std::vector<std::string> notes{};  // what stands in the file and has no effect, one sentence each, with its place
    std::map<std::string, std::string> files{};  // that it was read from, with its scripts: path to SHA-256
};

}  // namespace crib::scenario
