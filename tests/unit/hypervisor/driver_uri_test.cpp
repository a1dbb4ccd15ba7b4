#include "harness/hypervisor/driver_uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::hypervisor {
namespace {

using testing::HasSubstr;

TEST(AddressesOfDrivers, AreThoseOfQemuHereOrOnAnotherHost) {
    for (const auto* uri : {"qemu:///embed", "qemu:///system", "qemu:///session", "qemu+ssh://root@host:22/system",
                            "qemu+ssh://[fe80::1]/session", "qemu+unix:///system?socket=/run/x",
                            "qemu+ssh://host/system?keyfile=/k&no_verify=1", "test:///default"}) {
        EXPECT_EQ(objection_to_uri(uri), "") << uri;
    }
}

TEST(AddressesOfDrivers, AreNothingElse) {
    for (const auto* uri : {"nope", "", " qemu:///system", "qemu:///", "qemu://system", "xen:///system", "lxc:///",
                            "qemu:///system\n", "test://default", "QEMU:///system", "qemu+ssh:///system extra"}) {
        EXPECT_THAT(objection_to_uri(uri), HasSubstr("qemu:///system")) << uri;
    }
}

TEST(AddressesOfDrivers, NameNoProgramThatIsRun) {
    for (const auto* uri :
         {"qemu+ext:///system?command=/tmp/x.sh", "qemu+ssh://host/system?command=/tmp/x.sh",
          "qemu+ssh://host/system?keyfile=/k&command=/tmp/x.sh", "qemu+ssh://host/system?keyfile=/k;command=/tmp/x.sh",
          "qemu+ssh://host/system?netcat=/tmp/x.sh", "qemu+ssh://host/system?%63ommand=/tmp/x.sh",
          "qemu+ssh://-oProxyCommand=x/system"}) {
        EXPECT_THAT(objection_to_uri(uri), HasSubstr("qemu:///system")) << uri;
    }
}

TEST(AddressesOfDrivers, DoNotSayWhereTheEmbeddedOnesRootIs) {
    EXPECT_THAT(objection_to_uri("qemu:///embed?root=/etc"), HasSubstr("crib itself says where its root is"));
}

}  // namespace
}  // namespace crib::hypervisor
