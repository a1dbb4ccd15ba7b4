#include "harness/hypervisor/libvirt/mapped_memory.h"

#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace crib::hypervisor {
namespace {

namespace fs = std::filesystem;

constexpr off_t kPiece = 64L << 20U;  // between two looks at the context

// Nothing when the process has no such file.
UniqueFd memory_of(const std::string& pid) {
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator(fs::path("/proc") / pid / "fd", gone)) {
        const auto target = fs::read_symlink(entry.path(), gone).string();
        if (target.starts_with("/memfd:crib-memory"))
            return UniqueFd(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
    }
    return {};
}

void read_pages(int fd, off_t from, off_t to) {
    void* pages = ::mmap(nullptr, static_cast<std::size_t>(to - from), PROT_READ, MAP_SHARED | MAP_POPULATE, fd, from);
    if (pages != MAP_FAILED) ::munmap(pages, static_cast<std::size_t>(to - from));
}

}  // namespace

void fill_holes_of_memory(const fs::path& pid_file, const Context& context) {
    const auto memory = memory_of(std::string(trim(read_tail(pid_file, 64))));
    struct stat status {};
    if (!memory.valid() || ::fstat(memory.get(), &status) != 0) return;
    for (off_t at = 0; at < status.st_size;) {
        context.throw_if_done("saving the machines");
        const auto hole = ::lseek(memory.get(), at, SEEK_HOLE);
        if (hole < 0 || hole >= status.st_size) return;
        const auto data = ::lseek(memory.get(), hole, SEEK_DATA);
        const auto end = data < 0 ? status.st_size : data;
        at = std::min(end, hole + kPiece);
        read_pages(memory.get(), hole, at);
    }
}

}  // namespace crib::hypervisor
