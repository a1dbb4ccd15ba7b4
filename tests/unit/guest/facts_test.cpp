#include "harness/guest/facts.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/guest/clock_check.h"
#include "tests/support/manual_clock.h"
#include "tests/support/simulated_guest/simulated_guest.h"

#include <gmock/gmock.h>

namespace crib::guest {
namespace {

using namespace std::chrono_literals;

constexpr const char* trixie =
    "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\n"
    "VERSION=\"13 (trixie)\"\nVERSION_CODENAME=trixie\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n"
    "CRIB_KERNEL=6.12.57+deb13-amd64\nCRIB_ARCHITECTURE=x86_64\nCRIB_CPUS=2\n"
    "CRIB_BOOT_ID=3b1b4f33-55ad-4e5c-a38b-b0b0c0a4e8f1\nCRIB_MEMORY_KIB=2296000\n";

class FactsOfARunningNode : public testing::Test {
protected:
    Context context() { return Context::with_clock(clock_).with_timeout(1min); }
    test::ManualClock clock_;
    test::SimulatedGuest node_{"worker1", "192.168.76.12"};
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

TEST_F(FactsOfARunningNode, FactsThatCannotBeHadAreAnErrorThatNamesTheNode) {
    node_.when("facts", {.end = ssh::Exited{1}, .err = "cat: /etc/os-release: No such file\n"});
    try {
        [[maybe_unused]] const auto facts = read_facts(node_, context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "worker1: facts exited with 1: cat: /etc/os-release: No such file");
    }
}

TEST_F(FactsOfARunningNode, ItsClockIsSetToTheHosts) {
    set_clock(node_, context());
    ASSERT_EQ(node_.commands().size(), 1U);
    EXPECT_EQ(node_.commands()[0].script, "date --utc --set=@1800000000.000");
    EXPECT_TRUE(node_.commands()[0].only_a_program) << "no shell is started for it: the time would be older";
}

// Seen in a restored node of a busy host: its clock was two seconds behind at once.
TEST_F(FactsOfARunningNode, ItsClockIsLookedAtAgainWhenSettingItTookSeconds) {
    node_.when("date --utc --set=@", {.then = [this](const auto&) { clock_.advance(1s); }});
    set_clock(node_, context());
    ASSERT_EQ(node_.commands().size(), 2U);
    EXPECT_EQ(node_.commands()[1].script, clock_check_script("worker1"));
}

}  // namespace
}  // namespace crib::guest
