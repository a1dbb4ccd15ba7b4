#include "harness/hypervisor/domain_xml.h"

#include "harness/base/error.h"
#include "tests/unit/hypervisor/golden.h"

#include <gmock/gmock.h>

namespace crib::hypervisor {
namespace {

using testing::HasSubstr;
using testing::Not;

MachineSpec node() {
    MachineSpec spec;
    spec.name = "crib-k3v9x2-master";
    spec.run_id = "k3v9x2";
    spec.vcpus = 2;
    spec.memory = ByteSize::mib(2300);
    spec.kernel = "/cache/images/debian-13/vmlinuz";
    spec.initrd = "/cache/images/debian-13/initrd.img";
    spec.cmdline = "root=/dev/vda rw console=ttyS0 systemd.hostname=master";
    spec.disks = {{"/run/disks/master.qcow2", DiskFormat::qcow2, false, "root"},
                  {"/run/disks/seed.iso", DiskFormat::raw, true, "crib-seed"},
                  {"/run/disks/swap.raw", DiskFormat::raw, false, "crib-swap"},
                  {"/cache/images/crib-images.ext4", DiskFormat::raw, true, "crib-images"}};
    spec.nics = {{"52:54:00:76:00:0b", 40123, {}}};
    spec.console_log = "/run/nodes/master/console.log";
    return spec;
}

TEST(DomainXml, DescribesAnEmulatedNode) {
    expect_golden(domain_xml(node()), "domain_tcg.xml");
}

TEST(DomainXml, DescribesAnAcceleratedNodeOnALibvirtNetwork) {
    MachineSpec spec = node();
    spec.acceleration = Acceleration::kvm;
    spec.nics = {{"52:54:00:76:00:0b", 0, "default"}};
    expect_golden(domain_xml(spec), "domain_kvm.xml");
}

TEST(DomainXml, EscapesWhatPeopleType) {
    MachineSpec spec = node();
    spec.cmdline = "a=<b> & \"c\" 'd'";
    spec.disks[0].file = "/tmp/a&b <c>.qcow2";
    const std::string xml = domain_xml(spec);
    EXPECT_THAT(xml, HasSubstr("a=&lt;b&gt; &amp; \"c\" 'd'"));
    EXPECT_THAT(xml, HasSubstr("/tmp/a&amp;b &lt;c>.qcow2"));
}

TEST(DomainXml, TakesAnyCpuModel) {
    MachineSpec spec = node();
    EXPECT_THAT(domain_xml(spec), HasSubstr("Nehalem"));
    spec.cpu_model = "max";
    EXPECT_THAT(domain_xml(spec), HasSubstr("mode=\"maximum\""));
    EXPECT_THAT(domain_xml(spec), Not(HasSubstr("Nehalem")));
    spec.cpu_model = "host-passthrough";
    EXPECT_THAT(domain_xml(spec), HasSubstr("mode=\"host-passthrough\""));
    spec.cpu_model = "Haswell";
    EXPECT_THAT(domain_xml(spec), HasSubstr(">Haswell</model>"));
}

TEST(DomainXml, RefusesWhatNoMachineCanHave) {
    MachineSpec spec = node();
    spec.nics[0].switch_port = 0;
    EXPECT_THROW((void)domain_xml(spec), Error);
    spec = node();
    spec.disks[0].serial = "a-serial-that-is-too-long";
    EXPECT_THROW((void)domain_xml(spec), Error);
}

TEST(DomainXml, SaysWhoseTheMachineIsWhereThatIsKnown) {
    MachineSpec spec = node();
    EXPECT_THAT(domain_xml(spec), HasSubstr("<crib:machine xmlns:crib=\"urn:crib:machine:1\" run=\"k3v9x2\" />"));
    spec.owner = {"/home/a \"b\" & c/runs/k3v9x2", "1000"};
    EXPECT_THAT(domain_xml(spec), HasSubstr("run=\"k3v9x2\" folder=\"/home/a &quot;b&quot; &amp; c/runs/k3v9x2\" "
                                            "user=\"1000\" />"));
}

TEST(DomainXml, TellsTheOwnerOfAMachineByItsMetadata) {
    const MachineOwner owner{"/home/ann/state/runs/k3v9x2", "1000"};
    EXPECT_EQ(owner_of_metadata("<machine xmlns='urn:crib:machine:1' run='k3v9x2' folder='" + owner.folder +
                                "' user='1000'/>"),
              owner);
    EXPECT_EQ(owner_of_metadata("<machine xmlns='urn:crib:machine:1' run='k3v9x2'/>"), MachineOwner{});
    EXPECT_EQ(owner_of_metadata("not xml <"), MachineOwner{});
}

TEST(DomainXml, TellsTheRunOfAMachineByItsMetadata) {
    EXPECT_EQ(run_id_of_metadata("<machine xmlns='urn:crib:machine:1' run='k3v9x2'/>"), "k3v9x2");
    EXPECT_EQ(run_id_of_metadata("<machine/>"), "");
    EXPECT_EQ(run_id_of_metadata("not xml <"), "");
}

}  // namespace
}  // namespace crib::hypervisor
