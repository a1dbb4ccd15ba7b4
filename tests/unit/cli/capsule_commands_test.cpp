// crib export and crib open: a run's record from one machine to another.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/capsule/pack.h"
#include "harness/capsule/unpack.h"
#include "harness/cli/commands.h"
#include "harness/engine/capsule_scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using engine::RunState;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class CapsuleCommands : public ::testing::Test {
protected:
    // A run that has ended, or was kept, with all that a real one leaves.
    std::string run(bool kept = false) {
        auto created = theirs.runs.create("two-node", theirs.clock);
        const auto& path = created.folder.path;
        make_folder(path / "nodes");
        make_folder(path / "nodes/master");
        make_folder(path / "api");
        write_file(path / "nodes/master/console.log", "boots\n");
        write_file(path / "nodes/master/journal.log", "kubelet started\n");
        write_file(path / "api/nodes.json", "{}");
        for (const auto* name : {"events.jsonl", "junit.xml", "lock.json", "network.txt"}) {
            write_file(path / name, name);
        }
        write_file(path / "checkpoints.json", R"({"stages": []})");
        for (const auto* name : {"switch.json", "switch-config.json", "switch.log"}) write_file(path / name, "s3cret");
        write_file(created.folder.user_key(), "s3cret");
        write_file(created.folder.state(), "s3cret");
        write_file(created.folder.disks() / "vda.qcow2", "s3cret");
        fs::create_symlink(created.folder.user_key(), path / "nodes/master/kubelet.log");
        write_file(folder.path() / "base.json", "{}");
        write_file(folder.path() / "two-node.json", R"({"extends": "base.json"})");
        created.info.scenario_file = (folder.path() / "two-node.json").string();
        created.info.outcome = "failed";
        created.info.kept = kept;
        created.info.hypervisor_uri = "qemu:///embed";
        created.info.nodes = {{"master", "control-plane", "192.168.76.11", "crib-master", 40001}};
        theirs.runs.save(created.info);
        return created.info.id;
    }
    template <typename C>
    std::string output_of(Services& services, const C& command) {
        ::testing::internal::CaptureStdout();
        try {
            EXPECT_EQ(execute(services, command), 0);
        } catch (...) {
            (void)::testing::internal::GetCapturedStdout();
            throw;
        }
        return ::testing::internal::GetCapturedStdout();
    }
    template <typename C>
    std::string refusal(Services& services, const C& command) {
        try {
            (void)output_of(services, command);
            return {};
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
            return std::string(error.what()) + " / " + error.hint();
        }
    }
    [[nodiscard]] OpenCommand open(bool boot = false) const { return {file, boot, ""}; }
    [[nodiscard]] ExportCommand pack(const std::string& run) const { return {run, file, false, false}; }
    capsule::Manifest unpacked(const fs::path& into) {
        fs::create_directory(into);
        return capsule::unpack(file, capsule::What::everything, into, {}, theirs.context());
    }

    TempFolder folder{fs::temp_directory_path()};
    Output output;
    Services theirs{CRIB_SOURCE_DIR, (folder.path() / "theirs").string(), "/nowhere/crib", output};
    Services ours{CRIB_SOURCE_DIR, (folder.path() / "ours").string(), "/nowhere/crib", output};
    std::string file = (folder.path() / "bug.crib").string();
};

TEST_F(CapsuleCommands, ARunIsReadOnAnotherMachineAsItWasLeft) {
    const auto id = run();
    EXPECT_THAT(output_of(theirs, pack(id)),
                AllOf(HasSubstr("has run " + id), HasSubstr("without keys, disks and memory")));
    EXPECT_THAT(output_of(ours, open()),
                AllOf(HasSubstr("run " + id + " of scenario two-node, failed"),
                      HasSubstr(ours.folders.next_command("logs", {id})), HasSubstr("without the cluster's state")));
    const auto taken = ours.runs.load(id);
    EXPECT_EQ(taken.state, RunState::ended);
    EXPECT_EQ(taken.outcome, "failed");
    EXPECT_THAT(output_of(ours, LogsCommand{id, ""}), HasSubstr("master kubelet started\n"));
    EXPECT_EQ(output_of(ours, ConsoleCommand{id, "master"}), "boots\n");
    EXPECT_THAT(output_of(ours, ListCommand{}), HasSubstr(id));
    EXPECT_TRUE(fs::exists(ours.runs.folder(id).path / "scenario/base.json"));
    EXPECT_EQ(ours.runs.list().size(), 1U) << "the folder for unpacking is gone";
}

