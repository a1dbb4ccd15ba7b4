#pragma once
// The objects that checks make for themselves, as JSON for the API server. Pure.

#include "harness/check/api_objects.h"

#include <string>

namespace crib::check::detail {

enum class PidNamespace { own, shared };  // each container's own, or one for the pod

// A pod that runs `image` on that very node, also on a tainted one, and dies at once when deleted.
// It carries the label crib.test/check=`check`.
[[nodiscard]] std::string pod_manifest(const std::string& name, const std::string& image, const std::string& node,
                                       const std::string& check, PidNamespace pids = PidNamespace::own);

// A ClusterIP Service in front of the pods with these labels: `port` leads to the same port there.
[[nodiscard]] std::string service_manifest(const std::string& name, const std::map<std::string, std::string>& labels,
                                           int port);

}  // namespace crib::check::detail
