#pragma once
// Session: one SSH connection to a node. Used by one thread at a time; several commands side by side
// take several sessions (guest::Guest keeps a pool). The user's own SSH configuration plays no part.

#include "harness/base/context.h"
#include "harness/ssh/exec.h"
#include "harness/ssh/target.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace crib::ssh {

class Session {
public:
    // One try. ConnectError, Error(cancelled), Error(timeout) when the context itself ran out.
    // `while_waiting` is called at least every 100 ms and may throw to end the try.
    static std::unique_ptr<Session> connect(const Target& target, const Context& context, const Limits& limits = {},
                                            const std::function<void()>& while_waiting = {});
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Runs the script to its end. What a line callback throws passes, after the command was ended.
    ExecResult exec(const Exec& exec, const Context& context);

    // SFTP. Written beside the target and renamed, so that nobody sees half a file. Mode is exact (0644).
    // Error(ssh) with the path and the reason, Error(timeout), Error(cancelled).
    void upload(const std::filesystem::path& local, const std::string& remote, unsigned mode, const Context& context);
    void upload_text(const std::string& text, const std::string& remote, unsigned mode, const Context& context);
    void download(const std::string& remote, const std::filesystem::path& local, const Context& context);

    // False once the connection broke or a command could not be ended: throw the session away. Looks whether
    // the server closed it meanwhile, without waiting.
    [[nodiscard]] bool usable();

private:
    struct Parts;
    explicit Session(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace crib::ssh