TEST_F(CapsuleCommands, WhatIsLeftOutIsNamedWithTheReason) {
    const auto id = run();
    const auto path = theirs.runs.folder(id).path;
    fs::rename(path / "events.jsonl", folder.path() / "elsewhere");
    fs::create_symlink(folder.path() / "elsewhere", path / "events.jsonl");
    fs::remove(path / "junit.xml");
    ASSERT_EQ(::mkfifo((path / "junit.xml").c_str(), 0600), 0);
    write_file(path / "nodes/master/a\\name", "x");
    write_file(path / "checkpoints.json", "{}");
    fs::remove(folder.path() / "base.json");
    EXPECT_THAT(output_of(theirs, pack(id)),
                AllOf(HasSubstr("left out run/events.jsonl: it is a link\n"),
                      HasSubstr("left out run/junit.xml: it is a FIFO, not a regular file\n"),
                      HasSubstr("left out run/nodes/master/kubelet.log: it is a link\n"),
                      HasSubstr("left out run/nodes/master/a\\name: it has a name that no capsule may have\n"),
                      HasSubstr("left out run/checkpoints.json: it is not a record of stages: "),
                      HasSubstr("base.json: it is not there any more\n")));
    EXPECT_THAT(output_of(ours, open()), HasSubstr("run " + id));
}

TEST_F(CapsuleCommands, ItsScenarioIsAsValidOnTheOtherMachine) {
    const auto id = run();
    auto info = theirs.runs.load(id);
    info.scenario_file = (folder.path() / "mine/zwei knoten.json").string();
    theirs.runs.save(info);
    for (const auto* name : {"mine", "mine/steps", "shared"}) fs::create_directory(folder.path() / name);
    fs::copy_file(fs::path(CRIB_SOURCE_DIR) / "scenarios/two-node.json", folder.path() / "shared/two-node.json");
    write_file(folder.path() / "shared/look.sh", "ip addr\n");
    write_file(folder.path() / "mine/steps/wait", "sleep 1\n");
    write_file(info.scenario_file, R"({"name": "mine", "extends": "../shared/two-node.json", "mutations": [
        {"insert-before": "kubeadm-init", "id": "wait", "script": "steps/wait"},
        {"insert-after": "kubeadm-init", "id": "look", "script": "../shared/look.sh"}]})");
    (void)output_of(theirs, ValidateCommand{{info.scenario_file}, {}});
    EXPECT_THAT(output_of(theirs, pack(id)), ::testing::Not(HasSubstr("left out " + folder.path().string())));
    (void)output_of(ours, open());
    for (const auto* name : {"mine", "shared"}) fs::remove_all(folder.path() / name);
    const auto there = ours.runs.folder(id).path / "scenario/mine/zwei knoten.json";
    EXPECT_THAT(output_of(ours, ValidateCommand{{there.string()}, {}}), HasSubstr("nothing is wrong"));
}

// What was edited after the run was taken for what was run.
TEST_F(CapsuleCommands, AScenarioThatHasChangedSinceTheRunIsToldByWhoPacksAndByWhoOpens) {
    const auto id = run();
    EXPECT_THAT(output_of(theirs, pack(id)), HasSubstr("nothing tells how it was when the run began\n"));
    fs::remove(file);
    auto info = theirs.runs.load(id);
    info.scenario_digests = engine::digests_of_scenario(info.scenario_file);
    theirs.runs.save(info);
    EXPECT_THAT(output_of(theirs, pack(id)),
                AllOf(Not(HasSubstr("has changed since the run began")), Not(HasSubstr("nothing tells"))));
    fs::remove(file);
    write_file(folder.path() / "base.json", R"({"about": "edited"})");
    const auto* told = "    scenario/base.json has changed since the run began";
    EXPECT_THAT(output_of(theirs, pack(id)), HasSubstr(told));
    EXPECT_THAT(output_of(ours, open()), HasSubstr(told));
    fs::remove(file);
    EXPECT_THAT(output_of(ours, pack(id)), HasSubstr(told)) << "handed on";
}

