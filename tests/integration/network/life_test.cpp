#include "harness/base/error.h"
#include "harness/base/lock.h"
#include "tests/integration/network/cluster_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <thread>

namespace crib::network {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

const std::vector<std::string> after_the_end{"switch-config.json", "switch.json", "switch.log"};

bool ends_soon(const Switch& network) {
    for (int i = 0; i < 500 && network.alive(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    return !network.alive();
}

TEST(SwitchLife, IsFoundAgainByALaterProgram) {
    ClusterNetwork cluster;
    cluster.start();
    const auto again = Switch::attach(cluster.folder);
    EXPECT_EQ(again.pid(), cluster.network->pid());
    EXPECT_EQ(again.port_of("worker"), cluster.network->port_of("worker"));
    EXPECT_EQ(again.forward("ssh-master"), cluster.network->forward("ssh-master"));
    EXPECT_TRUE(again.alive());
    EXPECT_THROW((void)again.forward("nothing"), Error);
}

TEST(SwitchLife, LeavesNoSocketAndNoLockWhenAskedToStop) {
    ClusterNetwork cluster;
    cluster.start();
    cluster.network->stop();
    EXPECT_FALSE(cluster.network->alive());
    EXPECT_EQ(names_in(cluster.folder), after_the_end);
    cluster.network->stop();  // again: nothing to do
    EXPECT_THROW(Switch::attach(cluster.folder), Error);
}

TEST(SwitchLife, EndsCleanlyOnSigterm) {
    ClusterNetwork cluster;
    cluster.start();
    ::kill(cluster.network->pid(), SIGTERM);
    EXPECT_TRUE(ends_soon(*cluster.network));
    EXPECT_EQ(names_in(cluster.folder), after_the_end);
}

TEST(SwitchLife, IsCleanedUpBehindWhenKilled) {
    ClusterNetwork cluster;
    cluster.start();
    ::kill(cluster.network->pid(), SIGKILL);
    EXPECT_TRUE(ends_soon(*cluster.network));
    EXPECT_THROW((void)cluster.stats(), Error);
    EXPECT_TRUE(Switch::clean_up(cluster.folder));
    EXPECT_EQ(names_in(cluster.folder), after_the_end);
    cluster.start();  // the folder can be used again
    EXPECT_TRUE(cluster.network->alive());
}

TEST(SwitchLife, IsEndedEvenWhenItHangs) {
    ClusterNetwork cluster;
    cluster.start();
    ::kill(cluster.network->pid(), SIGSTOP);
    cluster.network->stop();
    EXPECT_FALSE(cluster.network->alive());
}

TEST(SwitchLife, EndsByItselfWhenItsFolderIsGone) {
    ClusterNetwork cluster;
    cluster.start();
    const auto pid = cluster.network->pid();
    ASSERT_TRUE(remove_all_quietly(cluster.folder));
    bool lives = true;
    for (int i = 0; i < 1000 && lives; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
        const auto status = read_tail("/proc/" + std::to_string(pid) + "/stat", 4096);
        lives = !status.empty() && status.find(") Z") == std::string::npos;
    }
    EXPECT_FALSE(lives);
}

TEST(SwitchLife, ServesAFolderOnlyOnce) {
    ClusterNetwork cluster;
    cluster.start();
    EXPECT_THROW(Switch::start(*cluster.runner, CRIB_SWITCH, cluster.config, cluster.folder, cluster.context()), Error);
    EXPECT_TRUE(cluster.network->alive());
}

TEST(SwitchLife, ShowsTheLogOfASwitchThatCannotStart) {
    ClusterNetwork cluster;
    cluster.config.capture = "/no/such/folder/all.pcap";
    try {
        cluster.start();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::network);
        EXPECT_THAT(error.what(), HasSubstr("/no/such/folder/all.pcap"));
        EXPECT_THAT(error.hint(), HasSubstr("switch.log"));
    }
    EXPECT_EQ(names_in(cluster.folder), (std::vector<std::string>{"switch-config.json", "switch.log"}));
}

TEST(SwitchLife, SaysWhichProgramIsMissing) {
    ClusterNetwork cluster;
    EXPECT_THROW(Switch::start(*cluster.runner, "/no/such/program", cluster.config, cluster.folder, cluster.context()),
                 Error);
}

TEST(SwitchLife, StartsNothingForAConfigurationThatMakesNoSense) {
    ClusterNetwork cluster;
    cluster.config.nodes[1].name = "master";
    EXPECT_THROW(cluster.start(), Error);
    EXPECT_FALSE(fs::exists(cluster.folder));
}

}  // namespace
}  // namespace crib::network
