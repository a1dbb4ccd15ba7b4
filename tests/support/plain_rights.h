#pragma once
// PlainRights: until its end this thread, root's too, may do no more with files than their modes say.

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace crib::test {

class PlainRights {
public:
    PlainRights() {
        ::syscall(SYS_capget, &header_, before_);
        __user_cap_data_struct now[2] = {before_[0], before_[1]};
        now[0].effective &= ~(1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH);
        ::syscall(SYS_capset, &header_, now);
    }
    ~PlainRights() { ::syscall(SYS_capset, &header_, before_); }
    PlainRights(const PlainRights&) = delete;
    PlainRights& operator=(const PlainRights&) = delete;

private:
    __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct before_[2]{};
};

}  // namespace crib::test
