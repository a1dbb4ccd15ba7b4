#include "harness/engine/cell_runner.h"

#include "harness/base/file.h"
#include "harness/engine/own_machines.h"
#include "harness/events/record.h"
#include "harness/scenario/lock.h"
#include "tests/unit/engine/cell_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace crib::engine {
namespace {

using events::Outcome;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(CellRun, WritesDownWhatItCameTo) {
    EXPECT_EQ(run().outcome, Outcome::passed);
    const auto lock = scenario::read_lock(created->folder.lock());
    EXPECT_EQ(lock.scenario, "two-node");
    EXPECT_EQ(lock.versions.at("cri-o"), "1.36.3");
    EXPECT_THAT(lock.steps, testing::Contains(testing::Key("kubeadm-init on master")));
    EXPECT_THAT(lock.steps, testing::Contains(testing::Key("kubeadm-join on worker")));
}

TEST_F(CellRun, RunsWhatIsLocked) {
    run();
    options.locked = scenario::read_lock(created->folder.lock());
    EXPECT_EQ(run().outcome, Outcome::passed);
}

TEST_F(CellRun, RefusesWhatIsNotLockedBeforeAnyMachineStarts) {
    run();
    options.locked = scenario::read_lock(created->folder.lock());
    options.making_of_lock = "crib lock two-node.json";
    cell.scenario.versions["flannel"] = "0.28.9";
    const auto refused = run();
    EXPECT_EQ(refused.outcome, Outcome::error);
    EXPECT_THAT(refused.reason, HasSubstr("versions: flannel 0.28.10 -> 0.28.9"));
    EXPECT_THAT(refused.hint, HasSubstr("accept this: crib lock two-node.json"));
    EXPECT_TRUE(refused.refused) << "a mistake of the user's, not trouble of the host";
    EXPECT_FALSE(std::filesystem::exists(created->folder.disks()));
}

TEST_F(CellRun, RefusesAnotherOrderOtherSizesAndOtherChecksThanAreLocked) {
    cell.scenario.mutations.resize(1);
    auto& mutation = cell.scenario.mutations.front();
    mutation.kind = scenario::Mutation::Kind::insert_before;
    mutation.step = "sysctls";
    mutation.id = "look";
    mutation.script = "true\n";
    run();
    options.locked = scenario::read_lock(created->folder.lock());
    EXPECT_EQ(run().outcome, Outcome::passed);
    mutation.kind = scenario::Mutation::Kind::insert_after;
    EXPECT_THAT(run().reason, HasSubstr("order: steps on master look, sysctls -> sysctls, look"));
    mutation.kind = scenario::Mutation::Kind::insert_before;
    cell.scenario.nodes[0].memory.bytes -= 1024;
    EXPECT_THAT(run().reason, HasSubstr("nodes: master "));
    cell.scenario.nodes[0].memory.bytes += 1024;
    cell.scenario.checks.push_back(cell.scenario.checks.front());
    EXPECT_THAT(run().reason, HasSubstr("order: checks "));
    cell.scenario.checks.pop_back();
    cell.scenario.expect.emplace().fails_at = "nodes-ready";
    EXPECT_THAT(run().reason, HasSubstr("expect: fails-at is new: nodes-ready"));
}

TEST_F(CellRun, RunsWhatALockOfAnEarlierCribHoldsAndSaysWhatThatIsNot) {
    run();
    options.locked = scenario::read_lock(created->folder.lock());
    options.locked->whole = false;
    cell.scenario.nodes[0].memory.bytes += 1024;
    EXPECT_EQ(run().outcome, Outcome::passed);
    EXPECT_THAT(recorder.record().notices,
                testing::Contains(testing::Field(&events::Notice::text, HasSubstr("without the order of steps"))));
    cell.scenario.versions["flannel"] = "0.28.9";
    EXPECT_THAT(run().reason, HasSubstr("without the order of steps"));
}

TEST_F(CellRun, PassesWhenEveryStepAndCheckDoes) {
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_EQ(outcome_of_step("kubeadm-join", "worker"), Outcome::passed);
    ASSERT_EQ(recorder.record().checks.size(), 2U);
    EXPECT_EQ(recorder.record().tables.size(), 2U);
    EXPECT_EQ(runs.load(created->info.id).outcome, "passed");
    expect_nothing_left();
}

TEST_F(CellRun, WritesDownHowLongItsStagesTook) {
    EXPECT_EQ(run().outcome, Outcome::passed);
    const auto times = runs.load(created->info.id).times;
    ASSERT_TRUE(times);
    EXPECT_TRUE(times->whole);
    EXPECT_EQ(times->facts.at("kubernetes"), "1.36.3");
    EXPECT_THAT(times->stages, testing::Contains(testing::Field(&StageTime::stage, "checks")));
    EXPECT_THAT(times->stages, testing::Contains(testing::Field(&StageTime::stage, "cleanup")));
}

TEST_F(CellRun, BeginsWithTheWarnings) {
    cell.warnings = {"the kernel is old"};
    EXPECT_EQ(run().outcome, Outcome::passed);
    ASSERT_FALSE(recorder.record().notices.empty());
    EXPECT_EQ(recorder.record().notices.front().text, "the kernel is old");
    EXPECT_EQ(recorder.record().notices.front().level, events::Level::warning);
}

TEST_F(CellRun, GivesTheTokenToTheWorker) {
    run();
    bool joined_with_it = false;
    for (const auto& exec : worker()->commands()) {
        const auto token = exec.env.find("JOIN_TOKEN");
        joined_with_it = joined_with_it || (token != exec.env.end() && token->second == "abcdef.0123456789abcdef");
    }
    EXPECT_TRUE(joined_with_it);
}

// What is told of the steps while they run: the programs' lines and the inputs they begin with.
struct ToldOfSteps final : events::Sink {
    std::vector<std::string> lines;
    std::map<std::string, std::string> inputs_of_join;

