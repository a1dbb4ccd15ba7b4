#pragma once
// SwitchServer: the crib-switch program's loop. Its working folder is the run's folder.

#include "harness/network/config.h"
#include "harness/network/control.h"
#include "harness/network/gateway.h"
#include "harness/network/http_service.h"
#include "harness/network/mac_table.h"
#include "harness/network/node_port.h"
#include "harness/network/pcap.h"
#include "harness/network/state_file.h"
#include "harness/network/stats.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace crib::network {

class SwitchServer {
public:
    SwitchServer(SwitchConfig config, Clock& clock);

    [[nodiscard]] SwitchState state() const;
    [[nodiscard]] SwitchStats stats() const;

    // Until asked to stop over the control socket, or by `stop_fd` becoming readable, or `abandoned` says that
    // nobody can want this switch any more (asked now and then).
    void run(int stop_fd, const std::function<bool()>& abandoned);

private:
    void turn(int stop_fd);
    void from_port(PortIndex from, Bytes frame);
    void send_to(PortIndex to, Bytes frame);
    [[nodiscard]] bool node_is_up(Ipv4 address) const;
    [[nodiscard]] PortIndex gateway_port() const { return ports_.size(); }
    std::string handle(const std::string& request);
    std::string set_capture(const std::string& file);

    SwitchConfig config_;
    Clock& clock_;
    TimePoint now_;
    bool stopping_ = false;
    std::vector<std::unique_ptr<NodePort>> ports_;
    PortStats gateway_stats_;
    MacTable table_;
    HttpService http_;
    Gateway gateway_;
    ControlServer control_;
    std::unique_ptr<PcapFile> capture_;
    PollSet set_;
};

}  // namespace crib::network
