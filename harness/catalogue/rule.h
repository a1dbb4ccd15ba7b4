#pragma once
// Rule: a row of illegal.json, conditions over facts of a cell's node. Internal to the catalogue.

#include "harness/catalogue/version.h"

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace crib::catalogue {

enum class Fact {
    os,
    os_family,
    os_kernel,   // a version
    cgroup,      // "v1", "v2"
    kubernetes,  // the control plane's
    kubelet,     // the node's
    cri_o,
    cri_o_runtime_spec,
    cri_tools,
    flannel,
    cni_plugins,
    kubernetes_source,  // "modules", "upstream", "local"
    cri_o_source,
    flannel_source,
    runtime,          // "crun", "runc"
    runtime_version,  // of the operating system's package, where CRI-O uses that
    control_plane_vcpus,
    control_plane_memory,  // MiB
    count
};

[[nodiscard]] const char* to_string(Fact fact);  // "os.kernel"

// What is known of one node. Texts must outlive it.
class Facts {
public:
    void set(Fact fact, std::string_view text);  // an empty text: not known
    void set(Fact fact, std::string_view text, const std::array<unsigned, 3>& numbers);

    [[nodiscard]] std::string_view text(Fact fact) const { return slots_[index(fact)].text; }
    [[nodiscard]] bool known(Fact fact) const { return !slots_[index(fact)].text.empty(); }
    [[nodiscard]] const Version& version(Fact fact) const { return slots_[index(fact)].version; }

    // `text` with ${os.kernel} and the like replaced; one that is not known becomes "?".
    [[nodiscard]] std::string fill(const std::string& text) const;

private:
    struct Slot {
        std::string_view text;
        Version version;
    };
    [[nodiscard]] static std::size_t index(Fact fact) { return static_cast<std::size_t>(fact); }
    std::array<Slot, static_cast<std::size_t>(Fact::count)> slots_{};
};

struct Condition {
    Fact fact = Fact::os;
    std::variant<VersionRange, std::vector<std::string>> is;  // the range that it is in, or the texts it is one of

    // False when the fact is not known.
    [[nodiscard]] bool holds(const Facts& facts) const;
};

struct Rule {
    std::string id;
    bool refused = true;  // else warned of
    std::vector<Condition> when;
    std::string reason;  // with ${os.kernel} and the like
    std::string source;
    std::string about;  // what of a scenario its conditions look at first: "os", "versions.flannel"

    [[nodiscard]] bool applies(const Facts& facts) const;
};

// Error(component) names the place of what is wrong.
[[nodiscard]] std::vector<Rule> read_rules(const std::filesystem::path& file);

}  // namespace crib::catalogue
