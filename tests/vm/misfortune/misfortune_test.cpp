// Bad luck in the middle of a real run: each ends as an error that names the cause, soon, and leaves nothing behind.

#include "tests/vm/cluster/program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <iostream>

namespace crib::vm {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kOneNode = std::string(CRIB_SOURCE_DIR) + "/tests/benchmark/one-node.json";

class Misfortune : public testing::Test {
protected:
    void TearDown() override {
        if (!HasFailure()) return;
        program_.keep_files();
        std::cout << "the runs' files are in " << program_.runs() << std::endl;
    }

    // A run in which `strike` is called with the run's id once, when this text has appeared.
    Output run_until_struck(const std::string& moment, const std::function<void(const std::string& id)>& strike) {
        bool struck = false;
        return program_.run({"run", "--until", "runtime-ready", kOneNode}, [&](const std::string& line) {
            if (id_.empty()) id_ = run_id_of(line);
            if (struck || line.find(moment) == std::string::npos) return;
            struck = true;
            strike(id_);
        });
    }

    void expect_nothing_left() {
        ASSERT_NE(id_, "");
        EXPECT_THAT(processes_with(id_), IsEmpty());
        EXPECT_FALSE(fs::exists(program_.runs() / id_ / "private"));
        EXPECT_TRUE(fs::exists(program_.runs() / id_ / "junit.xml"));
    }

    Program program_;
    std::string id_;
};

// Ends what is found by its command line; exactly one process is meant.
void kill_one(const std::vector<std::string>& words) {
    const auto pids = pids_with(words);
    ASSERT_THAT(pids, SizeIs(1));
    ::kill(pids[0], SIGKILL);
}

TEST_F(Misfortune, AKilledMachineIsNamed) {
    const auto run = run_until_struck("install-crio: install", [](const std::string& id) {
        kill_one({"qemu-system", "crib-" + id + "-master"});
    });
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.text, HasSubstr("the machine of master is gone"));
    expect_nothing_left();
}

TEST_F(Misfortune, AKilledSwitchIsNamed) {
    const auto run = run_until_struck("install-crio: install", [](const std::string& id) {
        kill_one({"crib-switch ", "/" + id});
    });
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.text, ContainsRegex("switch[^\n]*(gone|ended|died|killed)"));
    expect_nothing_left();
}

TEST_F(Misfortune, ACutConnectionIsAnErrorOfItsStep) {
    const auto run = run_until_struck("install-crio: install", [this](const std::string& id) {
        // The server and all its sessions, this command's own among them.
        (void)program_.run({"ssh", id, "master", "--", "setsid sh -c 'sleep 1; pkill -9 sshd' >/dev/null 2>&1 &"});
    });
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.text, ContainsRegex("install-crio (error|was lost|lost)"));
    expect_nothing_left();
}

TEST_F(Misfortune, AFullDiskIsNamed) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may mount a small file system to fill";
    const auto where = program_.folder().string();
    ASSERT_EQ(::mount("crib-test", where.c_str(), "tmpfs", 0, "size=2g"), 0);
    const auto run = run_until_struck("install-crio: install", [&](const std::string&) {
        struct statvfs room {};
        ASSERT_EQ(::statvfs(where.c_str(), &room), 0);
        const int fd = ::open((where + "/filler").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        EXPECT_EQ(::posix_fallocate(fd, 0, static_cast<off_t>(room.f_bavail * room.f_frsize)), 0);
        ::close(fd);
    });
    fs::remove(where + "/filler");
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.text, ContainsRegex("(disk|device|space)[^\n]*full|[Nn]o space left"));
    EXPECT_THAT(processes_with(id_), IsEmpty());
    ::umount2(where.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace crib::vm