    void on(const events::Event& event) override {
        if (const auto* output = std::get_if<events::StepOutput>(&event.body)) lines.push_back(output->line);
        const auto* started = std::get_if<events::StepStarted>(&event.body);
        if (started != nullptr && started->step == "kubeadm-join") inputs_of_join = started->inputs;
    }
};

TEST_F(CellRun, ShowsTheTokenToNobody) {
    // The value is no token by its form: what hides it is that the recipe calls this output a secret.
    master()->when("cat /run/crib", {.out = "JOIN_ENDPOINT=192.168.76.11:6443\nJOIN_TOKEN=not-shaped-like-a-token\n"
                                            "JOIN_CA_HASH=sha256:1\n"});
    test::SimulatedGuest::Reply says;
    says.out = "joining with not-shaped-like-a-token\n";
    says.err = "again with not-shaped-like-a-token and abcdef.0123456789abcdef\n";
    worker()->when("kubeadm-join", says);
    ToldOfSteps told;
    bus.add(told);
    EXPECT_EQ(run().outcome, Outcome::passed);
    bus.remove(told);
    EXPECT_EQ(told.inputs_of_join["JOIN_TOKEN"], "(secret)");
    EXPECT_EQ(told.inputs_of_join["JOIN_ENDPOINT"], "192.168.76.11:6443");
    EXPECT_THAT(told.lines, testing::Contains("joining with (secret)"));
    EXPECT_THAT(told.lines, testing::Contains("again with (secret) and (secret)"));
}

TEST_F(CellRun, FailsAtTheStepThatFailsAndShowsItsLastLines) {
    master()->when("kubeadm-init",
                   {.end = ssh::Exited{1}, .err = "[ERROR Swap]: running with swap on is not supported"});
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::failed);
    EXPECT_THAT(finished.reason, HasSubstr("kubeadm-init on master"));
    const auto& steps = recorder.record().steps;
    const auto init = std::find_if(steps.begin(), steps.end(), [](const auto& s) { return s.step == "kubeadm-init"; });
    EXPECT_EQ(init->exit_code, 1);
    EXPECT_THAT(init->output_tail, HasSubstr("[ERROR Swap]"));
    EXPECT_EQ(outcome_of_step("kubeadm-join", "worker"), Outcome::skipped);
    expect_nothing_left();
}

