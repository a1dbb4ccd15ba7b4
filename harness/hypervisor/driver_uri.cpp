#include "harness/hypervisor/driver_uri.h"

#include "harness/base/pattern.h"
#include "harness/hypervisor/hypervisor.h"

#include <fmt/format.h>

namespace crib::hypervisor {

std::string objection_to_uri(const std::string& uri) {
    constexpr const char* kGood = "qemu:///embed, qemu:///system, qemu:///session, qemu+ssh://HOST/system";
    // A connection over the network names its transport; test:///default is libvirt's own driver for tests.
    static const Pattern of_daemon(R"(qemu(\+[a-z]+)?://[^/?#\s]*/(system|session)(\?[^\s#]*)?|test:///\S+)");
    if (uri == kEmbeddedUri || of_daemon.groups_of(uri)) return {};
    if (uri.starts_with(kEmbeddedUri)) return fmt::format("crib itself says where its root is: {}", kEmbeddedUri);
    return fmt::format("no address of a libvirt driver for QEMU; there are {}", kGood);
}

}  // namespace crib::hypervisor
