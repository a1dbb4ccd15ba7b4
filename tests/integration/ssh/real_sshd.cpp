#include "tests/integration/ssh/real_sshd.h"

#include "harness/base/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace crib::test {
namespace {

constexpr const char* program = "/usr/sbin/sshd";

std::uint16_t free_port() {
    const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd.get(), generic, size) != 0 || getsockname(fd.get(), generic, &size) != 0) {
        throw std::runtime_error("no free port");
    }
    return ntohs(address.sin_port);
}

std::string my_name() {
    const passwd* me = getpwuid(getuid());
    return me != nullptr ? me->pw_name : "root";
}

// The listener, each connection's processes (two when an ordinary user logs in) and their commands: most are
// sessions of their own, so that no process group holds them all.
void signal_tree(pid_t pid, int signal) {
    std::string children;
    try {
        children = read_file(fmt::format("/proc/{0}/task/{0}/children", pid));
    } catch (const std::exception&) {
        // it ended meanwhile
    }
    ::kill(pid, signal);
    for (const auto& child : split(children, ' ')) {
        if (!child.empty()) signal_tree(std::stoi(child), signal);
    }
}

}  // namespace

bool RealSshd::installed() {
    return access(program, X_OK) == 0;
}

RealSshd::RealSshd() : folder_(std::filesystem::temp_directory_path(), "crib-sshd") {
    const auto user = ssh::make_key_pair("user");
    const auto host = ssh::make_key_pair("host");
    ssh::write_key_pair(user, folder() / "user");
    ssh::write_key_pair(host, folder() / "host");
    write_file(folder() / "authorized_keys", user.public_line + "\n", 0600);
    target_ = {"node1", "127.0.0.1", free_port(), my_name(), folder() / "user", host.public_line};
    write_file(folder() / "sshd_config",
               fmt::format("Port {}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\n"
                           "UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPidFile none\n"
                           "PermitRootLogin yes\nUseDNS no\nSubsystem sftp internal-sftp\n",
                           target_.port, (folder() / "host").string(), (folder() / "authorized_keys").string()));
    if (getuid() == 0) mkdir("/run/sshd", 0755);  // sshd's own place when it is root; systemd makes it elsewhere
    start();
}

void RealSshd::start() {
    pid_ = fork();
    if (pid_ == 0) {
        setpgid(0, 0);
        const auto config = (folder() / "sshd_config").string();
        const int log = open((folder() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(log, 2);
        execl(program, program, "-D", "-e", "-f", config.c_str(), nullptr);
        _exit(127);
    }
}

void RealSshd::signal_everything(int signal) {
    signal_tree(pid_, signal);
}

void RealSshd::freeze() {
    signal_everything(SIGSTOP);
}

void RealSshd::kill_everything() {
    if (pid_ <= 0) return;
    signal_everything(SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

RealSshd::~RealSshd() {
    kill_everything();
}

}  // namespace crib::test