TEST_F(CellRun, PassesWhenItFailsAsExpected) {
    cell.scenario.expect = {"kubeadm-init", "master", "running with swap on", "swap is left on"};
    master()->when("kubeadm-init",
                   {.end = ssh::Exited{1}, .err = "[ERROR Swap]: running with swap on is not supported"});
    options.keep = KeepPolicy::when_failed;
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::passed);
    EXPECT_EQ(finished.reason, "failed as expected at step kubeadm-init on master: swap is left on");
    EXPECT_TRUE(finished.as_expected);
    EXPECT_FALSE(finished.kept);
    EXPECT_EQ(runs.load(created->info.id).outcome, "passed");
    EXPECT_TRUE(std::filesystem::exists(created->folder.node("master") / "kubelet.log")) << "evidence is as ever";
    expect_nothing_left();
}

TEST_F(CellRun, FailsWhenItPassesAgainstExpectation) {
    cell.scenario.expect = {"kubeadm-init", "", "", ""};
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::failed);
    EXPECT_EQ(finished.reason, "was to fail at kubeadm-init, but passed");
    EXPECT_EQ(runs.load(created->info.id).outcome, "failed");
}

TEST_F(CellRun, PassesWhenACheckFailsAsExpected) {
    std::string nodes = kReadyNodes;
    nodes.replace(nodes.rfind("cri-o://1.36.3"), 14, "containerd://2.0");
    viewer.cluster->always("/api/v1/nodes", test::body(nodes));
    cell.scenario.expect = {"container-runtime", "", "containerd://2.0", ""};
    EXPECT_EQ(run().outcome, Outcome::passed);
}

TEST_F(CellRun, FailsAtACheckAndNamesTheNode) {
    std::string nodes = kReadyNodes;
    nodes.replace(nodes.rfind("cri-o://1.36.3"), 14, "containerd://2.0");
    viewer.cluster->always("/api/v1/nodes", test::body(nodes));
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::failed);
    EXPECT_THAT(finished.reason, HasSubstr("container-runtime"));
    EXPECT_THAT(finished.reason, HasSubstr("worker"));
    expect_nothing_left();
}

TEST_F(CellRun, ExpectsTheVersionThatACheckoutUnderTestReports) {
    std::string nodes = kReadyNodes;
    for (auto at = nodes.find("cri-o://1.36.3"); at != std::string::npos; at = nodes.find("cri-o://1.36.3")) {
        nodes.replace(at, 14, "cri-o://1.37.0-dev");
    }
    viewer.cluster->always("/api/v1/nodes", test::body(nodes));
    supplier.reported = {{"cri-o", "1.37.0-dev"}};
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
}

TEST_F(CellRun, IsAnErrorWhenANodeNeverBoots) {
    worker()->never_boots(Error(ErrorKind::guest, "worker: Kernel panic - not syncing: VFS: Unable to mount root fs"));
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_THAT(finished.reason, HasSubstr("Kernel panic"));
    expect_nothing_left();
}

TEST_F(CellRun, IsAnErrorWhenSshIsCutInTheMiddleOfACommand) {
    worker()->when("kubeadm-join.sh", {.end = ssh::Disconnected{"connection reset by peer"}});
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_EQ(outcome_of_step("kubeadm-join", "worker"), Outcome::error);
    expect_nothing_left();
}

TEST_F(CellRun, IsAnErrorWhenTheSwitchDiesAndSaysSo) {
    master()->when("kubeadm-init", {.end = ssh::Cancelled{}, .then = [this](const ssh::Exec&) {
                                        {
                                            const std::lock_guard lock(network.state->mutex);
                                            network.state->trouble = "the cluster's switch is gone";
                                        }
                                        pulse.poke();
                                    }});
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_THAT(finished.reason, HasSubstr("switch is gone"));
    EXPECT_FALSE(worker()->ran("short-precise")) << "a node that no network leads to is not waited for";
    expect_nothing_left();
}

