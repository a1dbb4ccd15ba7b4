#include "harness/report/summary.h"

#include "tests/unit/report/sample_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Summary, OfAGoodRunIsTablesThenChecksThenTimes) {
    EXPECT_EQ(summary(passed_run(), Style(false)), R"(
nodes
NAME     STATUS
master   Ready
worker1  Ready

pods
NAMESPACE  NAME   READY
default    nginx  1/1

checks
passed   nodes-ready    850ms  2 of 2 nodes Ready
passed   http            1.5s  200 from 10.244.1.2

time
boot             49.0s
network-ready    2m11s
total            5m03s

passed: two-node in 5m03s
Record: /state/runs/k3x9
)");
}

TEST(Summary, SaysWhatTimeNoStageTook) {
    auto record = passed_run();
    record.outside_stages = std::chrono::seconds{7};
    EXPECT_THAT(summary(record, Style(false)), HasSubstr("outside stages     7.0s\ntotal             5m03s\n"));
}

TEST(Summary, OfABadRunShowsWhatFailedAndWhatWasSeenLast) {
    const auto text = summary(failed_run(), Style(false));
    EXPECT_THAT(text,
                HasSubstr("\nkubeadm-init on master failed: exit code 1\n    [ERROR Swap]: running with swap on"));
    EXPECT_THAT(text, HasSubstr("\nnodes-ready failed; last seen:\n    worker1 NotReady\n"));
    EXPECT_THAT(text, HasSubstr("control-plane-ready    1m12s  failed\n"));
    EXPECT_THAT(text, HasSubstr("\nfailed: two-node in 2m13s: kubeadm-init failed on master\n    swap is on\n"));
    EXPECT_THAT(text, Not(HasSubstr("swap-off")));  // skipped is no failure
}

TEST(Summary, EndsWithTheWayBackIntoTheFailedInstant) {
    auto record = failed_run();
    EXPECT_THAT(summary(record, Style(false)), Not(HasSubstr("crib restore")));
    record.finished.saved_as = "k3x9-failed";
    EXPECT_THAT(summary(record, Style(false)), HasSubstr("crib restore k3x9-failed"));
}

TEST(Summary, OfAKeptClusterSaysHowToReachAndEndIt) {
    auto record = passed_run();
    record.finished.kept = true;
    const auto text = summary(record, Style(false));
    EXPECT_THAT(text, HasSubstr("crib ssh k3x9 NODE"));
    EXPECT_THAT(text, HasSubstr("crib down k3x9"));
}

TEST(Summary, NamesCommandsThatActOnTheStateFolderThatWasGiven) {
    auto record = passed_run();
    record.finished.kept = true;
    record.finished.saved_as = "k3x9-failed";
    const auto text = summary(record, Style(false), NextCommand("my state"));
    for (const auto* command : {"ssh k3x9 NODE", "kubectl k3x9 -- get pods", "down k3x9", "restore k3x9-failed"}) {
        EXPECT_THAT(text, HasSubstr(std::string("crib --state 'my state' ") + command));
    }
}

}  // namespace
}  // namespace crib::report
