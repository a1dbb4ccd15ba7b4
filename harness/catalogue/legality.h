#pragma once
// Legality: which combinations of versions, operating system, runtime and source cannot work, and why. The rules are
// rows of fixtures/catalogue/illegal.json, and those that follow from the tables themselves. Fast: some 10 microseconds
// a cell.

#include "harness/catalogue/catalogue.h"

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace crib::catalogue {

// A node of a cell. What is empty or 0 is the cell's, or not known: no rule about it applies.
struct CellNode {
    std::string name{};
    bool control_plane = false;
    std::string os{};
    std::map<std::string, std::string> versions{};  // that differ from the cell's
    std::string runtime{};
    unsigned vcpus = 0;
    unsigned memory_mib = 0;
};

// One concrete combination. Versions are exact: resolve relative names first.
struct Cell {
    std::string os{};                                   // "debian-12"; one that the catalogue lacks breaks no rule
    std::map<std::string, std::string> versions{};      // component to version
    std::map<std::string, std::string> sources{};       // component to "modules" (default), "upstream", "local:PATH"
    std::map<std::string, std::string> repositories{};  // component to the one wanted: "isv"; else any that has it
    std::string runtime{};                              // "crun", "runc"
    std::string cgroup{};                               // "v1", "v2"; else what the operating system boots with
    std::string kubeadm_api{};                          // of the configuration given to kubeadm: "v1beta3"
    std::set<std::string> as_programs{};                // components of which programs without packages will do
    std::vector<CellNode> nodes{};                      // none: one control plane like the cell
};

struct Illegal {
    std::string rule;    // "crun-too-old"
    std::string reason;  // a sentence with the versions in it
    std::string source;
    std::vector<std::string> nodes;  // on which; none: the cell as a whole
    std::string about;               // the value to change, as a scenario names it: "os", "versions.cri-o", "vcpus"
};

class Legality {
public:
    // `rules` is fixtures/catalogue/illegal.json. Error(component) names what is wrong in it.
    Legality(const Catalogue& catalogue, const std::filesystem::path& rules);
    ~Legality();
    Legality(Legality&&) noexcept;
    Legality& operator=(Legality&&) noexcept;

    // Why the cell cannot work, or cannot even be built; nothing when it may.
    [[nodiscard]] std::vector<Illegal> illegal(const Cell& cell) const;

    // What may work and is against what upstream documents or recommends.
    [[nodiscard]] std::vector<Illegal> warnings(const Cell& cell) const;

    // The ids of all rules, those of the tables too.
    [[nodiscard]] std::vector<std::string> rules() const;

private:
    class Judge;
    struct Tables;
    std::unique_ptr<Tables> tables_;
};

}  // namespace crib::catalogue
