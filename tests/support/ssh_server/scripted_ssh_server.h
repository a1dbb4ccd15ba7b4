#pragma once
// ScriptedSshServer: an SSH server in this process, on 127.0.0.1 and a free port, that answers commands as the
// test says and does what no real sshd can be made to do.

#include "harness/base/file.h"
#include "harness/ssh/keys.h"
#include "harness/ssh/target.h"

#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace crib::test {

class ScriptedSshServer {
public:
    struct Reply {
        enum class End {
            exit,       // with `code`
            signal,     // with `signal`
            no_status,  // the channel closes without a word about the end
            drop,       // the connection is cut
            hang,       // nothing more, but the server lives
            deaf,       // nothing more, and the server answers nothing at all any more
        };
        std::string out{};
        std::string err{};
        End end = End::exit;
        int code = 0;
        std::string signal{};
    };
    struct Request {
        std::string command;  // of the exec request
        std::string input;    // all of standard input: exports, script, the script's input
    };
    using Handler = std::function<Reply(const Request&)>;

    enum class Greeting {
        serve,
        reset,       // accepts and resets, as slirp does while the guest is not up
        silent,      // accepts and says nothing
        refuse_key,  // takes no key
        other_host,  // shows another host key
    };

    ScriptedSshServer();  // every command succeeds and says nothing
    explicit ScriptedSshServer(Handler handler);
    ~ScriptedSshServer();
    ScriptedSshServer(const ScriptedSshServer&) = delete;
    ScriptedSshServer& operator=(const ScriptedSshServer&) = delete;

    // The next connections are greeted so, one each; then all are served.
    void greet_next(std::vector<Greeting> greetings);
    // Cuts every open connection; they are closed when it returns.
    void cut_connections();

    [[nodiscard]] const ssh::Target& target() const { return target_; }
    [[nodiscard]] std::vector<Request> requests() const;  // the scripts, without those that end scripts
    [[nodiscard]] bool was_told_to_end_a_command() const { return told_to_end_; }
    [[nodiscard]] int connections() const { return connections_; }
    // Bytes that it has sent over the last connection, answers to keepalives among them.
    [[nodiscard]] std::uint64_t said() const { return said_; }

private:
    class Connection;
    void listen();
    void accept_all(const std::stop_token& stop);
    Reply answer(const Request& request);

    TempFolder folder_;
    ssh::KeyPair host_;
    ssh::KeyPair user_;
    ssh::Target target_;
    Handler handler_;
    UniqueFd listener_;
    mutable std::mutex mutex_;
    std::deque<Greeting> greetings_;
    std::vector<Request> requests_;
    std::atomic<bool> told_to_end_ = false;
    std::atomic<int> connections_ = 0;
    std::atomic<std::uint64_t> said_ = 0;
    std::atomic<int> cuts_ = 0;
    std::atomic<int> open_ = 0;
    std::list<std::jthread> serving_;
    std::jthread accepting_;
};

}  // namespace crib::test
