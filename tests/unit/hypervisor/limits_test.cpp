// What a process may use, looked at before libvirt is begun.

#include "harness/hypervisor/libvirt/limits.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace crib::hypervisor {
namespace {

using ::testing::HasSubstr;

// A soft limit, until the test ends.
class SoftLimit {
public:
    SoftLimit(__rlimit_resource_t of, rlim_t value) : of_(of) {
        ::getrlimit(of_, &before_);
        const rlimit lowered{value, before_.rlim_max};
        ::setrlimit(of_, &lowered);
    }
    ~SoftLimit() { ::setrlimit(of_, &before_); }
    SoftLimit(const SoftLimit&) = delete;
    SoftLimit& operator=(const SoftLimit&) = delete;

private:
    __rlimit_resource_t of_;
    rlimit before_{};
};

TEST(LimitsForLibvirt, OfOpenFilesAreRaisedWhereTheyMayBe) {
    const SoftLimit few(RLIMIT_NOFILE, 64);
    require_limits_for_libvirt();
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    EXPECT_GE(now.rlim_cur, 128U);
}

TEST(LimitsForLibvirt, OfMemoryAreRefusedWithWhatRaisesThem) {
    const SoftLimit little(RLIMIT_AS, rlim_t{800} << 20U);
    try {
        require_limits_for_libvirt();
        FAIL() << "it would be ended by GLib";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), HasSubstr("only 800 MiB of memory may be used"));
        EXPECT_THAT(error.hint(), HasSubstr("ulimit -v"));
    }
}

}  // namespace
}  // namespace crib::hypervisor
