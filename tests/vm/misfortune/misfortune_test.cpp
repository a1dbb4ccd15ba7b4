// Bad luck in the middle of a real run: each ends as an error that names the cause, soon, and leaves nothing behind.

#include "harness/base/text.h"
#include "tests/support/tiny_guest/tiny_guest.h"
#include "tests/vm/cluster/real_runs.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

namespace crib::vm {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kOneNode = std::string(CRIB_SOURCE_DIR) + "/tests/benchmark/one-node.json";

class Misfortune : public RealRuns {
protected:
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
        RealRuns::expect_nothing_left(id_);
        EXPECT_TRUE(fs::exists(program_.runs() / id_ / "junit.xml"));
    }

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
        const UniqueFd filler(::open((where + "/filler").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        // Until nothing more goes in: the guest writes at the same time, so that no size is known to be the room left.
        const std::string block(1U << 20U, 'x');
        while (::write(filler.get(), block.data(), block.size()) > 0) continue;
        EXPECT_EQ(errno, ENOSPC);
    });
    fs::remove(where + "/filler");
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.text, ContainsRegex("(disk|device|space)[^\n]*full|[Nn]o space left"));
    EXPECT_THAT(processes_with(id_), IsEmpty());
    ::umount2(where.c_str(), MNT_DETACH);
}

// A checkout whose debian-12 is a kernel with neither an initrd nor anything on its disk: it panics.
class ACheckoutWithABrokenImage {
public:
    explicit ACheckoutWithABrokenImage(const fs::path& kernel) {
        for (const char* name : {"fixtures", "scenarios"}) {
            fs::create_directory_symlink(fs::path(CRIB_SOURCE_DIR) / name, path() / name);
        }
        fs::copy(fs::path(CRIB_SOURCE_DIR) / "images", path() / "images");
        const auto disk = path() / "empty.qcow2";
        const auto create = shell_join({"qemu-img", "create", "-q", "-f", "qcow2", disk.string(), "8M"});
        EXPECT_EQ(std::system(create.c_str()), 0);  // NOLINT(concurrency-mt-unsafe): no other thread runs
        const nlohmann::json image = {{"name", "debian-12"},
                                      {"family", "debian"},
                                      {"codename", "bookworm"},
                                      {"how", {{"qcow2", {{"path", disk}}}, {"kernel", {{"path", kernel}}}}}};
        write_file(path() / "images" / "debian-12.json", image.dump());
        auto scenario = nlohmann::json::parse(read_file(kOneNode));
        scenario["nodes"].push_back(
            {{"name", "worker"}, {"role", "worker"}, {"os", "debian-12"}, {"memory", "512MiB"}});
        write_file(this->scenario(), scenario.dump());
    }

    [[nodiscard]] const fs::path& path() const { return folder_.path(); }
    [[nodiscard]] fs::path scenario() const { return path() / "never-boots.json"; }

private:
    TempFolder folder_{fs::temp_directory_path()};
};

TEST_F(Misfortune, ANodeThatNeverBootsIsNamedWithItsLastWords) {
    SystemClock clock;
    const auto kernel = test::tiny_guest_kernel(Context::with_clock(clock));
    if (kernel.empty()) GTEST_SKIP() << "apt has no kernel to offer";
    const ACheckoutWithABrokenImage checkout(kernel);
    program_.use_checkout(checkout.path());
    TimePoint began{};
    const auto run = program_.run({"run", checkout.scenario().string()}, [&](const std::string& line) {
        if (id_.empty()) id_ = run_id_of(line);
        if (line.find("stage boot") != std::string::npos && began == TimePoint{}) began = clock.now();
    });
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.text, HasSubstr("worker: kernel panic: "));
    EXPECT_THAT(run.text, HasSubstr("VFS: Unable to mount root fs"));
    EXPECT_LT(clock.now() - began, std::chrono::minutes(5)) << "it should not wait for what cannot come";
    expect_nothing_left();
}

// A network of this thread's own and of what it starts, with two ports to choose among, which are taken.
class NoPortIsFree {
public:
    NoPortIsFree() {
        EXPECT_EQ(::unshare(CLONE_NEWNET), 0);
        const int device = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ifreq loopback{{"lo"}, {}};
        loopback.ifr_flags = IFF_UP;
        EXPECT_EQ(::ioctl(device, SIOCSIFFLAGS, &loopback), 0);
        ::close(device);
        std::ofstream("/proc/sys/net/ipv4/ip_local_port_range") << "47000 47001";
        for (int& taken : taken_) {
            taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            sockaddr_in any_port{};
            any_port.sin_family = AF_INET;
            any_port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            EXPECT_EQ(::bind(taken, reinterpret_cast<const sockaddr*>(&any_port), sizeof any_port), 0);
            EXPECT_EQ(::listen(taken, 1), 0);
        }
    }
    ~NoPortIsFree() {
        for (const int taken : taken_) ::close(taken);
    }
    NoPortIsFree(const NoPortIsFree&) = delete;
    NoPortIsFree& operator=(const NoPortIsFree&) = delete;

private:
    std::array<int, 2> taken_{};
};

TEST_F(Misfortune, PortsThatAreAllTakenAreNamed) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may make a network of its own";
    Output run;
    std::jthread([&] {
        const NoPortIsFree here;
        run = program_.run({"run", kOneNode}, [&](const std::string& line) {
            if (id_.empty()) id_ = run_id_of(line);
        });
    }).join();
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.text, HasSubstr("no port of 127.0.0.1 for 192.168.76.11:22: Address already in use"));
    expect_nothing_left();
}

}  // namespace
}  // namespace crib::vm
