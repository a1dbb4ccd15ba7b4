#pragma once
// CheckoutCheck: whether the checkouts that scenarios name are of the components that are to be built from them.

#include "harness/base/context.h"
#include "harness/component/table.h"
#include "harness/scenario/load.h"

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace crib::cli {

// Error(usage) for a source that is no checkout of the component. What another component requires may have no version
// of its own in a scenario: every row of it takes a checkout of the same module.
void require_checkout(const component::Table& table, const scenario::Scenario& scenario, const std::string& name,
                      const std::string& source);

class CheckoutCheck {
public:
    // all_files: as a build will read them, some 10,000. What plans or builds reads them by itself.
    enum class Reads { go_mod, all_files };

    CheckoutCheck(component::Table table, Reads reads, Context context)
        : table_(std::move(table)), reads_(reads), context_(std::move(context)) {}

    // Of a scenario in which the reader has found nothing. A checkout that many cells have is looked at once.
    // Thread-safe. Error(environment) for what is wrong with the machine.
    [[nodiscard]] std::vector<scenario::Clash> mistakes_in(const scenario::Scenario& scenario);

private:
    struct Problem {
        std::string reason;
        std::string hint;
    };
    using Key = std::tuple<std::string, std::string, std::string>;  // component, its version, source

    [[nodiscard]] std::optional<Problem> judge(const scenario::Scenario& scenario, const std::string& name,
                                               const std::string& source);
    [[nodiscard]] std::optional<Problem> read_all(const std::string& source);

    component::Table table_;
    Reads reads_;
    Context context_;
    std::mutex mutex_;
    std::map<Key, std::optional<Problem>> judged_;
    std::map<std::string, std::optional<Problem>> read_;  // by source
};

}  // namespace crib::cli
