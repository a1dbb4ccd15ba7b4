// A kept cluster whose steps are run again from one of them on.

#include "harness/checkpoint/run_stages.h"
#include "harness/engine/kept_cluster.h"
#include "harness/engine/state_rules.h"
#include "tests/unit/engine/cell_run.h"

namespace crib::engine {
namespace {

using events::Outcome;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What the run told of on its way.
class Notices final : public events::Sink {
public:
    std::vector<std::string> all;
    void on(const events::Event& event) override {
        if (const auto* notice = std::get_if<events::Notice>(&event.body)) all.push_back(notice->text);
        if (const auto* news = std::get_if<events::Checkpoint>(&event.body)) {
            all.push_back(std::string(to_string(news->what)) + " " + news->stage);
        }
    }
};

class Redo : public CellRun {
protected:
    Notices notices;
    Parts parts{hypervisor, supplier, network, connector, viewer, &checkpoints};
    KeptCluster cluster{parts, bus, runs};

    void SetUp() override {
        CellRun::SetUp();
        supplier.kernel = folder.path() / "kernel";
        supplier.initrd = folder.path() / "initrd";
        write_file(supplier.kernel, "kernel");
        write_file(supplier.initrd, "initrd");
        bus.add(notices);
    }

    // A cluster that was set up and checked, and left running.
    void keep_one() {
        options.keep = KeepPolicy::always;
        options.checkpoints.save = {"control-plane-ready", "network-ready", "workload-ready"};
        ASSERT_EQ(run().outcome, Outcome::passed);
    }

    void edit(const std::string& step, const std::string& script) {
        scenario::Mutation mutation;
        mutation.kind = scenario::Mutation::Kind::replace;
        mutation.step = step;
        mutation.script = script;
        cell.scenario.mutations = {mutation};
    }

    events::RunFinished redo(const std::string& step) {
        connector.guests.clear();
        scripted();
        return redo_as_scripted(step);
    }

    events::RunFinished redo_as_scripted(const std::string& step) {
        recorder.clear();
        notices.all.clear();
        supplier.calls.clear();
        options.redo = step;
        options.checkpoints = {};
        CellRunner runner(parts, bus, runs, pulse);
        return runner.run(cell, options, *created, Context::with_clock(clock).with_stop(user.get_token()));
    }

    [[nodiscard]] std::vector<std::string> steps_run() const {
        std::vector<std::string> ids;
        for (const auto& step : recorder.record().steps) {
            if (step.outcome == Outcome::passed) ids.push_back(step.step);
        }
        return ids;
    }

    void save_as(const std::string& name) {
        const auto saved = cluster.save(runs.load(created->info.id), name, Context::with_clock(clock));
        checkpoints.name(name, saved.key, Context::with_clock(clock));
    }

    void expect_untouched() {
        EXPECT_THAT(hypervisor.destroyed(), IsEmpty());
        expect_still_running();
    }

