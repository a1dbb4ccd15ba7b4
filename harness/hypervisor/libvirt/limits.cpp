#include "harness/hypervisor/libvirt/limits.h"

#include "harness/base/error.h"
#include "harness/base/size.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

namespace crib::hypervisor {

namespace {

// Of a run with two nodes are some fifty open at once: libvirt's, those of SSH, of logs and of the programs it starts.
constexpr rlim_t kFewFiles = 128;
constexpr rlim_t kEnoughFiles = 1024;
constexpr ByteSize kLittleMemory = ByteSize::gib(1);

}  // namespace

void require_limits_for_libvirt() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < kFewFiles) {
        rlimit more = files;
        more.rlim_cur = std::min(files.rlim_max, kEnoughFiles);
        if (more.rlim_cur < kFewFiles || ::setrlimit(RLIMIT_NOFILE, &more) != 0) {
            throw Error(
                ErrorKind::environment,
                fmt::format("only {} files may be open at once, virtual machines need {}", files.rlim_cur, kFewFiles),
                fmt::format("raise the limit: ulimit -n {}", kEnoughFiles));
        }
    }
    rlimit memory{};
    if (::getrlimit(RLIMIT_AS, &memory) == 0 && memory.rlim_cur < kLittleMemory.bytes) {
        throw Error(ErrorKind::environment,
                    fmt::format("only {} of memory may be used, virtual machines need more",
                                to_string(ByteSize{memory.rlim_cur})),
                    "raise the limit: ulimit -v unlimited");
    }
}

}  // namespace crib::hypervisor
