#include "harness/hypervisor/libvirt/within.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace crib::hypervisor {

namespace {

void end_at_once(int status, void*) {
    std::fflush(nullptr);
    ::_exit(status);
}

}  // namespace

void end_without_destructors() {
    ::on_exit(end_at_once, nullptr);
}

Wait::Wait(const Context& context, const Patience& patience)
    : context_(context),
      patience_(patience),
      begin_(context.clock->now()),
      until_(context.with_timeout(patience.limit)),
      cancelled_(false) {}

bool Wait::is_over() {
    if (!cancelled_ && context_.cancelled()) {
        cancelled_ = true;
        until_ = until_.with_timeout(patience_.when_cancelled);
    }
    return until_.expired();
}

Duration Wait::so_far() const {
    return std::min(context_.clock->now() - begin_, patience_.limit);
}

}  // namespace crib::hypervisor
