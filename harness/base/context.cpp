#include "harness/base/context.h"

#include "harness/base/error.h"

#include <algorithm>
#include <utility>

namespace crib {

Context Context::with_timeout(Duration timeout) const {
    Context child = *this;
    const auto now = clock->now();
    // now + timeout must not overflow past the end of time
    if (timeout < TimePoint::max() - now) child.deadline = std::min(deadline, now + timeout);
    return child;
}

Context Context::with_stop(std::stop_token other) const {
    Context child = *this;
    child.stop = std::move(other);
    return child;
}

Duration Context::remaining() const {
    const auto now = clock->now();
    return deadline > now ? deadline - now : Duration::zero();
}

void Context::throw_if_done(const std::string& what) const {
    if (cancelled()) throw Error(ErrorKind::cancelled, what + ": cancelled");
    if (expired()) throw Error(ErrorKind::timeout, what + ": the time for it ran out");
}

bool Context::sleep(Duration duration) const {
    const auto until = with_timeout(duration).deadline;
    return clock->sleep_until(until, stop) && !expired();
}

}  // namespace crib