TEST_F(CapsuleCommands, AnOpenedRunIsHandedOnWithItsScenario) {
    const auto id = run();
    (void)output_of(theirs, pack(id));
    (void)output_of(ours, open());
    fs::remove(file);
    EXPECT_THAT(output_of(ours, pack(id)), ::testing::Not(HasSubstr("left out")));
    (void)output_of(theirs, open());
    ASSERT_EQ(theirs.runs.list().size(), 2U);
    for (const auto& one : theirs.runs.list()) {
        if (one.id == id) continue;
        const auto scenario = theirs.runs.folder(one.id).path / "scenario";
        EXPECT_EQ(read_file(scenario / "two-node.json"), R"({"extends": "base.json"})");
        EXPECT_TRUE(fs::exists(scenario / "base.json"));
    }
}

TEST_F(CapsuleCommands, WhoseStateIsPromisedAndMissingIsNotEvenMade) {
    capsule::Manifest manifest;
    manifest.run = "two-node-ab12";
    manifest.hypervisor = "QEMU 7.2";
    manifest.with_state = true;
    const auto make = [&] { (void)capsule::pack(manifest, {{"run/run.json", {}, "{}"}}, file, theirs.context()); };
    EXPECT_THAT(make, testing::ThrowsMessage<Error>(HasSubstr("it is said to have the cluster's state, and has none")));
}

TEST_F(CapsuleCommands, AConsoleOrAJournalThatIsNotThereIsTheUsersToMend) {
    const auto id = run();
    fs::remove(theirs.runs.folder(id).console("master"));
    fs::remove(theirs.runs.folder(id).node("master") / "journal.log");
    EXPECT_THAT(refusal(theirs, ConsoleCommand{id, "master"}), HasSubstr("has left no console"));
    EXPECT_THAT(refusal(theirs, LogsCommand{id, ""}), HasSubstr("has left no journal"));
    ASSERT_EQ(::mkfifo(theirs.runs.folder(id).console("master").c_str(), 0600), 0);
    EXPECT_THAT(refusal(theirs, ConsoleCommand{id, "master"}), HasSubstr("is a FIFO"));
}

TEST_F(CapsuleCommands, NothingPrivateAndNothingOfTheHostIsPacked) {
    for (const bool kept : {false, true}) {
        fs::remove(file);
        (void)output_of(theirs, pack(run(kept)));
        const auto into = folder.path() / (kept ? "kept" : "ended");
        const auto manifest = unpacked(into);
        EXPECT_FALSE(manifest.with_state);
        EXPECT_EQ(manifest.parts.size(), 11U);
        for (const auto& part : manifest.parts) {
            EXPECT_THAT(part.path, ::testing::Not(HasSubstr("private")));
            EXPECT_THAT(read_file(into / part.path), ::testing::Not(HasSubstr("s3cret"))) << part.path;
        }
        EXPECT_THAT(read_file(into / "run/run.json"), ::testing::Not(HasSubstr(folder.path().string())));
    }
}

TEST_F(CapsuleCommands, AnOpenedRunReachesForNothingOfThisMachine) {
    const auto id = run(true);
    (void)output_of(theirs, pack(id));
    (void)output_of(ours, open());
    const auto taken = ours.runs.load(id);
    EXPECT_EQ(taken.state, RunState::ended) << "it was kept there, not here";
    EXPECT_EQ(taken.hypervisor_uri, "");
    EXPECT_EQ(taken.nodes.at(0).machine, "");
    EXPECT_EQ(taken.nodes.at(0).ssh_port, 0);
    EXPECT_THAT(refusal(ours, SshCommand{id, "master", {}}), HasSubstr("is not running any more"));
}

