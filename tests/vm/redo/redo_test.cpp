// A step edited and run again in a real cluster, and a real failure that can be looked at when its run is over.
// Both go on from the checkpoints of scenarios/two-node.json where there are such.

#include "harness/base/text.h"
#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::vm {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class EditedSteps : public RealRuns {
protected:
    [[nodiscard]] std::string scenario() const { return (program_.folder() / "edited.json").string(); }

    // The two nodes with these mutations: JSON, without its brackets.
    void edit(const std::string& mutations) const {
        const auto base = std::string(CRIB_SOURCE_DIR) + "/scenarios/two-node.json";
        write_file(scenario(),
                   R"({"extends": ")" + base + R"(", "name": "edited", "mutations": [)" + mutations + "]}\n");
    }
};

TEST_F(EditedSteps, AreRunAgainInTheClusterThatIsThere) {
    edit("");
    const auto run = program_.run({"run", "--keep", scenario()});
    ASSERT_EQ(run.exit_code, 0);
    const auto id = run_id_of(run.text);
    const auto labels = [&] {
        return program_.run({"kubectl", id, "--", "get", "pod", "nginx", "--show-labels"}).text;
    };
    EXPECT_THAT(labels(), Not(HasSubstr("edited=")));

    edit(R"({"insert-after": "nginx", "id": "label", "run": "kubectl label pod nginx edited=once"})");
    const auto first = program_.run({"redo", id, "--from", "label"});
    EXPECT_EQ(first.exit_code, 0);
    EXPECT_THAT(first.text, HasSubstr("back to network-ready, the last checkpoint before label; run again before it: "
                                      "nginx"));
    EXPECT_THAT(first.text, Not(HasSubstr("kubeadm-join")));
    EXPECT_THAT(labels(), HasSubstr("edited=once"));

    edit(R"({"insert-after": "nginx", "id": "label", "run": "kubectl label pod nginx edited=twice"})");
    EXPECT_EQ(program_.run({"redo", id, "--from", "nginx"}).exit_code, 0);
    EXPECT_THAT(labels(), HasSubstr("edited=twice"));

    edit(R"({"insert-before": "flannel", "id": "earlier", "run": "true"})");
    const auto refused = program_.run({"redo", id, "--from", "nginx"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.text, HasSubstr("step earlier on master is new"));
    EXPECT_THAT(refused.text, HasSubstr("crib redo " + id + " --from earlier"));
    EXPECT_THAT(labels(), HasSubstr("edited=twice")) << "the cluster is as it was";
    EXPECT_EQ(program_.run({"down", id}).exit_code, 0);
    expect_nothing_left(id);
}

TEST_F(EditedSteps, ThatFailLeaveTheirClusterAsItWasThenToBeBooted) {
    edit(R"({"insert-after": "nginx", "id": "breaks", "run": "echo seen > /root/trace; exit 1"})");
    const auto run = program_.run({"run", "--save-at-failure", scenario()});
    EXPECT_EQ(run.exit_code, 1);
    const auto id = run_id_of(run.text);
    const auto saved = id + "-failed";
    EXPECT_THAT(last_lines(run.text, 3), HasSubstr("crib restore " + saved));
    expect_nothing_left(id);

    const auto runs = restored(saved);
    ASSERT_THAT(runs, SizeIs(1));
    const auto& again = runs.front();
    EXPECT_THAT(program_.run({"ssh", again, "master", "--", "cat", "/root/trace"}).text, HasSubstr("seen"));
    EXPECT_THAT(program_.run({"kubectl", again, "--", "get", "nodes"}).text, ContainsRegex("worker +Ready "));
    EXPECT_EQ(program_.run({"down", again}).exit_code, 0);
    EXPECT_EQ(program_.run({"cache", "rm", saved}).exit_code, 0);
    expect_nothing_left(again);
}

}  // namespace
}  // namespace crib::vm
