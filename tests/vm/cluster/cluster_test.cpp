// The main job, for real: two virtual machines become a Kubernetes cluster on CRI-O.

#include "harness/base/text.h"
#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::vm {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kScenario = std::string(CRIB_SOURCE_DIR) + "/scenarios/two-node.json";

// A private key's armour, a kubeconfig's key, a bootstrap token: after its flag, as an input, by itself.
constexpr auto kSecrets =
    R"(PRIVATE KEY-----|client-key-data: *[A-Za-z0-9+/=]{40}|(^|[^A-Za-z0-9.])[a-z0-9]{6}\.[a-z0-9]{16}(?![A-Za-z0-9.]))";

class Cluster : public RealRuns {
protected:
    // What a run leaves for people to read, and that no secret is in it.
    void expect_a_record(const std::string& id, const std::vector<std::string>& nodes) {
        const auto folder = program_.runs() / id;
        for (const auto* name : {"events.jsonl", "junit.xml", "run.json"}) {
            EXPECT_TRUE(fs::exists(folder / name)) << name;
        }
        for (const auto& node : nodes) {
            for (const auto* name : {"console.log", "journal.log", "crio.log", "kubelet.log"}) {
                EXPECT_THAT(read_tail(folder / "nodes" / node / name, 100), testing::Not(IsEmpty())) << node << name;
            }
        }
        EXPECT_THAT(files_with(folder, kSecrets), IsEmpty());
    }

    void expect_nothing_left(const std::string& id) {
        RealRuns::expect_nothing_left(id);
        EXPECT_THAT(program_.run({"gc"}).exit_code, 0);
    }
};

TEST_F(Cluster, OfTwoNodesComesUpOnCrioAndIsUsedKeptAndEnded) {
    // From nothing, whatever runs before it left; and the checkpoints that it leaves are for the tests behind it.
    const auto run = program_.run(
        {"run", "--no-cache", "--save", "control-plane-ready", "--save", "workload-ready", "--keep", kScenario});
    ASSERT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text, ContainsRegex("\nmaster +Ready +control-plane .* v1\\.36\\.3 .* cri-o://1\\.36\\.3\n"));
    EXPECT_THAT(run.text, ContainsRegex("\nworker +Ready +<none> .* v1\\.36\\.3 .* cri-o://1\\.36\\.3\n"));
    EXPECT_THAT(run.text, ContainsRegex("\nkube-flannel +kube-flannel-ds-[^ ]+ +1/1 +Running "));
    EXPECT_THAT(run.text, ContainsRegex("\ndefault +nginx +1/1 +Running "));
    EXPECT_THAT(run.text, HasSubstr("\npassed: two-node in "));
    EXPECT_THAT(run.text, Not(HasSubstr("restored")));
    EXPECT_THAT(run.text, HasSubstr("checkpoint of workload-ready saved in "));
    const auto id = run_id_of(run.text);
    ASSERT_NE(id, "");

    EXPECT_THAT(program_.run({"ls"}).text, ContainsRegex("\n" + id + " +kept +passed "));
    const auto name = program_.run({"ssh", id, "worker", "--", "hostname"});
    EXPECT_EQ(name.exit_code, 0);
    EXPECT_EQ(name.text, "worker\n");
    EXPECT_THAT(program_.run({"ssh", id, "worker", "--", "crictl", "info"}).text, HasSubstr("NetworkReady"));
    EXPECT_EQ(program_.run({"ssh", id, "master", "--", "sh", "-c", "exit 5"}).exit_code, 5);
    const auto nodes = program_.run({"kubectl", id, "--", "get", "nodes", "-o", "name"});
    EXPECT_THAT(nodes.text, HasSubstr("node/master\nnode/worker\n"));

    EXPECT_EQ(program_.run({"down", id}).exit_code, 0);
    EXPECT_THAT(program_.run({"ls"}).text, ContainsRegex("\n" + id + " +ended +passed "));
    expect_a_record(id, {"master", "worker"});
    expect_nothing_left(id);
}

// A node expected to be of containerd: the check must fail, name it and what it really runs.
TEST_F(Cluster, OfAnotherRuntimeThanExpectedFailsAndNamesItsNode) {
    const auto run = program_.run({"run", std::string(CRIB_SOURCE_DIR) + "/tests/data/scenarios/wrong-runtime.json"});
    ASSERT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.text, ContainsRegex("check container-runtime failed"));
    EXPECT_THAT(run.text, ContainsRegex("master[^\n]*cri-o://1\\.36\\.3"));
    const auto id = run_id_of(run.text);
    ASSERT_NE(id, "");
    const auto junit = read_file(program_.runs() / id / "junit.xml");
    EXPECT_THAT(junit, ContainsRegex("<failure message=\"[^\"]*cri-o://1\\.36\\.3"));
    EXPECT_THAT(run.text, ContainsRegex("worker[^\n]*cri-o://1\\.36\\.3"));
    expect_a_record(id, {"master", "worker"});
    expect_nothing_left(id);
}

}  // namespace
}  // namespace crib::vm
