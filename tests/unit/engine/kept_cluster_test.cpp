// What people do with clusters that were left running.

#include "harness/engine/kept_cluster.h"

#include "harness/engine/reaper.h"
#include "harness/engine/stage_keys.h"
#include "harness/engine/state_rules.h"
#include "tests/unit/engine/cell_run.h"

namespace crib::engine {
namespace {

using events::Outcome;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A cluster's one pod.
std::string web(bool ready) {
    const std::string word = ready ? "true" : "false";
    return R"({"items":[{"metadata":{"name":"web","namespace":"default","uid":"u"},"spec":{"containers":[{"name":"c"}]},
        "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"c","ready":)" +
           word + R"(,"restartCount":2,"state":{"running":{}}}]}}]})";
}

class Ears final : public events::Sink {
public:
    std::vector<std::string> told;
    void on(const events::Event& event) override {
        if (const auto* notice = std::get_if<events::Notice>(&event.body)) told.push_back(notice->text);
    }
};

class KeptClusters : public CellRun {
protected:
    Parts parts{hypervisor, supplier, network, connector, viewer, &checkpoints};
    KeptCluster cluster{parts, bus, runs};

    void SetUp() override {
        CellRun::SetUp();
        supplier.kernel = folder.path() / "kernel";
        supplier.initrd = folder.path() / "initrd";
        write_file(supplier.kernel, "kernel");
        write_file(supplier.initrd, "initrd");
    }

