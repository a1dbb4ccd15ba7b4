#pragma once
// Which texts a parameter of a check can hold: names of Kubernetes, addresses, paths. Pure.

#include <string>
#include <string_view>

namespace crib::check {

// What a text stands for.
enum class Meaning {
    any,
    pod_name,      // of a pod, a DaemonSet: a DNS subdomain name
    namespace_,    // a DNS label
    service_name,  // a DNS label that begins with a letter
    dns_name,      // what a resolver is asked for
    address,       // IPv4 or IPv6
    port,          // 1 to 65535
    path,          // of a URL, beginning with /
    version,       // 1.36.3 or v1.36.3
    runtime,       // cri-o://1.36.3
    image,         // a reference: registry.example/nginx:1.27
    selector       // of labels: app=flannel,tier!=x,zone in (a,b)
};

// What is wrong with it, as what follows `"VALUE" is not `: "a port: 1 to 65535"; empty: nothing. Names: "Object Names
// and IDs" in Kubernetes' documentation; selectors: "Labels and Selectors" there.
[[nodiscard]] std::string not_a(Meaning meaning, std::string_view value);

}  // namespace crib::check