TEST_F(CellRun, NamesTheSwitchAlsoWhenItsEndIsSeenAfterThatOfItsConnections) {
    master()->when("kubeadm-init", {.end = ssh::Disconnected{"Socket error: disconnected"}, .then = [this](auto&) {
                                        const std::lock_guard lock(network.state->mutex);
                                        network.state->trouble = "the cluster's switch is gone";
                                        network.state->looks_before_trouble = 2;
                                    }});
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_THAT(finished.reason, HasSubstr("switch is gone"));
    expect_nothing_left();
}

// By the words that the wait for a booting node has for it: whoever sees it first ends the run.
TEST_F(CellRun, IsAnErrorWhenANodePanicsAndSaysWhatItIs) {
    master()->when("kubeadm-init", {.end = ssh::Cancelled{}, .then = [this](const ssh::Exec&) {
                                        worker()->show_on_console(guest::FindingKind::kernel_panic,
                                                                  "Kernel panic - not syncing: Fatal exception");
                                        pulse.poke();
                                    }});
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_THAT(finished.reason, HasSubstr("worker: kernel panic: Kernel panic - not syncing: Fatal exception"));
    expect_nothing_left();
}

TEST_F(CellRun, IsAnErrorWhenTheHypervisorAnswersNoMoreAndCleansUpAllTheSame) {
    master()->when("kubeadm-init", {.end = ssh::Cancelled{}, .then = [this](const ssh::Exec&) {
                                        hypervisor.stop_answering("the libvirt daemon has ended");
                                        pulse.poke();
                                    }});
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_THAT(finished.reason, HasSubstr("the libvirt daemon has ended"));
    expect_nothing_left();
}

// "cannot write run.json: No such file or directory" was all that was said of an hour's run.
TEST_F(CellRun, SaysWhatItCameToWhereItsFolderWasMovedMeanwhile) {
    master()->when("kubeadm-init", {.end = ssh::Cancelled{}, .then = [this](const ssh::Exec&) {
                                        std::filesystem::rename(folder.path() / "state", folder.path() / "moved");
                                        write_file(folder.path() / "state", "");  // no folder can be made there again
                                        user.request_stop();
                                    }});
    try {
        (void)run();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), HasSubstr("what the run came to is not written down: cannot write "));
        EXPECT_THAT(error.hint(), HasSubstr("its folder was moved or removed while it ran"));
    }
    ASSERT_TRUE(recorder.record().complete);
    EXPECT_EQ(recorder.record().finished.outcome, Outcome::interrupted);
    EXPECT_EQ(recorder.record().finished.folder, "") << "there is none";
}

TEST_F(CellRun, StartsNothingWhenAComponentCannotBeBuilt) {
    supplier.fails = Error(ErrorKind::component, "cri-o 1.36.3: go build failed", "see build.log");
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_EQ(finished.hint, "see build.log");
    expect_nothing_left();
}

// Cleaning up ended it: another state folder's run of that id, on the same daemon.
TEST_F(CellRun, LeavesAMachineOfItsNodesNameAloneThatIsAnotherRuns) {
    created.emplace(runs.create("two-node", clock));
    hypervisor::MachineSpec others;
    others.name = "crib-" + created->info.id + "-master";
    others.run_id = created->info.id;
    hypervisor.start(others, Context::with_clock(clock));  // of an earlier crib, or defined by hand
    CellRunner runner({hypervisor, supplier, network, connector, viewer, &checkpoints}, bus, runs, pulse);
    const auto finished = runner.run(cell, options, *created, Context::with_clock(clock));
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_THAT(finished.reason, HasSubstr("there is a machine of the name " + others.name + " already"));
    EXPECT_EQ(hypervisor.state(others.name), hypervisor::MachineState::running);
}

TEST_F(CellRun, LetsItsMachinesSayWhoseTheyAre) {
    run();
    ASSERT_THAT(hypervisor.started(), ::testing::Not(IsEmpty()));
    for (const auto& machine : hypervisor.started())
        EXPECT_EQ(machine.owner, owner_of(created->folder)) << machine.name;
}