TEST_F(CapsuleCommands, OpenedTwiceAreTwoRuns) {
    const auto id = run();
    (void)output_of(theirs, pack(id));
    (void)output_of(ours, open());
    (void)output_of(ours, open());
    EXPECT_EQ(ours.runs.list().size(), 2U);
}

// Its name became longer each time, until it was no name any more.
TEST_F(CapsuleCommands, OpenedAndPackedAgainAndAgainKeepTheLengthOfTheirNames) {
    auto id = run();
    std::set<std::string> known{id};
    for (int i = 0; i < 3; ++i) {
        fs::remove(file);
        (void)output_of(theirs, pack(id));
        (void)output_of(theirs, open());
        for (const auto& one : theirs.runs.list()) {
            if (known.insert(one.id).second) id = one.id;
        }
        EXPECT_THAT(id, MatchesRegex("two-node-[a-z0-9]{4}"));
    }
    EXPECT_EQ(known.size(), 4U);
}

TEST_F(CapsuleCommands, AnEndedRunHasNoStateToExport) {
    EXPECT_THAT(refusal(theirs, ExportCommand{run(), file, true, false}),
                AllOf(HasSubstr("has ended, so there is no state of it"), HasSubstr("--keep=failed")));
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(CapsuleCommands, ARunThatIsAtWorkIsNotExported) {
    const auto created = theirs.runs.create("two-node", theirs.clock);
    EXPECT_THAT(refusal(theirs, pack(created.info.id)), HasSubstr("still at work"));
}

TEST_F(CapsuleCommands, NoFileIsWrittenOver) {
    write_file(file, "mine");
    EXPECT_THAT(refusal(theirs, pack(run())), HasSubstr("is there already"));
    EXPECT_EQ(read_file(file), "mine");
}

TEST_F(CapsuleCommands, ACapsuleIsNotWrittenToStandardOutputNorWhereNoFileCanBe) {
    const auto id = run();
    EXPECT_THAT(refusal(theirs, ExportCommand{id, "-", false, false}), HasSubstr("not to standard output"));
    EXPECT_FALSE(fs::exists("-"));
    EXPECT_THAT(refusal(theirs, ExportCommand{id, folder.path().string(), false, false}), HasSubstr("it is a folder"));
    const auto nowhere = (folder.path() / "none/bug.crib").string();
    EXPECT_THAT(refusal(theirs, ExportCommand{id, nowhere, false, false}), HasSubstr("there is no folder"));
}

TEST_F(CapsuleCommands, WhatIsNoFileIsNotWaitedForAndLeavesNothing) {
    const auto pipe = folder.path() / "ff";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const auto refused = [&](const std::string& name) { return refusal(ours, OpenCommand{name, false, ""}); };
    EXPECT_THAT(refused(pipe.string()), HasSubstr("ff: is a FIFO, not a regular file"));
    EXPECT_THAT(refused(folder.path().string()), HasSubstr("is a folder, not a capsule"));
    EXPECT_THAT(refused((folder.path() / "none").string()), HasSubstr("there is no such file"));
    EXPECT_FALSE(fs::exists(ours.folders.runs())) << "no folder was made for unpacking";
}

TEST_F(CapsuleCommands, ARecordThatIsAFifoIsNotWaitedFor) {
    const auto id = run();
    const auto record = theirs.runs.folder(id).path / "run.json";
    fs::remove(record);
    ASSERT_EQ(::mkfifo(record.c_str(), 0600), 0);
    EXPECT_THAT(output_of(theirs, ListCommand{}), HasSubstr(id));
}

TEST_F(CapsuleCommands, WithoutStateThereIsNothingToBoot) {
    (void)output_of(theirs, pack(run()));
    EXPECT_THAT(refusal(ours, open(true)),
                AllOf(HasSubstr("is without the cluster's state"), HasSubstr("--with-state")));
    EXPECT_TRUE(ours.runs.list().empty()) << "nothing is left";
}

TEST_F(CapsuleCommands, WhatIsRefusedLeavesNothing) {
    write_file(file, "no capsule");
    EXPECT_THAT(refusal(ours, open()), HasSubstr("it is not a capsule"));
    capsule::Manifest manifest{"0.1.0", "2026-11-25T12:00:00Z", "evil", "two-node", {}, {}, false, {}, {}};
    const auto context = theirs.context();
    const auto sent = [&](const std::string& path, const std::string& text) {
        fs::remove(file);
        (void)capsule::pack(manifest, {{path, {}, text}}, file, context);
        return refusal(ours, open());
    };
    EXPECT_THAT(sent("run/switch.json", "{}"), HasSubstr("that no record has"));
    EXPECT_THAT(sent("run/private/id_ed25519", "key"), HasSubstr("that no record has"));
    EXPECT_THAT(sent("run/junit.xml", ""), HasSubstr("no run.json"));
    EXPECT_THAT(sent("run/run.json", "[]"), HasSubstr("the capsule's record"));
    EXPECT_THAT(sent("run/run.json", R"({"scenario": "s", "outcome": "failed", "began": 1, "nodes":
                     [{"name": "../../x", "role": "worker", "ip": ""}]})"),
                HasSubstr("a node is called \"../../x\""));
    EXPECT_THAT(sent("run/run.json", R"({"scenario": "s", "outcome": "failed", "began": 1, "nodes":
                     [{"name": "n", "role": "worker", "ip": ""}, {"name": "n", "role": "worker", "ip": ""}]})"),
                HasSubstr("two nodes are called \"n\""));
    std::string nodes;
    for (int i = 0; i < 15'000; ++i) {
        nodes += std::string(i > 0 ? "," : "") + R"({"name": "n", "role": "worker", "ip": ""})";
    }
    EXPECT_THAT(sent("run/run.json", R"({"scenario": "s", "outcome": "failed", "began": 1, "nodes": [)" + nodes + "]}"),
                HasSubstr("it has 15000 nodes, and at most"));
    EXPECT_THAT(sent("run/run.json", R"({"scenario": "s", "outcome": "", "began": 9223372036854775807, "nodes": []})"),
                HasSubstr("no time of a run"));
    EXPECT_TRUE(ours.runs.list().empty());
    EXPECT_TRUE(fs::is_empty(ours.folders.runs()));
}

