#include "harness/hypervisor/saved_xml.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/unit/hypervisor/golden.h"

#include <gmock/gmock.h>

namespace crib::hypervisor {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// As libvirt 9.0 wrote it, after a save before this one.
std::string saved_domain() {
    return read_file(std::string(CRIB_SOURCE_DIR) + "/tests/golden/domain_saved.xml");
}

MachineSpec restored_node() {
    MachineSpec spec;
    spec.name = "crib-k3v9x2-master";
    spec.run_id = "q8w7e6";
    spec.kernel = "/other/vmlinuz";
    spec.initrd = "/other/initrd.img";
    spec.cmdline = "something=else";
    spec.memory = ByteSize::mib(1);
    spec.disks = {{"/run2/disks/master.qcow2", DiskFormat::qcow2, false, "root"},
                  {"/run2/disks/seed.iso", DiskFormat::raw, true, "crib-seed"},
                  {"/run2/disks/swap.qcow2", DiskFormat::qcow2, false, "crib-swap"}};
    spec.nics = {{"52:54:00:76:00:0b", 41999, {}}};
    spec.console_log = "/run2/nodes/master/console.log";
    return spec;
}

void expect_refused(const std::string& saved, const MachineSpec& spec, ErrorKind kind, const std::string& says) {
    try {
        (void)restored_xml(saved, spec, "/memory");
        ADD_FAILURE() << "taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind);
        EXPECT_THAT(error.what(), HasSubstr(says));
    }
}

TEST(SavedXml, MakesASavedDomainAnotherRuns) {
    expect_golden(restored_xml(saved_domain(), restored_node(), "/proc/1/fd/7"), "domain_restored.xml");
}

TEST(SavedXml, LeavesWhatTheGuestWouldNotice) {
    const std::string xml = restored_xml(saved_domain(), restored_node(), "/proc/1/fd/7");
    for (const char* kept : {"<memory unit=\"KiB\">2355200</memory>", "systemd.hostname=master", "pc-q35-7.2",
                             "<uuid>c06d01ae-b47d-421b-ae2c-381011ea4cce</uuid>", "<model fallback=\"forbid\">Nehalem",
                             "<genid>90594e1f-4888-4fe3-95de-e6cf92835949</genid>"}) {
        EXPECT_THAT(xml, HasSubstr(kept));
    }
}

// libvirt would open the files of that chain, whatever the new file says about what it lies over.
TEST(SavedXml, ForgetsTheChainOfFilesThatTheDiskHadWhenItWasSaved) {
    const std::string xml = restored_xml(saved_domain(), restored_node(), "/proc/1/fd/7");
    EXPECT_THAT(xml, Not(HasSubstr("backingStore")));
    EXPECT_THAT(xml, Not(HasSubstr("\"/run/")));
}

// A machine that was restored, saved again: its memory was mapped from a file that is gone.
TEST(SavedXml, ForgetsWhereTheMemoryWasMappedFrom) {
    const std::string again = restored_xml(saved_domain(), restored_node(), "/proc/1/fd/7");
    const std::string kept = description_to_keep(again);
    EXPECT_THAT(kept, Not(HasSubstr("/proc/1/fd/7")));
    EXPECT_THAT(kept, Not(HasSubstr("qemu:")));
    EXPECT_EQ(kept, description_to_keep(kept));
    EXPECT_EQ(restored_xml(kept, restored_node(), "/proc/2/fd/8"),
              restored_xml(again, restored_node(), "/proc/2/fd/8"));
}

// It may be packed into a capsule, where no path may be.
TEST(SavedXml, ForgetsWhoseTheMachineWas) {
    auto spec = restored_node();
    spec.owner = {"/home/ann/state/runs/q8w7e6", "1000"};
    const std::string anns = restored_xml(saved_domain(), spec, "/proc/1/fd/7");
    EXPECT_THAT(anns, HasSubstr("run=\"q8w7e6\" folder=\"/home/ann/state/runs/q8w7e6\" user=\"1000\""));
    EXPECT_THAT(description_to_keep(anns), AllOf(Not(HasSubstr("/home/ann")), Not(HasSubstr("user="))));
    const std::string nobodys = restored_xml(saved_domain(), restored_node(), "/proc/1/fd/7");
    EXPECT_EQ(restored_xml(anns, restored_node(), "/proc/1/fd/7"),
              restored_xml(nobodys, restored_node(), "/proc/1/fd/7"));
}

TEST(SavedXml, FindsTheDisksOfADomain) {
    const auto disks = disks_of_domain(saved_domain());
    ASSERT_EQ(disks.size(), 3U);
    EXPECT_EQ(disks[0].target, "vda");
    EXPECT_EQ(disks[0].file, "/run/disks/master-2.qcow2");
    EXPECT_EQ(disks[0].format, DiskFormat::qcow2);
    EXPECT_FALSE(disks[0].read_only);
    EXPECT_TRUE(disks[1].read_only);
    EXPECT_EQ(disks[2].format, DiskFormat::raw);
}

TEST(SavedXml, RefusesAMachineThatIsNotTheSavedOne) {
    MachineSpec spec = restored_node();
    spec.name = "crib-q8w7e6-master";
    expect_refused(saved_domain(), spec, ErrorKind::internal, "crib-k3v9x2-master");
    spec = restored_node();
    spec.disks.pop_back();
    expect_refused(saved_domain(), spec, ErrorKind::internal, "3 disks");
    spec = restored_node();
    spec.disks[0].read_only = true;
    expect_refused(saved_domain(), spec, ErrorKind::internal, "vda");
    spec = restored_node();
    spec.nics[0].mac = "52:54:00:76:00:0c";
    expect_refused(saved_domain(), spec, ErrorKind::internal, "52:54:00:76:00:0c");
    spec.nics.clear();
    expect_refused(saved_domain(), spec, ErrorKind::internal, "network cards");
}

TEST(SavedXml, RefusesADamagedDescription) {
    for (const std::string text : {"", "<domain>", "<network/>", "not xml"}) {
        expect_refused(text, restored_node(), ErrorKind::hypervisor, "damaged");
    }
}

TEST(SavedXml, ASnapshotOfTheMemoryTouchesNoDisk) {
    const std::string xml = memory_snapshot_xml("/a&b/memory", disks_of_domain(saved_domain()));
    EXPECT_THAT(xml, HasSubstr("<memory snapshot=\"external\" file=\"/a&amp;b/memory\" />"));
    for (const char* target : {"vda", "vdb", "vdc"}) {
        EXPECT_THAT(xml, HasSubstr("<disk name=\"" + std::string(target) + "\" snapshot=\"no\" />"));
    }
}

TEST(SavedXml, ASnapshotOfTheDisksTouchesOnlyThoseWithAnOverlay) {
    const std::string xml =
        disk_snapshot_xml({{"vda", "/new/a.qcow2"}, {"vdc", "/new/c.qcow2"}}, disks_of_domain(saved_domain()));
    EXPECT_THAT(xml, HasSubstr("<memory snapshot=\"no\" />"));
    EXPECT_THAT(xml, HasSubstr("<source file=\"/new/a.qcow2\" />"));
    EXPECT_THAT(xml, HasSubstr("<disk name=\"vdb\" snapshot=\"no\" />"));
    EXPECT_THAT(xml, HasSubstr("<source file=\"/new/c.qcow2\" />"));
    EXPECT_THAT(xml, HasSubstr("<driver type=\"qcow2\" />"));
}

}  // namespace
}  // namespace crib::hypervisor