    RunInfo kept() {
        options.keep = KeepPolicy::always;
        EXPECT_EQ(run().outcome, Outcome::passed);
        return runs.load(created->info.id);
    }
    [[nodiscard]] Context context() { return Context::with_clock(clock); }
    std::unique_ptr<HeldCheckpoint> held(const std::string& key) {
        std::string why;
        return checkpoints.find(checkpoints.kept.at(key).chain, why, context());
    }
    void rewind(const RunInfo& run, const std::string& key) {
        const auto checkpoint = held(key);
        cluster.rewind(run, *checkpoint, usable_state(*checkpoint), context());
    }
    void restore(RunStore::Created& another, const std::string& key) {
        const auto checkpoint = held(key);
        cluster.restore(another, *checkpoint, usable_state(*checkpoint), context());
    }
    std::string machine_of(const RunInfo& run) { return run.nodes.front().machine; }
};

TEST_F(KeptClusters, AreSavedUnderANameAndGoOn) {
    const auto run = kept();
    const auto saved = cluster.save(run, "before-the-upgrade", context());
    EXPECT_THAT(checkpoints.stages(), Contains("before-the-upgrade"));
    EXPECT_EQ(checkpoints.held.at(run.id), saved.key) << "its disks stand on it";
    EXPECT_EQ(hypervisor.state(machine_of(run)), hypervisor::MachineState::running);
}

TEST_F(KeptClusters, HaveTheirClocksSetRightBeforeTheyAreSavedAndSaySo) {
    const auto run = kept();
    worker()->when("rtc0", {.err = "crib: the clock of worker was 10 s behind; it is set right\n"});
    Ears ears;
    bus.add(ears);
    (void)cluster.save(run, "good", context());
    bus.remove(ears);
    EXPECT_TRUE(master()->ran("rtc0"));
    EXPECT_THAT(ears.told, Contains(HasSubstr("the clock of worker was 10 s behind")));
}

TEST_F(KeptClusters, HaveTheirClocksSetRightBeforeAndAfterASaveOverOneConnectionANode) {
    const auto run = kept();
    const auto checks = [&] {
        const auto commands = master()->commands();
        return std::count_if(commands.begin(), commands.end(),
                             [](const auto& one) { return one.script.find("rtc0") != std::string::npos; });
    };
    const auto before = checks();
    const int connections = connector.connections;
    (void)cluster.save(run, "good", context());
    EXPECT_EQ(checks() - before, 2);
    EXPECT_EQ(connector.connections - connections, 2) << "one of each node";
}

TEST_F(KeptClusters, AreSavedAlsoWhenANodeDoesNotAnswer) {
    const auto run = kept();
    worker()->break_connection("cut");
    EXPECT_NO_THROW((void)cluster.save(run, "good", context()));
}

// A restored cluster is waited for until all its pods run, where all ran when it was saved.
TEST_F(KeptClusters, RememberWhetherAllPodsRanWhenTheyWereSaved) {
    const auto restarts = [&](const std::string& key) {
        return parse_cluster_state(checkpoints.kept.at(key).state).restarts.size();
    };
    viewer.cluster->always("/api/v1/pods", test::body(web(true)));
    master()->when("admin.conf", {.out = "the administrator's"});
    const auto run = kept();
    EXPECT_EQ(restarts(cluster.save(run, "good", context()).key), 1U);
    viewer.cluster->always("/api/v1/pods", test::body(web(false)));
    EXPECT_EQ(restarts(cluster.save(run, "bad", context()).key), 0U) << "or whoever restores it waits in vain";
}

TEST_F(KeptClusters, AreSavedAfterASaveThatFailed) {
    options.checkpoints.save = {"network-ready"};
    checkpoints.refuses = Error(ErrorKind::environment, "the disk is full");
    const auto run = kept();
    const auto disk = hypervisor.machine(machine_of(run)).disks.front().file;
    EXPECT_THROW(cluster.save(run, "good", context()), Error);
    EXPECT_EQ(hypervisor.machine(machine_of(run)).disks.front().file, disk) << "it writes to the disk that it had";
    hypervisor.fail_next_save(machine_of(run), "its memory cannot be written");
    EXPECT_THROW(cluster.save(run, "good", context()), Error);
    checkpoints.refuses.reset();
    const auto saved = cluster.save(run, "good", context());
    EXPECT_EQ(checkpoints.kept.at(saved.key).nodes.at("master").disks.at("vda").file, disk);
}

// Neither in a later process, which knows nothing but what was written down.
TEST_F(KeptClusters, AreNotSavedWhenAFailedSaveHasLeftDisksThatNobodyKnows) {
    const auto run = kept();
    checkpoints.refuses = Error(ErrorKind::environment, "the disk is full");
    hypervisor.fail_next_undo(machine_of(run), "it does not answer");
    const auto refusal = [&]() -> std::string {
        try {
            (void)cluster.save(run, "good", context());
            return "saved";
        } catch (const Error& error) {
            return error.what();
        }
    };
    EXPECT_THAT(refusal(), AllOf(HasSubstr("the disk is full; "), HasSubstr("it does not answer")));
    checkpoints.refuses.reset();
    EXPECT_THAT(refusal(), HasSubstr("cannot be saved any more"));
    EXPECT_THAT(checkpoints.kept, IsEmpty());
}

TEST_F(KeptClusters, SayWhenNotAllPodsRunAgainAsTheyDidWhenTheyWereSaved) {
    viewer.cluster->always("/api/v1/pods", test::body(web(true)));
    master()->when("admin.conf", {.out = "the administrator's"});
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    viewer.cluster->always("/api/v1/pods", test::body(web(false)));
    Ears ears;
    bus.add(ears);
    rewind(run, saved.key);
    bus.remove(ears);
    EXPECT_THAT(ears.told, Contains(HasSubstr("not all pods run as they did when it was saved: pod default/web")));
    EXPECT_EQ(hypervisor.state(machine_of(run)), hypervisor::MachineState::running) << "it is there all the same";
}

// A crib that is killed while it saves has moved the machines' disks on and has not written it down.
TEST_F(KeptClusters, AreNotSavedWithADiskThatIsNotTheMachinesAnyMore) {
    const auto run = kept();
    const auto written_down = read_file(created->folder.state());
    (void)cluster.save(run, "good", context());
    write_file(created->folder.state(), written_down);
    try {
        (void)cluster.save(run, "better", context());
        ADD_FAILURE() << "saved";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("an earlier save of it was broken off"));
    }
    EXPECT_THAT(checkpoints.kept, SizeIs(1));
}

TEST_F(KeptClusters, GoBackInPlaceToWhatTheyWere) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    write_file(created->folder.console("worker"), "Kernel panic - not syncing\n");
    rewind(run, saved.key);
    EXPECT_FALSE(std::filesystem::exists(created->folder.console("worker"))) << "it was another machine's";
    EXPECT_THAT(hypervisor.destroyed(), Contains(machine_of(run)));
    EXPECT_EQ(hypervisor.state(machine_of(run)), hypervisor::MachineState::running);
    EXPECT_TRUE(network.state->running);
    EXPECT_EQ(checkpoints.held.at(run.id), saved.key) << "its disks stand on it";
    EXPECT_THAT(supplier.calls, Contains("disks of worker over /layers/good/worker"));
}

