// Texts as Debian and Ubuntu nodes print them on their serial consoles.

#include "harness/guest/console.h"

#include "harness/base/file.h"

#include <gmock/gmock.h>

namespace crib::guest {
namespace {

using testing::ElementsAre;
using testing::Field;

auto is(FindingKind kind) {
    return Field(&Finding::kind, kind);
}

ConsoleScanner scan(std::string_view text) {
    ConsoleScanner scanner;
    scanner.feed(text);
    return scanner;
}

constexpr const char* healthy_boot =
    "SeaBIOS (version 1.16.2-debian-1.16.2-1)\r\r\nBooting from ROM...\r\n"
    "[    0.000000] Linux version 6.12.57+deb13-amd64 (debian-kernel@lists.debian.org) (x86_64-linux-gnu-gcc-14)\r\n"
    "[    0.000000] Command line: root=/dev/vda rw console=ttyS0 net.ifnames=0 panic=30 systemd.hostname=master\r\n"
    "[    0.213000] debug: unmapping init [mem 0xffffffffa1a00000]\r\n"
    "[    1.900000] Run /init as init process\r\nLoading, please wait...\r\nBegin: Mounting root file system ... \r\n"
    "[    2.310000] EXT4-fs (vda): mounted filesystem 0d1c5a4e r/w with ordered data mode. Quota mode: none.\r\n"
    "\x1b[0;1;39mWelcome to Debian GNU/Linux 13 (trixie)\x1b[0m!\r\n\r\n"
    "[\x1b[0;32m  OK  \x1b[0m] Started \x1b[0;1;39mssh.service\x1b[0m - OpenBSD Secure Shell server.\r\n"
    "[\x1b[0;32m  OK  \x1b[0m] Reached target \x1b[0;1;39memergency.target\x1b[0m-free multi-user.target.\r\n"
    "\r\nDebian GNU/Linux 13 master ttyS0\r\n\r\nmaster login: ";

TEST(Console, FindsNothingInAHealthyBoot) {
    const auto scanner = scan(healthy_boot);
    EXPECT_TRUE(scanner.findings().empty()) << scanner.findings()[0].line;
    EXPECT_EQ(scanner.last_line(), "master login:");
}

TEST(Console, FindsAKernelPanic) {
    const auto scanner = scan(
        "[    1.402210] /dev/root: Can't open blockdev\r\n"
        "[    1.402801] VFS: Unable to mount root fs on \"/dev/vda\" or unknown-block(254,0)\r\n"
        "[    1.405113] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(254,0)\r\n"
        "[    1.406001] CPU: 0 UID: 0 PID: 1 Comm: swapper/0 Not tainted 6.12.57+deb13-amd64 #1  Debian 6.12.57-1\r\n"
        "[    1.410000] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs ]---\r\n");
    ASSERT_FALSE(scanner.findings().empty());
    EXPECT_EQ(scanner.findings()[0].kind, FindingKind::kernel_panic);
    EXPECT_EQ(scanner.findings()[0].line,
              "[    1.405113] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(254,0)");
}

TEST(Console, FindsOomKillsOfOldAndNewKernels) {
    EXPECT_THAT(scan("[  612.1] Out of memory: Killed process 2214 (kube-apiserver) total-vm:1273528kB, anon-rss:\n"
                     "[   90.1] Out of memory: Kill process 812 (dockerd) score 311 or sacrifice child\n")
                    .findings(),
                ElementsAre(is(FindingKind::out_of_memory), is(FindingKind::out_of_memory)));
}

TEST(Console, TellsAContainersOwnLimitFromTheNodesMemory) {
    const auto scanner = scan(
        "[  300.2] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=crio-4f1,mems_allowed=0,task=nginx\n"
        "[  300.3] Memory cgroup out of memory: Killed process 3120 (nginx) total-vm:8920kB, anon-rss:4012kB\n");
    EXPECT_THAT(scanner.findings(), ElementsAre(is(FindingKind::container_killed)));
    EXPECT_EQ(severity_of(FindingKind::container_killed), Severity::warning);
}

TEST(Console, FindsSystemdsEmergencyShell) {
    const auto scanner = scan(
        "[\x1b[0;1;31mFAILED\x1b[0m] Failed to mount \x1b[0;1;39mvar-lib-crib\\x2dimages.mount\x1b[0m.\r\n"
        "[\x1b[0;1;38:5:185mDEPEND\x1b[0m] Dependency failed for \x1b[0;1;39mlocal-fs.target\x1b[0m.\r\n"
        "You are in emergency mode. After logging in, type \"journalctl -xb\" to view\r\n"
        "system logs, \"systemctl reboot\" to reboot, or \"exit\"\r\nto continue bootup.\r\n\r\n"
        "Cannot open access to console, the root account is locked.\r\nSee sulogin(8) man page for more "
        "details.\r\n\r\n"
        "Press Enter to continue.\r\n");
    ASSERT_FALSE(scanner.findings().empty());
    for (const auto& finding : scanner.findings()) EXPECT_EQ(finding.kind, FindingKind::emergency_shell);
}

TEST(Console, FindsTheInitramfsPromptThoughItsLineNeverEnds) {
    const auto scanner = scan("\r\n\r\nBusyBox v1.35.0 (Debian 1:1.35.0-4+b3) built-in shell (ash)\r\n(initramfs) ");
    EXPECT_THAT(scanner.findings(), ElementsAre(is(FindingKind::initramfs_shell)));
}

TEST(Console, FindsAMissingRootDisk) {
    EXPECT_THAT(scan("Gave up waiting for root file system device.  Common problems:\r\n"
                     "ALERT!  /dev/vda does not exist.  Dropping to a shell!\r\n")
                    .findings(),
                ElementsAre(is(FindingKind::initramfs_shell), is(FindingKind::initramfs_shell)));
}

TEST(Console, FindsAFullDiskAndAStoppedNode) {
    EXPECT_THAT(scan("cp: error writing '/target': No space left on device\n[  55.0] reboot: Power down\n").findings(),
                ElementsAre(is(FindingKind::out_of_space), is(FindingKind::stopped)));
}

TEST(Console, OnlyWarnsOfWhatANodeMaySurvive) {
    const auto scanner = scan(
        "[  120.1] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [kubelet:1021]\n"
        "[  130.1] rcu: INFO: rcu_preempt self-detected stall on CPU\n"
        "[  242.1] INFO: task jbd2/vda-8:201 blocked for more than 120 seconds.\n"
        "[  250.1] I/O error, dev vda, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2\n");
    EXPECT_EQ(scanner.findings().size(), 4U);
    for (const auto& finding : scanner.findings()) EXPECT_EQ(severity_of(finding.kind), Severity::warning);
}

TEST(Console, FindsALineHoweverItIsCutIntoPieces) {
    const std::string text = "[    1.4] Kernel \x1b[0;1;31mpanic\x1b[0m - not syncing: Attempted to kill init!\r\nnext";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        ConsoleScanner scanner;
        scanner.feed(text.substr(0, cut));
        scanner.feed(text.substr(cut));
        ASSERT_EQ(scanner.findings().size(), 1U) << cut;
        EXPECT_EQ(scanner.last_line(), "next");
    }
}

TEST(Console, ReportsAPartialLineOnce) {
    ConsoleScanner scanner;
    for (const auto* piece : {"(initramfs) ", "e", "xit"}) scanner.feed(piece);
    EXPECT_EQ(scanner.findings().size(), 1U);
}

TEST(Console, DropsZeroBytesAndControlSequences) {
    EXPECT_EQ(scan({"\0\0he\0llo\0", 9}).last_line(), "hello");
    EXPECT_EQ(scan("\x1b]0;title\x07"
                   "a\x1b(Bb\x1b[2J\x1b[01;01Hc\x1b[?25hd")
                  .last_line(),
              "abcd");
    EXPECT_EQ(scan("\x1b]never ended\nnext").last_line(), "next");
    EXPECT_EQ(scan("\x1b[0\nbroken off").last_line(), "broken off");
}

TEST(Console, MakesTextOfBytesThatAreNone) {
    EXPECT_EQ(scan("caf\xe9 \xff!").last_line(), "caf\uFFFD \uFFFD!");
    EXPECT_EQ(scan("ein Stück").last_line(), "ein Stück");
}

TEST(Console, CutsALineWithoutEndAndALoopingKernel) {
    const auto scanner = scan(std::string(1'000'000, 'x'));
    EXPECT_LE(scanner.last_line().size(), 4096U);
    std::string loop;
    for (int i = 0; i < 1000; ++i) loop += "BUG: again\n";
    EXPECT_EQ(scan(loop).findings().size(), 200U);
}

class ConsoleFile : public testing::Test {
protected:
    TempFolder folder_{std::filesystem::temp_directory_path()};
    std::filesystem::path path_ = folder_.path() / "console.log";
    ConsoleWatcher watcher_{path_};
};

TEST_F(ConsoleFile, NeedNotBeThereYet) {
    EXPECT_EQ(watcher_.poll().last_line(), "");
}

TEST_F(ConsoleFile, IsReadFromWhereTheLastLookEnded) {
    append_file(path_, "BUG: one\nhalf a ");
    EXPECT_EQ(watcher_.poll().findings().size(), 1U);
    append_file(path_, "line\n");
    EXPECT_EQ(watcher_.poll().last_line(), "half a line");
    EXPECT_EQ(watcher_.poll().findings().size(), 1U);
}

TEST_F(ConsoleFile, IsReadFromItsStartWhenItBecameShorter) {
    append_file(path_, std::string(100, '.') + "\n");
    watcher_.poll();
    write_file(path_, "again\n");
    EXPECT_EQ(watcher_.poll().last_line(), "again");
}

}  // namespace
}  // namespace crib::guest
