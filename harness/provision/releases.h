#pragma once
// What went together with a version of Kubernetes, for showing a recipe without a scenario.

#include "harness/catalogue/catalogue.h"
#include "harness/provision/plan.h"

#include <map>
#include <string>

namespace crib::provision {

// What is to be shown. Versions that are not named are those that went with the one of Kubernetes, which is the newest
// when it is not named; "1.24" is the newest patch known, "latest-1" and so on as in a scenario.
struct ShowRequest {
    std::string os;
    std::string source = "upstream";
    std::map<std::string, std::string> versions;
};

// The facts of a control plane and a worker as examples, with addresses that are nobody's (RFC 5737). Error(usage) for
// a component or a version that nobody knows.
[[nodiscard]] RunFacts example_facts(const catalogue::Catalogue& known, const ShowRequest& request);

}  // namespace crib::provision
