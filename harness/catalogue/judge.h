#pragma once
// Judge: looks at one cell, node by node. Internal to the catalogue.

#include "harness/catalogue/legality.h"
#include "harness/catalogue/rule.h"

#include <unordered_map>

namespace crib::catalogue {

// The catalogue by exact version, so that a cell needs few look-ups and no copies.
struct Legality::Tables {
    Tables(Catalogue of, std::vector<Rule> rows);

    Catalogue catalogue;
    std::vector<Rule> rules;
    std::unordered_map<std::string, KubernetesFacts> kubernetes;
    std::unordered_map<std::string, CriOFacts> cri_o;
    std::unordered_map<std::string, std::unordered_map<std::string, KnownVersion>> versions;  // by component
    std::unordered_map<std::string, OperatingSystem> systems;
};

class Legality::Judge {
public:
    // Either what is refused or what is warned of.
    Judge(const Tables& tables, const Cell& cell, bool refused) : tables_(tables), cell_(cell), refused_(refused) {}

    [[nodiscard]] std::vector<Illegal> look();

private:
    // A node with what it inherits from the cell, and its rows; null where there is none.
    struct View {
        const CellNode* node = nullptr;
        const OperatingSystem* os = nullptr;
        const KubernetesFacts* kubernetes = nullptr;
        const CriOFacts* cri_o = nullptr;
        const KnownVersion* kubelet_version = nullptr;
        const KnownVersion* cri_o_version = nullptr;
        Facts facts;
    };

    [[nodiscard]] View view_of(const CellNode& node) const;
    [[nodiscard]] const std::string& version_of(const CellNode& node, const std::string& component) const;
    [[nodiscard]] Source source_of(const std::string& component) const;
    [[nodiscard]] const KnownVersion* known(const std::string& component, const std::string& version) const;

    // The rules that follow from the tables.
    void check_offer(const CellNode& node, const std::map<std::string, std::string>& versions);
    void check_version(const CellNode& node, const std::string& component, const std::string& version);
    void check_rows(const View& view);
    void check_skew(const View& view);
    void check_cri(const View& view);
    void check_kernel(const View& view);
    void check_kubeadm_api(const View& view);
    void check_repository(const View& view, const std::string& component, const KnownVersion* version,
                          const std::vector<std::string>& names);
    // What there is of packages for a node's system.
    struct Offer {
        const Repository* best = nullptr;      // that has them, a live one before one that is not maintained
        const Repository* programs = nullptr;  // that has the programs without packages
        std::vector<std::string> obstacles;    // why the others are of no use
        std::string source;                    // of the obstacles
    };
    [[nodiscard]] Offer offer_of(const View& view, const std::string& component, const KnownVersion& version,
                                 const std::vector<std::string>& names) const;

    void add(const char* rule, const std::string& node, std::string reason, std::string source, std::string about);

    const Tables& tables_;
    const Cell& cell_;
    bool refused_;
    const KnownVersion* control_plane_ = nullptr;  // its Kubernetes
    std::vector<Illegal> found_;
};

}  // namespace crib::catalogue
