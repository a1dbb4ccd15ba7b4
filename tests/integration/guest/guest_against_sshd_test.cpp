// A Guest whose node is this machine, behind Debian's own sshd.

#include "harness/base/error.h"
#include "harness/base/text.h"
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

}  // namespace
}  // namespace crib::guest
