#include "harness/hypervisor/foreign_xml.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/hypervisor/domain_xml.h"

#include <gmock/gmock.h>

namespace crib::hypervisor {
namespace {

using testing::HasSubstr;

std::string saved_domain() {
    return read_file(std::string(CRIB_SOURCE_DIR) + "/tests/golden/domain_saved.xml");
}

std::string with(const std::string& old, const std::string& text) {
    auto xml = saved_domain();
    const auto at = xml.find(old);
    if (at == std::string::npos) throw std::runtime_error("the sample has no " + old);
    return xml.replace(at, old.size(), text);
}

void expect_refused(const std::string& xml, const std::string& says, bool has_kernel = true) {
    try {
        require_own_form(xml, has_kernel);
        ADD_FAILURE() << "taken: " << says;
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr(says));
    }
}

TEST(ForeignXml, WhatCribSavesIsTaken) {
    require_own_form(saved_domain(), true);
}

TEST(ForeignXml, ProgramsAndTheirArgumentsAreNot) {
    expect_refused(with("</devices>", "<emulator>/bin/sh</emulator></devices>"), "another emulator");
    expect_refused(with("</domain>",
                        "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                        "<qemu:arg value='-s'/></qemu:commandline></domain>"),
                   "qemu:commandline in domain");
    expect_refused(with("</os>", "<loader>/etc/passwd</loader></os>"), "loader in os");
}

TEST(ForeignXml, ASecurityLabelIsLibvirtsOwnOrNone) {
    require_own_form(with("</domain>", "<seclabel type='dynamic' model='dac' relabel='yes'/></domain>"), true);
    expect_refused(with("</domain>", "<seclabel type='static' model='dac'><label>+0:+0</label></seclabel></domain>"),
                   "a security label of its own");
}

TEST(ForeignXml, DevicesOfTheHostAreNot) {
    for (const char* device : {"<hostdev mode='subsystem' type='pci'/>", "<filesystem type='mount'/>",
                               "<graphics type='vnc'/>", "<channel type='unix'/>", "<shmem name='x'/>"}) {
        expect_refused(with("</devices>", device + std::string("</devices>")), " in devices");
    }
    expect_refused(with("</devices>", "<disk type='block' device='disk'/></devices>"), "a disk that is not a file");
    expect_refused(with("</devices>", "<serial type='tcp'/></devices>"), "a serial that is not a file");
    expect_refused(with("</devices>", "<interface type='bridge'/></devices>"), "not on crib's switch");
    expect_refused(with("</devices>", "<interface type='client'><script path='x'/></interface></devices>"),
                   "script in interface");
    expect_refused(with("</devices>", "<input type='evdev'><source dev='/dev/input/event1'/></input></devices>"),
                   "a path in source");
    expect_refused(
        with("</devices>", "<rng model='virtio'><backend model='random'>/etc/shadow</backend></rng></devices>"),
        "another source of randomness");
}

TEST(ForeignXml, AKernelIsOnlyNamedWhereItIsReplaced) {
    expect_refused(saved_domain(), "another kernel", false);
}

TEST(ForeignXml, WhatIsNoDomainIsNot) {
    expect_refused("simulated", "no domain");
    expect_refused("", "no domain");
}

}  // namespace
}  // namespace crib::hypervisor