TEST_F(CellRun, StartsNothingOnAHostWithoutRoom) {
    options.host = [] { return HostFacts{2, ByteSize::gib(4), ByteSize::gib(3), ByteSize::gib(80)}; };
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_THAT(finished.reason, HasSubstr("do not fit"));
    EXPECT_THAT(supplier.calls, IsEmpty());
}

TEST_F(CellRun, IsInterruptedByTheUserAndCleansUp) {
    master()->when("kubeadm-init",
                   {.end = ssh::Cancelled{}, .then = [this](const ssh::Exec&) { user.request_stop(); }});
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::interrupted);
    expect_nothing_left();
}

TEST_F(CellRun, KeepsAFailedClusterWhenAskedTo) {
    options.keep = KeepPolicy::when_failed;
    master()->when("kubeadm-init", {.end = ssh::Exited{1}});
    const auto finished = run();
    EXPECT_TRUE(finished.kept);
    EXPECT_EQ(hypervisor.machines_of(created->info.id).size(), 2U);
    EXPECT_TRUE(network.state->running);
    EXPECT_TRUE(runs.load(created->info.id).kept);
}

TEST_F(CellRun, RemovesWhatItsChecksMadeOnlyFromAClusterThatStays) {
    cell.scenario.checks = {{"http", {{"pod", "nginx"}, {"via", "service"}}, {}}};
    viewer.cluster->always("/api/v1/namespaces/default/pods/nginx",
                           test::body(read_file(CRIB_SOURCE_DIR "/tests/data/kubernetes/pod-nginx.json")));
    viewer.cluster->always("/api/v1/namespaces/default/services/crib-check-nginx",
                           test::body(R"({"spec": {"clusterIP": "10.104.17.9", "ports": [{"port": 80}]}})"));
    run();
    EXPECT_THAT(viewer.cluster->removed, IsEmpty());
    options.keep = KeepPolicy::always;
    run();
    EXPECT_THAT(viewer.cluster->removed, Contains(HasSubstr("services/crib-check-nginx")));
}

TEST_F(CellRun, StopsAfterTheStageItWasAskedToReach) {
    options.until = "runtime-ready";
    const auto finished = run();
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_FALSE(master()->ran("kubeadm init"));
    EXPECT_THAT(recorder.record().checks, IsEmpty());
}

TEST_F(CellRun, LeavesTheApiObjectsWithoutSecretsButWithAllElse) {
    const std::string padding(30'000, 'x');
    viewer.cluster->always("/api/v1/events", test::body(R"({"items":[{"message":"abcdef.0123456789abcdef","note":")" +
                                                        padding + R"(","reason":"TokenMounted"}]})"));
    run();
    const auto events = read_file(created->folder.path / "api" / "events.json");
    EXPECT_THAT(events, testing::Not(HasSubstr("0123456789abcdef")));
    EXPECT_THAT(events, HasSubstr("\"reason\": \"TokenMounted\""));
    EXPECT_THAT(events, HasSubstr(padding));
}

TEST_F(CellRun, LeavesTheEvidenceOfAFailureWithoutSecrets) {
    master()->when("kubeadm-init", {.end = ssh::Exited{1}});
    master()->when("journalctl",
                   {.out = "Nov 23 15:57:06.231468 master kubelet[837]: using token abcdef.0123456789abcdef\n"});
    run();
    const auto log = read_file(created->folder.node("master") / "kubelet.log");
    EXPECT_EQ(log, "Nov 23 15:57:06.231468 master kubelet[837]: using token (secret)\n");
}

TEST_F(CellRun, SaysWhichStepCameNearItsLimit) {
    struct Ears final : events::Sink {
        std::vector<std::string> notices;
        void on(const events::Event& event) override {
            if (const auto* notice = std::get_if<events::Notice>(&event.body)) notices.push_back(notice->text);
        }
    } ears;
    bus.add(ears);
    worker()->when("kubeadm-join", {.took = std::chrono::seconds{270 * 3}});
    EXPECT_EQ(run().outcome, Outcome::passed);
    bus.remove(ears);
    EXPECT_THAT(ears.notices,
                ::testing::Contains(::testing::HasSubstr("step kubeadm-join used 90 % of its limit of ")));
}

}  // namespace
}  // namespace crib::engine
