#pragma once
// RealSshd: Debian's own sshd on 127.0.0.1 with keys and configuration in a temporary folder. It works as
// root and as an ordinary user (who can then only log in as himself).

#include "harness/base/file.h"
#include "harness/ssh/keys.h"
#include "harness/ssh/target.h"

#include <sys/types.h>

#include <string>

namespace crib::test {

class RealSshd {
public:
    RealSshd();
    ~RealSshd();
    RealSshd(const RealSshd&) = delete;
    RealSshd& operator=(const RealSshd&) = delete;

    [[nodiscard]] const ssh::Target& target() const { return target_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
    // Stops it with all its sessions, as a node that loses power does.
    void kill_everything();
    void start();
    // Its processes stop where they are, as on a node that hangs.
    void freeze();

    // Where Debian puts it; tests skip themselves when it is not installed.
    static bool installed();

private:
    void signal_everything(int signal);

    TempFolder folder_;
    ssh::Target target_;
    pid_t pid_ = -1;
};

}  // namespace crib::test
