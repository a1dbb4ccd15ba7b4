#include "harness/check/detail/manifests.h"

#include "harness/check/detail/probe.h"

#include <nlohmann/json.hpp>

namespace crib::check::detail {

using nlohmann::json;

std::string pod_manifest(const std::string& name, const std::string& image, const std::string& node,
                         const std::string& check, PidNamespace pids) {
    const json tolerate_all = json::array({{{"operator", "Exists"}}});
    const json container = {{"name", "web"}, {"image", image}, {"imagePullPolicy", "IfNotPresent"}};
    const json pod = {{"apiVersion", "v1"},
                      {"kind", "Pod"},
                      {"metadata", {{"name", name}, {"labels", {{kOwnLabel, check}}}}},
                      {"spec",
                       {{"nodeName", node},
                        {"tolerations", tolerate_all},
                        {"automountServiceAccountToken", false},
                        {"enableServiceLinks", false},
                        {"terminationGracePeriodSeconds", 0},
                        {"shareProcessNamespace", pids == PidNamespace::shared},
                        {"containers", json::array({container})}}}};
    return pod.dump();
}

std::string service_manifest(const std::string& name, const std::map<std::string, std::string>& labels, int port) {
    const json ports = json::array({{{"port", port}, {"targetPort", port}, {"protocol", "TCP"}}});
    const json service = {{"apiVersion", "v1"},
                          {"kind", "Service"},
                          {"metadata", {{"name", name}, {"labels", {{kOwnLabel, "http"}}}}},
                          {"spec", {{"type", "ClusterIP"}, {"selector", labels}, {"ports", ports}}}};
    return service.dump();
}

}  // namespace crib::check::detail
