// A Guest whose node is this machine, behind Debian's own sshd.

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/guest/collect.h"
#include "harness/guest/facts.h"
#include "harness/guest/guest.h"
#include "tests/integration/ssh/real_sshd.h"

#include <gmock/gmock.h>
#include <sys/utsname.h>

#include <thread>

namespace crib::guest {
namespace {

using namespace std::chrono_literals;

class GuestOnSshd : public testing::Test {
protected:
    void SetUp() override {
        if (!test::RealSshd::installed()) GTEST_SKIP() << "openssh-server is not installed";
        sshd_.emplace();
        guest_.emplace("node1", "127.0.0.1", sshd_->target(), sshd_->folder() / "console.log");
        guest_->wait_ready(context(), {});
    }
    Context context() { return Context::with_clock(clock_).with_timeout(30s); }

    SystemClock clock_;
    std::optional<test::RealSshd> sshd_;
    std::optional<Guest> guest_;
};

TEST_F(GuestOnSshd, TellsItsFacts) {
    utsname names{};
    uname(&names);
    const auto facts = read_facts(*guest_, context());
    EXPECT_EQ(facts.kernel, names.release);
    EXPECT_EQ(facts.architecture, names.machine);
    EXPECT_FALSE(facts.os_name.empty());
    EXPECT_GT(facts.memory.in_mib(), 100U);
    EXPECT_EQ(facts.cpus, std::thread::hardware_concurrency());
    EXPECT_EQ(facts.boot_id.size(), 36U);
}

TEST_F(GuestOnSshd, RunsCommandsSideBySide) {
    const auto meet = sshd_->folder().string() + "/meet";
    // Each opens the pipe at its end and waits for the other: one after the other they would never end.
    ASSERT_TRUE(guest_->run({.script = "mkfifo " + meet}, context()).ok());
    std::jthread writer([&] { EXPECT_TRUE(guest_->run({.script = "echo met >" + meet}, context()).ok()); });
    EXPECT_EQ(guest_->run({.script = "cat " + meet}, context()).out, "met\n");
}

TEST_F(GuestOnSshd, IsReachedAgainAfterItsServerWasStartedAnew) {
    sshd_->kill_everything();
    sshd_->start();
    const auto result = guest_->run({.script = "echo back"}, context());
    EXPECT_EQ(result.out, "back\n") << result.how_it_ended();
}

TEST_F(GuestOnSshd, GivesFilesAndOutputsAsEvidence) {
    guest_->upload_text("kept\n", sshd_->folder().string() + "/note", 0644, context());
    Evidence evidence;
    evidence.outputs = {{"out.txt", "seq 1 20000"}};
    evidence.copies = {{"note", sshd_->folder().string() + "/note"}, {"none", "/no/such/file"}};
    const auto problems = collect(*guest_, evidence, sshd_->folder() / "evidence", context());
    EXPECT_THAT(problems, testing::ElementsAre("node1: reading /no/such/file: no such file or folder"));
    EXPECT_EQ(split_lines(read_file(sshd_->folder() / "evidence/out.txt")).size(), 20000U);
    EXPECT_EQ(read_file(sshd_->folder() / "evidence/note"), "kept\n");
}

}  // namespace
}  // namespace crib::guest