    void expect_still_running() {
        EXPECT_THAT(hypervisor.machines_of(created->info.id), ::testing::SizeIs(2));
        EXPECT_TRUE(network.state->running);
        EXPECT_TRUE(std::filesystem::exists(created->folder.secret()));
        EXPECT_TRUE(created->info.kept);
    }
};

TEST_F(Redo, GoesBackToTheLastCheckpointBeforeTheStepAndRunsItAsItIsNow) {
    keep_one();
    edit("nginx", "kubectl run nginx --image=another\n");
    const auto finished = redo("nginx");
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_THAT(notices.all, Contains("restored network-ready"));
    EXPECT_THAT(supplier.calls, Contains("disks of worker over /layers/network-ready/worker"));
    EXPECT_THAT(steps_run(), ElementsAre("nginx", "nginx-service"));
    EXPECT_EQ(recorder.record().checks.size(), 2U);
    EXPECT_TRUE(finished.kept);
    EXPECT_EQ(network.state->starts, 1) << "the ports are the same";
    expect_still_running();
}

TEST_F(Redo, RunsAgainWhatLiesBetweenTheCheckpointAndTheStepAndSaysSo) {
    keep_one();
    EXPECT_EQ(redo("nginx-service").outcome, Outcome::passed);
    EXPECT_THAT(
        notices.all,
        Contains("back to network-ready, the last checkpoint before nginx-service; run again before it: nginx"));
    EXPECT_THAT(steps_run(), ElementsAre("nginx", "nginx-service"));
}

TEST_F(Redo, LeavesAClusterRunningWhoseEditedStepFailsForTheNextEdit) {
    keep_one();
    edit("nginx", "kubectl run nginx --image=mistyped\n");
    connector.guests.clear();
    scripted();
    master()->when("nginx", {.end = ssh::Exited{1}, .err = "no such image\n"});
    const auto finished = redo_as_scripted("nginx");
    EXPECT_EQ(finished.outcome, Outcome::failed);
    EXPECT_TRUE(finished.kept);
    expect_still_running();
    EXPECT_EQ(runs.load(created->info.id).outcome, "failed");
    edit("nginx", "kubectl run nginx --image=right\n");
    EXPECT_EQ(redo("nginx").outcome, Outcome::passed);
    EXPECT_EQ(runs.load(created->info.id).outcome, "passed");
}

TEST_F(Redo, LeavesTheClusterRunningWhenTheUserInterruptsIt) {
    keep_one();
    connector.guests.clear();
    scripted();
    master()->when("nginx", {.then = [&](const ssh::Exec&) { user.request_stop(); }});
    const auto finished = redo_as_scripted("nginx");
    EXPECT_EQ(finished.outcome, Outcome::interrupted);
    EXPECT_TRUE(finished.kept);
    expect_still_running();
}

TEST_F(Redo, DoesNotTakeAPanicOfTheEndedMachinesForOneOfTheNew) {
    keep_one();
    const auto console = created->folder.console("worker");
    write_file(console, "Kernel panic - not syncing\n");
    EXPECT_EQ(redo("nginx").outcome, Outcome::passed);
    EXPECT_FALSE(std::filesystem::exists(console)) << "no machine has written anything yet";
    EXPECT_THAT(read_file(created->folder.node("worker") / "console-before.log"), HasSubstr("panic"));
}

TEST_F(Redo, KnowsWhichStepWasMeant) {
    keep_one();
    const auto finished = redo("ngnix");
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_TRUE(finished.refused);
    EXPECT_THAT(finished.reason, HasSubstr("--from ngnix: there is no such step"));
    EXPECT_THAT(finished.hint, HasSubstr("did you mean nginx?"));
    EXPECT_EQ(runs.load(created->info.id).outcome, "passed") << "of the cluster as it is";
    expect_untouched();
}

TEST_F(Redo, LeavesTheRunsRecordAsItIsWhenItEndsBeforeItTouchesTheCluster) {
    keep_one();
    const auto record = read_file(runs.folder(created->info.id).path / "run.json");
    const auto lock = read_file(created->folder.lock());
    const auto stages = read_file(created->folder.checkpoints());
    bool touched = false;
    options.before_taking_over = [&] { touched = true; };
    supplier.fails = Error(ErrorKind::environment, "there is no Go");
    cell.scenario.versions["flannel"] = "0.28.9";
    const auto finished = redo("nginx");
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_EQ(finished.folder, "") << "nothing of it is there";
    EXPECT_TRUE(finished.kept);
    EXPECT_FALSE(touched);
    EXPECT_EQ(read_file(runs.folder(created->info.id).path / "run.json"), record);
    EXPECT_EQ(read_file(created->folder.lock()), lock);
    EXPECT_EQ(read_file(created->folder.checkpoints()), stages);
    expect_untouched();
}

TEST_F(Redo, SaysBeforeItTouchesTheClusterAndLeavesItAloneWhenItsRecordCannotBeWritten) {
    keep_one();
    options.before_taking_over = [] { throw Error(ErrorKind::environment, "events.jsonl cannot be written"); };
    const auto finished = redo("nginx");
    EXPECT_EQ(finished.reason, "events.jsonl cannot be written");
    EXPECT_TRUE(finished.kept);
    expect_untouched();
}

TEST_F(Redo, LeavesTheRunsRecordAsItIsWhenTheClustersNetworkCannotBeStartedAgain) {
    keep_one();
    const auto record = read_file(created->folder.info());
    const auto lock = read_file(created->folder.lock());
    const auto stages = read_file(created->folder.checkpoints());
    bool touched = false;
    options.before_taking_over = [&] { touched = true; };
    network.state->running = false;
    network.fails = Error(ErrorKind::network, "no port is free");
    const auto finished = redo("nginx");
    EXPECT_EQ(finished.reason, "no port is free");
    EXPECT_FALSE(touched) << "or junit.xml would tell of this";
    EXPECT_EQ(finished.folder, "");
    EXPECT_EQ(read_file(created->folder.info()), record);
    EXPECT_EQ(read_file(created->folder.lock()), lock);
    EXPECT_EQ(read_file(created->folder.checkpoints()), stages);
    EXPECT_THAT(hypervisor.destroyed(), IsEmpty());
    network.fails.reset();
    EXPECT_EQ(redo("nginx").outcome, Outcome::passed);
}

TEST_F(Redo, DoesNotCallAHaltedClusterRunning) {
    keep_one();
    hypervisor.stop(runs.load(created->info.id).nodes.front().machine, hypervisor::MachineState::shut_off, "");
    EXPECT_FALSE(redo("ngnix").kept);
    EXPECT_TRUE(runs.load(created->info.id).kept) << "it can go back, or down";
}

TEST_F(Redo, RefusesToGoOnFromWhatTheScenarioDoesNotLeadToAnyMore) {
    keep_one();
    const auto stages = read_file(created->folder.checkpoints());
    edit("kubeadm-join", "kubeadm join --v=5\n");
    const auto finished = redo("nginx");
    EXPECT_TRUE(finished.refused);
    EXPECT_THAT(finished.reason, HasSubstr("the scenario has changed before network-ready"));
    EXPECT_THAT(finished.reason, HasSubstr("step kubeadm-join on worker script"));
    EXPECT_THAT(finished.hint, HasSubstr("crib redo " + created->info.id + " --from kubeadm-join"));
    EXPECT_THAT(finished.hint, HasSubstr("crib run"));
    EXPECT_EQ(read_file(created->folder.checkpoints()), stages);
    expect_untouched();
    EXPECT_EQ(redo("kubeadm-join").outcome, Outcome::passed) << "as it was told";
    EXPECT_THAT(steps_run(), Contains("nginx"));
}

TEST_F(Redo, SaysOfANewStepThatItIsNew) {
    keep_one();
    scenario::Mutation mutation;
    mutation.kind = scenario::Mutation::Kind::insert_before;
    mutation.step = "kubeadm-join";
    mutation.id = "look-first";
    mutation.script = "ip route\n";
    cell.scenario.mutations = {mutation};
    const auto finished = redo("nginx");
    EXPECT_TRUE(finished.refused);
    EXPECT_THAT(finished.reason, HasSubstr("step look-first on worker is new"));
    EXPECT_THAT(finished.hint, HasSubstr("--from look-first"));
}

TEST_F(Redo, KnowsNoOtherCureThanANewRunWhereTheChangeComesBeforeAllCheckpoints) {
    keep_one();
    cell.scenario.nodes[1].memory = ByteSize::mib(1900);
    const auto finished = redo("nginx");
    EXPECT_TRUE(finished.refused);
    EXPECT_THAT(finished.reason, HasSubstr("node worker memory"));
    EXPECT_THAT(finished.hint, Not(HasSubstr("crib redo")));
    EXPECT_THAT(finished.hint, HasSubstr("crib run"));
    expect_untouched();
}

TEST_F(Redo, NamesTheCheckpointsThereAreWhenNoneLiesBeforeTheStep) {
    keep_one();
    const auto finished = redo("kubeadm-init");
    EXPECT_TRUE(finished.refused);
    EXPECT_THAT(finished.reason, HasSubstr("no checkpoint of " + created->info.id + " lies before kubeadm-init"));
    EXPECT_THAT(finished.hint, HasSubstr("there are only workload-ready, network-ready, control-plane-ready"));
    expect_untouched();
}

TEST_F(Redo, GoesBackToWhatAPersonHasNamedWhereThatIsLater) {
    options.until = "joined";
    keep_one();
    save_as("both-joined");
    const auto finished = redo("network-ready");
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_THAT(notices.all, Contains("restored both-joined"));
    EXPECT_THAT(steps_run(), Not(Contains("kubeadm-join")));
    EXPECT_THAT(steps_run(), Contains("nginx")) << "beyond where the run was to end";
    EXPECT_EQ(recorder.record().checks.size(), 2U);
}

TEST_F(Redo, PassesOverANamedCheckpointWhoseStateCannotBeRead) {
    keep_one();
    save_as("good");
    checkpoints.kept.at(checkpoints.names.front().second).state = "{}";
    const auto finished = redo("nginx");
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_THAT(notices.all, Contains("restored network-ready"));
}

TEST_F(Redo, DoesNotTrustWhatWasNamedWhileAStageWasUnderWay) {
    options.keep = KeepPolicy::always;
    options.checkpoints.save = {"network-ready"};
    master()->when("nginx", {.end = ssh::Exited{1}});
    ASSERT_EQ(run().outcome, Outcome::failed);
    save_as("half-way");
    EXPECT_EQ(redo("nginx-service").outcome, Outcome::passed);
    EXPECT_THAT(notices.all, Contains("restored network-ready"));
}

TEST_F(Redo, GoesFurtherBackWhenACheckpointIsDamaged) {
    keep_one();
    for (const auto& [key, one] : checkpoints.kept) {
        if (one.chain.back().stage == "network-ready") checkpoints.damaged.insert(key);
    }
    const auto finished = redo("nginx");
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_THAT(notices.all, Contains("restored control-plane-ready"));
    EXPECT_THAT(steps_run(), Contains("kubeadm-join"));
    expect_still_running();
}

TEST_F(Redo, SaysThatTheClusterIsGoneWhenNoCheckpointComesBack) {
    keep_one();
    for (const auto& [key, one] : checkpoints.kept) checkpoints.damaged.insert(key);
    const auto finished = redo("nginx");
    EXPECT_EQ(finished.outcome, Outcome::error);
    EXPECT_FALSE(finished.refused);
    EXPECT_FALSE(finished.kept);
    EXPECT_THAT(finished.reason, HasSubstr("its machines have ended"));
    EXPECT_THAT(finished.hint, HasSubstr("crib down " + created->info.id));
    EXPECT_TRUE(runs.load(created->info.id).kept) << "for crib down";
}

TEST_F(Redo, GivesTheClusterASwitchThatServesWhatTheScenarioNowNeeds) {
    keep_one();
    supplier.served = {{"extra/", "/repositories/1234"}};
    EXPECT_EQ(redo("nginx").outcome, Outcome::passed);
    EXPECT_EQ(network.state->starts, 2);
    expect_still_running();
}

TEST_F(Redo, WorksInRunsThatCameOutOfACheckpoint) {
    keep_one();
    save_as("good");
    const auto first = runs.load(created->info.id);
    for (const auto& node : first.nodes) hypervisor.destroy(node.machine);
    std::string why;
    const auto context = Context::with_clock(clock);
    const auto held = checkpoints.find(checkpoints.named().front().chain, why, context);
    created.emplace(runs.create("two-node", clock));
    cluster.restore(*created, *held, usable_state(*held), context);
    EXPECT_EQ(checkpoint::read_run_stages(created->folder.checkpoints()).stages.size(), 6U);
    edit("nginx", "kubectl run nginx --image=another\n");
    const auto finished = redo("nginx");
    EXPECT_EQ(finished.outcome, Outcome::passed) << finished.reason;
    EXPECT_THAT(steps_run(), ElementsAre("nginx", "nginx-service"));
    const auto times = runs.load(created->info.id).times;
    ASSERT_TRUE(times);
    EXPECT_FALSE(times->whole) << "else a whole run would be expected to take as long as this";
}

TEST_F(Redo, FindsTheScenarioOfARunThatCameOutOfACheckpoint) {
    options.keep = KeepPolicy::always;
    created.emplace(runs.create("two-node", clock));
    created->info.scenario_file = "/home/me/two-node.json";
    created->info.sets = {"versions.flannel=0.28.9"};
    CellRunner runner(parts, bus, runs, pulse);
    ASSERT_EQ(runner.run(cell, options, *created, Context::with_clock(clock)).outcome, Outcome::passed);
    save_as("good");
    for (const auto& node : runs.load(created->info.id).nodes) hypervisor.destroy(node.machine);
    std::string why;
    const auto held = checkpoints.find(checkpoints.named().front().chain, why, Context::with_clock(clock));
    auto another = runs.create("two-node", clock);
    cluster.restore(another, *held, usable_state(*held), Context::with_clock(clock));
    const auto info = runs.load(another.info.id);
    EXPECT_EQ(info.scenario_file, "/home/me/two-node.json");
    EXPECT_THAT(info.sets, ElementsAre("versions.flannel=0.28.9"));
}

}  // namespace
}  // namespace crib::engine
