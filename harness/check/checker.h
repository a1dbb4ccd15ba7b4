#pragma once
// Checker: runs checks by the name of their kind against a cluster.

#include "harness/base/context.h"
#include "harness/check/cluster_view.h"
#include "harness/check/restarts.h"
#include "harness/check/verdict.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace crib::check {

namespace detail {
class Check;
}

struct CheckSpec {
    std::string kind;                           // one of known_kinds()
    std::map<std::string, std::string> params;  // as the scenario gives them
};

struct Settings {
    double host_factor = 1.0;  // how many times slower than a quick host; deadlines grow by it, never shrink
    bool registry = false;     // images can be pulled, so a pull that failed may still work later
    std::map<std::string, std::string> versions = {};  // "kubernetes" to "1.36.3", "cri-o" to "1.36.3"
    std::optional<RestartBaseline> good = {};          // since when the cluster has been good, if that is known
};

// Told of each new thing that a check sees while it waits.
using OnSeen = std::function<void(const std::string& seen)>;

// It remembers the restart counts of the moment when the cluster was first called good: by the settings, else by the
// first pods-running that passed.
// Several threads may run checks at once; but one that looks back (no-restarts) wants all before it to have ended.
class Checker {
public:
    // The view is not owned and must live longer.
    Checker(ClusterView& view, const Settings& settings);
    ~Checker();
    Checker(const Checker&) = delete;
    Checker& operator=(const Checker&) = delete;

    // Lets the checks that are to come begin what takes a while, so that it goes on while others look. Other checks
    // than these may run meanwhile. Throws Error(cancelled) when stopped.
    void prepare(const std::vector<CheckSpec>& specs, const Context& context);

    // Never a verdict on bad luck with the transport as long as the cluster answers at times. Throws
    // Error(usage) for a kind or parameter that problems_with() would name, Error(cancelled) when stopped.
    Verdict run(const CheckSpec& spec, const Context& context, const OnSeen& on_seen = {});

    // Removes what the checks made in the cluster: evidence until then, and of no matter where the cluster ends anyway.
    void clean_up(const Context& context) noexcept;

private:
    struct State;

    std::unique_ptr<State> state_;
};

// What tells a check from its like: "pods-running kube-system", "http service default/nginx".
[[nodiscard]] std::string check_id(const CheckSpec& spec);

}  // namespace crib::check
