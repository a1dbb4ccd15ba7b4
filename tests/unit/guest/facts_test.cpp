#include "harness/guest/facts.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/guest/collect.h"
#include "tests/support/manual_clock.h"
#include "tests/support/simulated_guest/simulated_guest.h"

#include <gmock/gmock.h>

namespace crib::guest {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* trixie =
    "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\n"
    "VERSION=\"13 (trixie)\"\nVERSION_CODENAME=trixie\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n"
    "CRIB_KERNEL=6.12.57+deb13-amd64\nCRIB_ARCHITECTURE=x86_64\nCRIB_CPUS=2\n"
    "CRIB_BOOT_ID=3b1b4f33-55ad-4e5c-a38b-b0b0c0a4e8f1\nCRIB_MEMORY_KIB=2296000\n";

class EvidenceOfANode : public testing::Test {
protected:
    Context context() { return Context::with_clock(clock_).with_timeout(1min); }
    test::ManualClock clock_;
    test::SimulatedGuest node_{"worker1", "192.168.76.12"};
    TempFolder folder_{std::filesystem::temp_directory_path()};
};

TEST(FactsOfANode, AreReadFromOsReleaseAndTheKernel) {
    const auto facts = parse_facts(trixie);
    EXPECT_EQ(facts.os_name, "Debian GNU/Linux 13 (trixie)");
    EXPECT_EQ(facts.os_id, "debian");
    EXPECT_EQ(facts.os_version, "13");
    EXPECT_EQ(facts.os_codename, "trixie");
    EXPECT_EQ(facts.kernel, "6.12.57+deb13-amd64");
    EXPECT_EQ(facts.architecture, "x86_64");
    EXPECT_EQ(facts.memory.in_mib(), 2242U);
    EXPECT_EQ(facts.cpus, 2U);
}

TEST(FactsOfANode, MayBeQuotedAsTheShellAllows) {
    EXPECT_EQ(parse_facts("PRETTY_NAME='A \"B\"'\n").os_name, "A \"B\"");
    EXPECT_EQ(parse_facts("PRETTY_NAME=\"A \\$B\"\n").os_name, "A $B");
    EXPECT_EQ(parse_facts("PRETTY_NAME=\n").os_name, "");
}

TEST_F(EvidenceOfANode, FactsThatCannotBeHadAreAnErrorThatNamesTheNode) {
    node_.when("facts", {.end = ssh::Exited{1}, .err = "cat: /etc/os-release: No such file\n"});
    try {
        [[maybe_unused]] const auto facts = read_facts(node_, context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "worker1: facts exited with 1: cat: /etc/os-release: No such file");
    }
}

TEST_F(EvidenceOfANode, ItsClockIsSetToTheHosts) {
    set_clock(node_, context());
    ASSERT_EQ(node_.commands().size(), 1U);
    EXPECT_EQ(node_.commands()[0].script, "date -u -s @1800000000.000");
}

TEST_F(EvidenceOfANode, GoesIntoOneFolder) {
    node_.when("journalctl", {.out = "line one\nline two\n"});
    node_.put_file("/etc/crio/crio.conf", "[crio]\n");
    auto evidence = usual_evidence();
    evidence.copies = {{"crio.conf", "/etc/crio/crio.conf"}};
    EXPECT_THAT(collect(node_, evidence, folder_.path() / "node", context()), ElementsAre());
    EXPECT_EQ(read_file(folder_.path() / "node/journal.log"), "line one\nline two\n");
    EXPECT_EQ(read_file(folder_.path() / "node/kubelet.log"), "line one\nline two\n");
    EXPECT_EQ(read_file(folder_.path() / "node/crio.conf"), "[crio]\n");
    EXPECT_TRUE(node_.ran("-u crio"));
}

TEST_F(EvidenceOfANode, ThatIsMissingIsToldAndTheRestFetched) {
    Evidence evidence;
    evidence.outputs = {journal("crio.log", "crio"), journal("journal.log")};
    evidence.copies = {{"a", "/no/such"}};
    node_.when("crio", {.end = ssh::Exited{1}, .err = "no such unit\n"});
    EXPECT_THAT(collect(node_, evidence, folder_.path(), context()),
                ElementsAre("worker1: crio.log exited with 1: no such unit", HasSubstr("/no/such")));
    EXPECT_TRUE(node_.ran("journal.log"));
}

TEST_F(EvidenceOfANode, IsNotAskedForAgainOnceTheNodeIsOutOfReach) {
    node_.break_connection("kernel panic");
    EXPECT_THAT(collect(node_, usual_evidence(), folder_.path(), context()),
                ElementsAre("worker1: journal.log lost the connection: kernel panic: "));
}

TEST_F(EvidenceOfANode, IsCutWhenItIsTooLong) {
    Evidence evidence;
    evidence.outputs = {journal("journal.log")};
    evidence.most_bytes = 10;
    node_.when("journalctl", {.out = "12345\n12345\n12345\n"});
    collect(node_, evidence, folder_.path(), context());
    EXPECT_EQ(read_file(folder_.path() / "journal.log"), "12345\n12345\n");
}

}  // namespace
}  // namespace crib::guest
