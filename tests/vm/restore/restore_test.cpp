// Checkpoints of real clusters: saved by a run, gone on from, gone back to, restored twice, days later.
// The tests of whole clusters come before and leave the checkpoints; alone, the first of these makes them.

#include "harness/base/text.h"
#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

namespace crib::vm {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::string kScenario = std::string(CRIB_SOURCE_DIR) + "/scenarios/two-node.json";

const std::string kReadySince =
    R"(jsonpath={range .items[*].status.conditions[?(@.type=="Ready")]}{.status} {.lastTransitionTime}{"\n"}{end})";

class Checkpoints : public RealRuns {
protected:
    // A cluster with all its pods, kept; its run's id.
    std::string kept_cluster() {
        const auto run = program_.run({"run", "--keep", kScenario});
        EXPECT_EQ(run.exit_code, 0);
        return run_id_of(run.text);
    }

    std::string kubectl(const std::string& id, const std::vector<std::string>& words) {
        std::vector<std::string> all{"kubectl", id, "--"};
        all.insert(all.end(), words.begin(), words.end());
        return program_.run(all).text;
    }

    // A line for each node: whether it is Ready, and since when. (Events tell less: the static pods' of a young control
    // plane say NodeNotReady when the node controller starts after their probes have passed.)
    // What crib itself says on stderr, of a clock that it set right, is left out.
    std::string since_when_ready(const std::string& id) {
        std::string lines;
        for (const auto& line : split_lines(kubectl(id, {"get", "nodes", "-o", kReadySince}))) {
            if (!line.starts_with("crib: ")) lines += line + "\n";
        }
        return lines;
    }

    // The key of the checkpoint with all pods; empty when there is none.
    std::string saved_workload() {
        const auto listed = nlohmann::json::parse(program_.run({"cache", "ls", "--json"}).text);
        std::string key;
        for (const auto& entry : listed) {
            if (entry.at("stage") == "workload-ready" && entry.at("scenario") == "two-node") key = entry.at("key");
        }
        return key;
    }
};

TEST_F(Checkpoints, LetAnUnchangedRunBeginWithItsChecks) {
    auto again = program_.run({"run", kScenario});
    if (again.text.find("restored in ") == std::string::npos) again = program_.run({"run", kScenario});
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_THAT(again.text, HasSubstr("checkpoint of workload-ready restored in "));
    EXPECT_THAT(again.text, Not(HasSubstr("kubeadm-init")));
    EXPECT_THAT(again.text, ContainsRegex("\nworker +Ready +<none> .* cri-o://1\\.36\\.3\n"));
    expect_nothing_left(run_id_of(again.text));
}

TEST_F(Checkpoints, LetAWorkerJoinTheControlPlaneOfAnEarlierRun) {
    const std::vector<std::string> join{"run", "--from", "control-plane-ready", "--until", "joined", kScenario};
    auto run = program_.run(join);
    if (run.exit_code == 2) {  // there is no checkpoint of it yet
        ASSERT_EQ(program_.run({"run", "--until", "control-plane-ready", kScenario}).exit_code, 0);
        run = program_.run(join);
    }
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text, HasSubstr("checkpoint of control-plane-ready restored in "));
    EXPECT_THAT(run.text, ContainsRegex("worker +kubeadm-join passed"));
    EXPECT_THAT(run.text, Not(HasSubstr("kubeadm-init")));
    expect_nothing_left(run_id_of(run.text));
}

// Broken on purpose and gone back; then two of one instant side by side, of which one is broken.
TEST_F(Checkpoints, TakeAClusterBackAndMakeTwoOfIt) {
    const auto id = kept_cluster();
    ASSERT_NE(id, "");
    EXPECT_EQ(program_.run({"checkpoint", id, "good-" + id}).exit_code, 0);
    EXPECT_THAT(kubectl(id, {"-n", "kube-flannel", "delete", "daemonset", "kube-flannel-ds"}), HasSubstr("deleted"));
    const auto back = program_.run({"rewind", id, "good-" + id});
    EXPECT_EQ(back.exit_code, 0);
    EXPECT_THAT(kubectl(id, {"-n", "kube-flannel", "get", "daemonsets", "-o", "name"}), HasSubstr("kube-flannel-ds"));
    EXPECT_THAT(kubectl(id, {"get", "nodes"}), ContainsRegex("worker +Ready "));
    EXPECT_EQ(program_.run({"down", id}).exit_code, 0);

    const auto both = restored("good-" + id, 2);
    ASSERT_EQ(both.size(), 2U);
    const auto& one = both[0];
    const auto& other = both[1];
    EXPECT_THAT(kubectl(one, {"delete", "pod", "nginx", "--now"}), HasSubstr("deleted"));
    EXPECT_THAT(kubectl(other, {"get", "pod", "nginx"}), ContainsRegex("nginx +1/1 +Running +0 "));
    EXPECT_THAT(kubectl(other, {"get", "nodes"}), ContainsRegex("worker +Ready "));
    for (const auto& run : both) {
        EXPECT_EQ(program_.run({"down", run}).exit_code, 0);
        expect_nothing_left(run);
    }
    EXPECT_EQ(program_.run({"cache", "rm", "good-" + id}).exit_code, 0);
    expect_nothing_left(id);
}

// What the guests of a restored cluster see when it is restored three days after it was saved: their clocks jump. The
// jump and the look are one command in the master: crib sets the clocks of the nodes that it is about to use.
TEST_F(Checkpoints, AreGoodDaysLater) {
    auto key = saved_workload();
    if (key.empty()) {
        ASSERT_EQ(program_.run({"run", kScenario}).exit_code, 0);
        key = saved_workload();
    }
    const auto made = restored(key);
    ASSERT_EQ(made.size(), 1U);
    const auto& id = made[0];
    const auto ready_since = since_when_ready(id);
    EXPECT_THAT(ready_since, ContainsRegex("True [0-9-]+T[0-9:]+Z\nTrue [0-9-]+T[0-9:]+Z\n$"));
    EXPECT_EQ(program_.run({"ssh", id, "worker", "--", "date", "--utc", "--set=+3 days"}).exit_code, 0);
    // Longer than a kubelet's lease lasts: who has lost its node's trust is NotReady by then, and has another time of
    // becoming Ready.
    const auto later = program_.run({"ssh", id, "master", "--", "sh", "-c",
                                     "date --utc --set='+3 days' && sleep 60\n"
                                     "export KUBECONFIG=/etc/kubernetes/admin.conf\n"
                                     "kubectl get nodes && kubectl get nodes -o '" +
                                         kReadySince + "' && kubectl exec nginx -- cat /etc/hostname"});
    EXPECT_EQ(later.exit_code, 0);
    EXPECT_THAT(later.text, ContainsRegex("master +Ready +control-plane +3d"));
    EXPECT_THAT(later.text, ContainsRegex("worker +Ready +<none> +3d"));
    EXPECT_THAT(later.text, HasSubstr("\n" + ready_since + "nginx\n"));
    EXPECT_EQ(program_.run({"down", id}).exit_code, 0);
    expect_nothing_left(id);
}

}  // namespace
}  // namespace crib::vm
