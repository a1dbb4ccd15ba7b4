// The first and only program of a tiny guest: says that it is up, then does what the kernel's command line says.
#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr int packed = 4;  // MODULE_INIT_COMPRESSED_FILE
constexpr std::size_t block_size = 4096;

void load_drivers() {
    for (int i = 0; i < 16; ++i) {
        for (const char* ending : {"", ".xz"}) {
            const int fd = ::open(("/drivers/" + std::to_string(i) + ending).c_str(), O_RDONLY | O_CLOEXEC);
            if (fd < 0) continue;
            if (::syscall(SYS_finit_module, fd, "", *ending != '\0' ? packed : 0) != 0) std::perror("driver");
            ::close(fd);
        }
    }
}

// Past all caches: what the disk itself holds.
int open_disk() {
    for (int tries = 0; tries < 50; ++tries) {
        const int fd = ::open("/dev/vda", O_RDWR | O_DIRECT | O_SYNC | O_CLOEXEC);
        if (fd >= 0) return fd;
        ::usleep(20'000);
    }
    return -1;
}

// The kernel tells that it began its random numbers anew only when it had some: without this, after minutes.
void credit_entropy() {
    const int bits = 256;
    const int fd = ::open("/dev/random", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || ::ioctl(fd, RNDADDTOENTCNT, &bits) != 0) std::perror("entropy");
    ::close(fd);
}

[[noreturn]] void count() {
    ::mount("dev", "/dev", "devtmpfs", 0, nullptr);
    load_drivers();
    const int disk = open_disk();
    credit_entropy();
    auto* block = static_cast<char*>(std::aligned_alloc(block_size, block_size));
    for (long n = 1;; ++n) {
        if (disk < 0) {
            std::printf("count %ld\n", n);
        } else {
            std::memset(block, 0, block_size);
            const bool read = ::pread(disk, block, block_size, 0) == static_cast<ssize_t>(block_size);
            const long held = std::atol(block);
            std::memset(block, 0, block_size);
            std::snprintf(block, block_size, "%ld", n);
            const bool wrote = ::pwrite(disk, block, block_size, 0) == static_cast<ssize_t>(block_size);
            std::printf(read && wrote ? "count %ld disk %ld\n" : "count %ld disk %ld failed\n", n, held);
        }
        std::fflush(stdout);
        ::usleep(100'000);
    }
}

}  // namespace

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
    if (std::strstr(cmdline, "tiny=count") != nullptr) count();
    while (true) ::pause();
}