TEST_F(KeptClusters, GoBackAlsoWhenTheirHostWasRestarted) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    for (const auto& node : run.nodes) hypervisor.destroy(node.machine);
    network.state->running = false;
    rewind(run, saved.key);
    EXPECT_EQ(hypervisor.state(machine_of(run)), hypervisor::MachineState::running);
    EXPECT_TRUE(network.state->running);
    EXPECT_EQ(network.state->starts, 2);
    EXPECT_THAT(runs.load(run.id).nodes, SizeIs(2)) << "they are reached through the new switch's ports";
}

TEST_F(KeptClusters, DoNotGoBackToWhatAnotherClusterWas) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    auto& state = checkpoints.kept.at(saved.key).state;
    state.replace(state.find("ssh-ed25519 AAAA"), 16, "ssh-ed25519 BBBB");
    EXPECT_THROW(rewind(run, saved.key), Error);
    EXPECT_EQ(hypervisor.state(machine_of(run)), hypervisor::MachineState::running) << "it is left as it is";
}

// As after an upgrade of the host, or in a capsule from another one.
TEST_F(KeptClusters, AreNotLoadedByAnotherHypervisorThanSavedThem) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    hypervisor.set_version("simulated 2");
    const auto expect_refused = [](const std::function<void()>& load) {
        try {
            load();
            ADD_FAILURE() << "loaded";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.what(), HasSubstr("was saved by simulated 1, tcg, and here is simulated 2, tcg"));
        }
    };
    expect_refused([&] { rewind(run, saved.key); });
    EXPECT_EQ(hypervisor.state(machine_of(run)), hypervisor::MachineState::running) << "it is left as it is";
    auto another = runs.create("two-node", clock);
    expect_refused([&] { restore(another, saved.key); });
    EXPECT_THAT(hypervisor.machines_of(another.info.id), IsEmpty());
    hypervisor.set_version("simulated 1");
    rewind(run, saved.key);
}

// An update does not change the processes that run: their memory is theirs.
TEST_F(KeptClusters, AreSavedByTheHypervisorThatRunsThemAlsoWhenAnotherIsInstalled) {
    const auto run = kept();
    hypervisor.set_version("simulated 2");
    const auto saved = cluster.save(run, "good", context());
    EXPECT_EQ(hypervisor_of(checkpoints.kept.at(saved.key).chain), "simulated 1, tcg");
    EXPECT_THROW(rewind(run, saved.key), Error);
    hypervisor.set_version("simulated 1");
    rewind(run, saved.key);
}

TEST_F(KeptClusters, ComeOutOfACheckpointAsRunsOfTheirOwn) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    // The simulated hypervisor is one for all; the real one is one a run.
    for (const auto& node : run.nodes) hypervisor.destroy(node.machine);
    auto another = runs.create("two-node", clock);
    restore(another, saved.key);
    EXPECT_THAT(hypervisor.machines_of(another.info.id), SizeIs(2));
    const auto info = runs.load(another.info.id);
    EXPECT_TRUE(info.kept);
    EXPECT_EQ(info.outcome, "restored");
    EXPECT_THAT(info.nodes, SizeIs(2));
    EXPECT_EQ(checkpoints.held.at(another.info.id), saved.key);
}

