// The first and only program of a tiny guest: says that it is up, then does what the kernel's command line says.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

int main() {
    ::mkdir("/proc", 0755);
    ::mount("proc", "/proc", "proc", 0, nullptr);
    char cmdline[4096] = {};
    const int fd = ::open("/proc/cmdline", O_RDONLY);
    if (fd >= 0 && ::read(fd, cmdline, sizeof cmdline - 1) < 0) std::puts("no command line");
    std::puts("crib tiny guest is up");
    std::fflush(stdout);
    if (std::strstr(cmdline, "tiny=panic") != nullptr) return 1;  // the kernel panics without its init
    if (std::strstr(cmdline, "tiny=poweroff") != nullptr) ::reboot(RB_POWER_OFF);
    while (true) ::pause();
}