TEST_F(CapsuleCommands, AnOpenedRunIsNeverTakenForAnOrphan) {
    capsule::Manifest manifest{"0.1.0", "2026-11-25T12:00:00Z", "theirs", "two-node", {}, {}, false, {}, {}};
    const std::string record = R"({"scenario": "s", "outcome": "", "began": 1, "nodes": []})";
    (void)capsule::pack(manifest, {{"run/run.json", {}, record}}, file, theirs.context());
    (void)output_of(ours, open());
    EXPECT_EQ(ours.runs.load("theirs").state, RunState::ended);
    EXPECT_TRUE(ours.reaper().sweep().empty());
    EXPECT_TRUE(fs::exists(ours.runs.folder("theirs").path / kMarkFile));
}

// What is handed on must be openable there, and nothing of it endless here.
TEST_F(CapsuleCommands, WhatARecordCallsItsScenarioIsTakenIfItIsAName) {
    capsule::Manifest manifest{"0.1.0", "2026-11-25T12:00:00Z", "theirs", "two-node", {}, {}, false, {}, {}};
    const auto record = R"({"scenario": ")" + std::string(900'000, 'x') + R"(", "acceleration": "a b",
                            "outcome": "failed", "began": 1, "nodes": []})";
    (void)capsule::pack(manifest, {{"run/run.json", {}, record}}, file, theirs.context());
    (void)output_of(ours, open());
    EXPECT_EQ(ours.runs.load("theirs").scenario, "unknown");
    EXPECT_EQ(ours.runs.load("theirs").acceleration, "");
    fs::remove(file);
    EXPECT_THAT(output_of(ours, pack("theirs")), HasSubstr("has run theirs"));
}

}  // namespace
}  // namespace crib::cli
