// The step kubeadm-init in a real shell, on a node of which only the programs that it asks are made up.

#include "tests/integration/provision/shell_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace crib;
using testing::HasSubstr;
using testing::Not;

// What the kubelet writes when it cannot make a pod's sandbox.
constexpr auto kRefusal =
    R"(E1125 kubelet RunPodSandbox from runtime service failed err="rpc error: code = Unknown: crun: unknown version specified")";

class KubeadmInitScript : public test::ShellScript {
protected:
    KubeadmInitScript() {
        write_file(folder_.path() / "config.yaml", "kind: InitConfiguration\n");
        program("sleep", ":");  // the script's pauses take no time
        program("kubeadm", "echo $$ >\"$0.pid\"; exec /bin/sleep 600");
        program("find", ":");  // no container has written anything
        program("journalctl", ":");
    }

    void kubelet_says(const std::string& line, int times) {
        program("journalctl", "for ((i = 0; i < " + std::to_string(times) + "; i++)); do echo '" + line + "'; done");
    }

    process::Result run() {
        return ShellScript::run("recipes/crio-kubeadm-flannel/13-kubeadm-init.sh",
                                {{"KUBEADM_CONFIG", (folder_.path() / "config.yaml").string()}});
    }

    [[nodiscard]] bool kubeadm_still_runs() const {
        const auto pid = read_file(bin() / "kubeadm.pid");
        return std::filesystem::exists("/proc/" + pid.substr(0, pid.find('\n')));
    }
};

TEST_F(KubeadmInitScript, EndsEarlyWithTheRuntimesWordsWhereNoContainerCanStart) {
    kubelet_says(kRefusal, 12);
    program("sleep", "until [ -s \"${0%sleep}kubeadm.pid\" ]; do :; done");  // a pause long enough for kubeadm to begin
    const auto result = run();
    EXPECT_EQ(result.how_it_ended(), "exited with 1");
    EXPECT_THAT(result.err,
                HasSubstr("no container can start on this node: the runtime has refused the kubelet 12 times"));
    EXPECT_THAT(result.err, HasSubstr("crun: unknown version specified"));
    EXPECT_FALSE(kubeadm_still_runs());
}

TEST_F(KubeadmInitScript, GoesOnWaitingWhileTheRuntimeHasRefusedOnlySome) {
    kubelet_says(kRefusal, 11);
    program("kubeadm", "/bin/sleep 0.3; echo initialized");
    const auto result = run();
    EXPECT_TRUE(result.ok()) << result.err;
    EXPECT_THAT(result.out, HasSubstr("initialized"));
}

TEST_F(KubeadmInitScript, DoesNotMindRefusalsOnceAContainerHasRun) {
    kubelet_says(kRefusal, 50);
    program("find", "echo /var/log/pods/kube-system_etcd/etcd/0.log");
    program("kubeadm", "/bin/sleep 0.3; echo initialized");
    const auto result = run();
    EXPECT_TRUE(result.ok()) << result.err;
    EXPECT_THAT(result.err, Not(HasSubstr("no container can start")));
}

TEST_F(KubeadmInitScript, DoesNotTakeTheKubeletsOtherTroublesForRefusals) {
    kubelet_says("E1125 kubelet ListContainers with filter from runtime service failed err=\"deadline exceeded\"", 50);
    program("kubeadm", "/bin/sleep 0.3; echo initialized");
    EXPECT_TRUE(run().ok());
}

TEST_F(KubeadmInitScript, FailsAsKubeadmDoes) {
    program("kubeadm", "echo '[ERROR Swap]: running with swap on is not supported' >&2; exit 3");
    const auto result = run();
    EXPECT_EQ(result.how_it_ended(), "exited with 3");
    EXPECT_THAT(result.err, HasSubstr("[ERROR Swap]"));
}

}  // namespace
