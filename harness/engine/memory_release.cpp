#include "harness/engine/memory_release.h"

#include "harness/base/error.h"
#include "harness/engine/side_by_side.h"

namespace crib::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto kLimit = 20s;

// Some is left free: the kubelet evicts pods below 100 MiB (evictionHard memory.available, its default on Linux).
// The buffer of one dd is the quickest way to zeros without a program of our own: it comes in huge pages.
constexpr auto kScript = R"sh(set -e
free=$(sed -n 's/^MemFree: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
spare=$((free / 1024 - 256))
[ "$spare" -gt 0 ] || exit 0
dd if=/dev/zero of=/dev/null "bs=${spare}M" count=1 status=none
)sh";

}  // namespace

void release_unused_memory(const std::vector<guest::Node*>& guests, const Context& context) {
    side_by_side(guests.size(), context, [&](std::size_t i, const Context& inner) {
        ssh::Exec exec;
        exec.name = "release-memory";
        exec.script = kScript;
        try {
            static_cast<void>(guests[i]->run(exec, inner.with_timeout(kLimit)));
        } catch (const Error&) {
            inner.throw_if_done("giving back unused memory");
        }
    });
}

}  // namespace crib::engine
