#pragma once
// Owners of libvirt's handles. Private to the adapter: it includes libvirt.

#include "harness/hypervisor/libvirt/event_loop.h"
#include "harness/hypervisor/libvirt/reaper.h"

#include <libvirt/libvirt.h>

#include <filesystem>
#include <memory>
#include <string>

namespace crib::hypervisor {

struct CloseConnection {
    bool embedded = false;
    void operator()(virConnectPtr connection) const noexcept;
};
struct FreeDomain {
    void operator()(virDomainPtr domain) const noexcept { virDomainFree(domain); }
};
struct FreeText {
    void operator()(char* text) const noexcept { std::free(text); }
};
using DomainHandle = std::unique_ptr<virDomain, FreeDomain>;
using TextHandle = std::unique_ptr<char, FreeText>;

// An open connection with what it needs to live: closed in the right order.
class Connection {
public:
    // `log` gets libvirt's warnings. Error(hypervisor) with a hint when it cannot be opened.
    Connection(const std::string& uri, bool embedded, const std::filesystem::path& log);

    [[nodiscard]] virConnectPtr get() const { return connection_.get(); }
    [[nodiscard]] DomainHandle find(const std::string& name) const;  // empty when there is none

private:
    std::unique_ptr<Reaper> reaper_;
    std::shared_ptr<EventLoop> loop_;
    std::unique_ptr<virConnect, CloseConnection> connection_;
};

}  // namespace crib::hypervisor
