#include "harness/hypervisor/libvirt/limits.h"

#include "harness/base/error.h"
#include "harness/base/open_files.h"
#include "harness/base/size.h"

#include <fmt/format.h>
#include <sys/resource.h>

namespace crib::hypervisor {

namespace {

// Of a run with two nodes are some fifty open at once: libvirt's, those of SSH, of logs and of the programs it starts.
constexpr unsigned kLeastFiles = 128;
constexpr ByteSize kLittleMemory = ByteSize::gib(1);

}  // namespace

void require_limits_for_libvirt() {
    require_open_files(kLeastFiles, "virtual machines need");
    rlimit memory{};
    if (::getrlimit(RLIMIT_AS, &memory) == 0 && memory.rlim_cur < kLittleMemory.bytes) {
        throw Error(ErrorKind::environment,
                    fmt::format("only {} of memory may be used, virtual machines need more",
                                to_string(ByteSize{memory.rlim_cur})),
                    "raise the limit: ulimit -v unlimited");
    }
}

}  // namespace crib::hypervisor
