#pragma once
// RecipeSteps: the ids of steps that a scenario may name: its recipe's, and those that its mutations insert. Internal
// to scenario.

#include "harness/scenario/reading.h"

#include <map>
#include <string>
#include <vector>

namespace crib::scenario {

class RecipeSteps {
public:
    // With those that the scenario's mutations so far insert.
    explicit RecipeSteps(const Reading& reading);

    // A step that a mutation inserts, on these nodes.
    void add(const std::string& id, std::vector<std::string> nodes);
    // The nodes that a step runs on; all of them where it is not known better.
    [[nodiscard]] std::vector<std::string> nodes_of(const std::string& id) const;
    // Is it known to be there? Of a recipe that is not known, any step may be.
    [[nodiscard]] bool has_own(const std::string& id) const;
    [[nodiscard]] bool may_have(const std::string& id) const { return !is_known_ || has_own(id); }
    [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }
    bool require(const std::string& id, const std::string& path) const;

private:
    const Reading& reading_;
    bool is_known_ = false;
    std::vector<std::string> ids_;
    std::map<std::string, std::vector<std::string>> inserted_on_;
};

}  // namespace crib::scenario
