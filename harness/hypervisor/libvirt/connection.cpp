#include "harness/hypervisor/libvirt/connection.h"

#include "harness/hypervisor/libvirt/error.h"
#include "harness/hypervisor/libvirt/within.h"

#include <libvirt/virterror.h>

#include <cstdlib>
#include <thread>

namespace crib::hypervisor {

namespace {

constexpr auto longest_wait = std::chrono::seconds(3);
constexpr auto look_every = std::chrono::milliseconds(2);

// A daemon that says nothing for so many times so many seconds is taken for dead: what waits for its answer then fails.
constexpr int keepalive_seconds = 5;
constexpr unsigned keepalive_count = 5;

// libvirt holds a machine's job, or the machine itself, while it takes it up again; then it is as idle as any.
bool is_at_work(virDomainPtr domain) {
    virDomainControlInfo info{};
    return virDomainGetControlInfo(domain, &info, 0) == 0 && info.state != VIR_DOMAIN_CONTROL_OK;
}

bool any_is_at_work(virConnectPtr connection) {
    virDomainPtr* list = nullptr;
    const int count = virConnectListAllDomains(connection, &list, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    bool found = false;
    for (int i = 0; i < count; ++i) {
        found = found || is_at_work(list[i]);
        virDomainFree(list[i]);
    }
    std::free(list);
    return found;
}

// An embedded libvirt takes up each machine that runs already on a thread of its own (qemuProcessReconnect in
// src/qemu/qemu_process.c), which goes on when the connection is closed and is joined by nobody. At the end of the
// process libraries free what it uses (libnuma what virNumaNodeIsAvailable() reads): SIGSEGV, before the output is
// flushed. So it is waited for. Where QEMU stands still that would be for ever: then the process leaves everything as
// it is.
void wait_for_threads_of(virConnectPtr connection) {
    const auto limit = std::chrono::steady_clock::now() + longest_wait;
    while (any_is_at_work(connection)) {
        if (std::chrono::steady_clock::now() >= limit) {
            end_without_destructors();
            return;
        }
        std::this_thread::sleep_for(look_every);
    }
}

}  // namespace

void CloseConnection::operator()(virConnectPtr connection) const noexcept {
    if (embedded) wait_for_threads_of(connection);
    virConnectClose(connection);
}

Connection::Connection(const std::string& uri, bool embedded, const std::filesystem::path& log)
    : reaper_(embedded ? std::make_unique<Reaper>() : nullptr),
      loop_(EventLoop::share(log)),
      connection_(nullptr, CloseConnection{embedded}) {
    connection_.reset(virConnectOpen(uri.c_str()));
    if (!connection_) throw last_error("connecting to " + uri);
    // Not every driver has a daemon, and not every daemon can: a call that takes too long is given up all the same.
    if (!embedded && virConnectSetKeepAlive(connection_.get(), keepalive_seconds, keepalive_count) != 0) {
        virResetLastError();
    }
}

DomainHandle Connection::find(const std::string& name) const {
    DomainHandle domain(virDomainLookupByName(get(), name.c_str()));
    if (domain) return domain;
    const LibvirtError error = last_error("looking for the machine " + name);
    if (error.number() != VIR_ERR_NO_DOMAIN) throw error;
    return nullptr;
}

}  // namespace crib::hypervisor
