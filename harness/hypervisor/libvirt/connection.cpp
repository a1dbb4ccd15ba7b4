#include "harness/hypervisor/libvirt/connection.h"

#include "harness/hypervisor/libvirt/error.h"

#include <libvirt/virterror.h>

namespace crib::hypervisor {

Connection::Connection(const std::string& uri, bool embedded, const std::filesystem::path& log)
    : reaper_(embedded ? std::make_unique<Reaper>() : nullptr), loop_(EventLoop::share(log)) {
    connection_.reset(virConnectOpen(uri.c_str()));
    if (!connection_) throw last_error("connecting to " + uri);
}

DomainHandle Connection::find(const std::string& name) const {
    DomainHandle domain(virDomainLookupByName(get(), name.c_str()));
    if (domain) return domain;
    const LibvirtError error = last_error("looking for the machine " + name);
    if (error.number() != VIR_ERR_NO_DOMAIN) throw error;
    return nullptr;
}

}  // namespace crib::hypervisor
