#include "harness/hypervisor/libvirt/log_words.h"

#include <gtest/gtest.h>

namespace crib::hypervisor {
namespace {

const std::string kLog =
    "2026-11-30 09:56:51.820+0000: 26098: info : libvirt version: 9.0.0\n"
    "2026-11-30 09:56:55.527+0000: 26073: error : qemuDomainLookupByName:1453 : Domain not found: no domain with "
    "matching name 'crib-a-worker'\n"
    "2026-11-30 09:56:55.602+0000: 26203: warning : qemuDomainObjTaintMsg:6603 : name='crib-a-worker' is tainted\n"
    "2026-11-30 09:56:56.000+0000: 26098: error : qemuMonitorIO:576 : internal error: End of file from qemu monitor "
    "(vm='crib-a-worker')\n"
    "2026-11-30 09:56:57.000+0000: 26098: error : virCgroupDetectControllers:451 : No such device or address\n";

TEST(LibvirtsLog, SaysWhatHappenedToAMachine) {
    EXPECT_EQ(last_error_of("crib-a-worker", kLog),
              "internal error: End of file from qemu monitor (vm='crib-a-worker')");
}

TEST(LibvirtsLog, SaysNothingOfAMachineThatNothingHappenedTo) {
    EXPECT_EQ(last_error_of("crib-a-master", kLog), "");
    EXPECT_EQ(last_error_of("crib-a-worker", ""), "");
    EXPECT_EQ(last_error_of("crib-a-worker", kLog.substr(0, kLog.find("2026-11-30 09:56:56"))), "")
        << "that it is not there yet is no error of it";
}

}  // namespace
}  // namespace crib::hypervisor
