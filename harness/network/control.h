#pragma once
// The control socket: one JSON object a line each way. Requests: {"do": "stats"}, {"do": "capture", "file": PATH or
// null},
// {"do": "stop"}. Answers: {"ok": true, ...} or {"ok": false, "error": "..."}.

#include "harness/base/context.h"
#include "harness/base/file.h"
#include "harness/network/poll_set.h"

#include <filesystem>
#include <functional>
#include <list>
#include <string>

namespace crib::network {

// The switch's end, driven by its loop.
class ControlServer {
public:
    using Handler = std::function<std::string(const std::string& request)>;  // line to line

    // A unix socket for its owner only. Error(network) when it cannot be made.
    ControlServer(const std::string& path, Handler handler);

    void before_poll(PollSet& set);
    void after_poll(const PollSet& set);

private:
    struct Client {
        UniqueFd fd;
        std::string received;
        std::size_t index = PollSet::none;
    };
    bool serve(Client& client);

    Handler handler_;
    UniqueFd listener_;
    std::size_t listener_index_ = PollSet::none;
    std::list<Client> clients_;
};

// crib's end: one request, one answer. Error(network) when nobody answers. However long the folder's path is.
std::string control_request(const std::filesystem::path& folder, const std::string& request, const Context& context);

}  // namespace crib::network