// What was lost: crib gc took an image two weeks after it was last used by a run, from under a cluster restored since.
TEST_F(KeptClusters, UseTheirNodeImagesFromWhenTheyComeOutOfACheckpoint) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    for (const auto& node : run.nodes) hypervisor.destroy(node.machine);
    const auto lock = folder.path() / "kernel.lock";
    write_file(lock, "");
    const auto then = std::filesystem::file_time_type::clock::now() - std::chrono::hours{24 * 30};
    std::filesystem::last_write_time(lock, then);
    auto another = runs.create("two-node", clock);
    restore(another, saved.key);
    EXPECT_GT(std::filesystem::last_write_time(lock), then + std::chrono::hours{24 * 29});
}

TEST_F(KeptClusters, ThatCannotBeRestoredLeaveNothingBehind) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    for (const auto& node : run.nodes) hypervisor.destroy(node.machine);
    checkpoints.damaged.insert(saved.key);
    auto another = runs.create("two-node", clock);
    EXPECT_THROW(restore(another, saved.key), Error);
    EXPECT_THAT(hypervisor.machines_of(another.info.id), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(another.folder.secret()));
}

// It was read three times.
TEST_F(KeptClusters, AreMadeOfAStateThatIsReadOnlyOnce) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    const auto checkpoint = held(saved.key);
    const auto state = usable_state(*checkpoint);
    checkpoints.kept.at(saved.key).state = "{}";
    cluster.rewind(run, *checkpoint, state, context());
    for (const auto& node : run.nodes) hypervisor.destroy(node.machine);
    auto another = runs.create("two-node", clock);
    cluster.restore(another, *checkpoint, state, context());
    EXPECT_THAT(hypervisor.machines_of(another.info.id), SizeIs(2));
}

// A node's name becomes a folder, and a command's word.
TEST_F(KeptClusters, WhoseStateIsNotAsCribMakesThemAreNotMade) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    const auto good = checkpoints.kept.at(saved.key);
    const auto expect_refused = [&](const std::string& why) {
        auto another = runs.create("two-node", clock);
        for (const auto& make : std::vector<std::function<void()>>{[&] { restore(another, saved.key); },
                                                                   [&] { rewind(run, saved.key); }}) {
            EXPECT_THAT(make, ::testing::ThrowsMessage<Error>(HasSubstr(why)));
        }
        EXPECT_THAT(hypervisor.machines_of(another.info.id), IsEmpty());
        EXPECT_FALSE(std::filesystem::exists(another.folder.path / "nodes"));
        EXPECT_EQ(hypervisor.state(machine_of(run)), hypervisor::MachineState::running) << "it is left as it is";
    };
    auto& kept = checkpoints.kept.at(saved.key);
    const std::string name = R"("name": "worker")";
    ASSERT_NE(kept.state.find(name), std::string::npos);
    kept.state.replace(kept.state.find(name), name.size(), R"("name": "../../../../x")");
    expect_refused("a node is called \"../../../../x\"");
    kept.state = "{}";
    expect_refused("a cluster's state cannot be read");
    kept = good;
    kept.nodes.erase("worker");
    expect_refused("it lacks memory of \"worker\"");
}

TEST_F(KeptClusters, AreNotStartedWithoutTheirNodeImages) {
    const auto run = kept();
    const auto saved = cluster.save(run, "good", context());
    std::filesystem::remove(supplier.initrd);
    EXPECT_THROW(rewind(run, saved.key), Error);
    EXPECT_EQ(hypervisor.state(machine_of(run)), hypervisor::MachineState::running) << "it is left as it is";
}

}  // namespace
}  // namespace crib::engine
