#include "harness/scenario/blame.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>

namespace crib::scenario {
namespace {

using Sets = std::vector<std::string>;
using Ids = std::set<std::string>;

constexpr std::size_t kMostSets = 8;  // each is one or two more readings

std::string id_of(const Diagnostic& diagnostic) {
    return diagnostic.path + "\n" + diagnostic.message;
}

Ids ids_of(const std::vector<Diagnostic>& diagnostics) {
    Ids ids;
    for (const auto& one : diagnostics) ids.insert(id_of(one));
    return ids;
}

bool is_of_file(const Diagnostic& diagnostic) {
    return diagnostic.flag.empty();
}

class Blame {
public:
    Blame(std::vector<Diagnostic>& diagnostics, const Sets& sets, const DiagnoseWith& diagnose_with)
        : diagnostics_(diagnostics), sets_(sets), diagnose_with_(diagnose_with), all_(ids_of(diagnostics)) {}

    // By the flag without which it is gone.
    void by_leaving_out() {
        for (auto i = sets_.size(); i-- > 0 && is_any_left();) {
            auto others = sets_;
            others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
            give_to(sets_[i], ids_of(diagnose_with_(others)), all_);
        }
    }

    // By the flag at which it comes, of one after the other: without it a later one may lead nowhere, as it names what
    // this one made.
    void by_adding() {
        if (sets_.size() < 2 || !is_any_left()) return;
        auto before = ids_of(diagnose_with_({}));
        for (std::size_t i = 0; i < sets_.size() && is_any_left(); ++i) {
            const auto next = sets_.begin() + static_cast<std::ptrdiff_t>(i) + 1;
            auto after = i + 1 == sets_.size() ? all_ : ids_of(diagnose_with_({sets_.begin(), next}));
            give_to(sets_[i], before, after);
            before = std::move(after);
        }
    }

private:
    [[nodiscard]] bool is_any_left() const { return std::ranges::any_of(diagnostics_, is_of_file); }

    // What is there with the flag and not without it. Only where nothing else is wrong without it: that could hide it.
    void give_to(const std::string& set, const Ids& without, const Ids& with) {
        if (!std::ranges::includes(all_, without)) return;
        for (auto& one : diagnostics_) {
            const auto id = id_of(one);
            if (is_of_file(one) && with.contains(id) && !without.contains(id)) one.flag = "--set " + set;
        }
    }

    std::vector<Diagnostic>& diagnostics_;
    const Sets& sets_;
    const DiagnoseWith& diagnose_with_;
    Ids all_;
};

}  // namespace

void blame_sets(std::vector<Diagnostic>& diagnostics, const Sets& sets, const DiagnoseWith& diagnose_with) {
    if (sets.size() <= kMostSets) {
        Blame blame(diagnostics, sets, diagnose_with);
        blame.by_leaving_out();
        blame.by_adding();
    }
    std::ranges::stable_partition(diagnostics, is_of_file);
}

}  // namespace crib::scenario
