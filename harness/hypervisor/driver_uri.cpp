#include "harness/hypervisor/driver_uri.h"

#include "harness/base/pattern.h"
#include "harness/hypervisor/hypervisor.h"

#include <fmt/format.h>

namespace crib::hypervisor {

std::string objection_to_uri(const std::string& uri) {
    constexpr const char* kGood = "qemu:///embed, qemu:///system, qemu:///session, qemu+ssh://HOST/system";
    // A connection over the network names its transport; test:///default is libvirt's own driver for tests. None is
    // taken that names a program to be run here or there: qemu+ext, "command", "netcat".
    static const std::string parameter =
        "(socket|mode|keyfile|known_hosts|known_hosts_verify|sshauth|no_verify|no_sanity|no_tty|pkipath|tls_priority|"
        R"(proxy|authfile)=[^\s#&;]*)";
    static const Pattern of_daemon(R"(qemu(\+(unix|ssh|libssh2?|tcp|tls))?://([^/?#\s-][^/?#\s]*)?/(system|session))"
                                   R"((\?)" +
                                   parameter + "(&" + parameter + R"()*)?|test:///\S+)");
    if (uri == kEmbeddedUri || of_daemon.groups_of(uri)) return {};
    if (uri.starts_with(kEmbeddedUri)) return fmt::format("crib itself says where its root is: {}", kEmbeddedUri);
    return fmt::format("no address of a libvirt driver for QEMU; there are {}", kGood);
}

}  // namespace crib::hypervisor
