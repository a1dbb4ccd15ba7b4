#pragma once
// NoDescriptors: until its end this process has as many files open as it may.

#include "harness/base/file.h"

#include <fcntl.h>
#include <sys/resource.h>

namespace crib::test {

class NoDescriptors {
public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const UniqueFd lowest(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const rlimit now{static_cast<rlim_t>(lowest.get()), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &now);
    }
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

private:
    rlimit before_{};
};

}  // namespace crib::test
