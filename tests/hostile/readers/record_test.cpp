// What runs leave behind on this machine, broken by chance: a disk that was full, an older crib, a person with an
// editor.

#include "harness/base/file.h"
#include "harness/checkpoint/run_stages.h"
#include "harness/engine/capsule_record.h"
#include "harness/engine/cluster_state.h"
#include "harness/engine/run_store.h"
#include "harness/engine/run_times.h"
#include "harness/events/event.h"
#include "harness/events/matrix_record.h"
#include "tests/support/chance/chance.h"
#include "tests/support/chance/trials.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using events::Outcome;
using test::Chance;

const std::vector<std::string> kOthers{"null",
                                       "-1",
                                       "18446744073709551616",
                                       "1e400",
                                       "1e300",
                                       "true",
                                       "65536",
                                       "\"\"",
                                       "[]",
                                       "{}",
                                       "[[1]]",
                                       "{\"a\":{}}",
                                       "\"a\\u0000b\"",
                                       "\"..\"",
                                       "9223372036854775807",
                                       "\"id\"",
                                       "\"../../x\""};

const std::string kRun =
    R"({"id":"two-node-ab12","scenario":"two-node","scenario-file":"/x/two-node.json","sets":["a=b"],"swaps":["x"],
    "until":"joined","hypervisor":"qemu:///embed","acceleration":"tcg","outcome":"","kept":false,"began":1764400000,
    "api-port":6443,"host-key":"ssh-ed25519 A","nodes":[{"name":"master","role":"control-plane","ip":"192.168.76.11",
    "machine":"m","ssh-port":4022}]})";

std::string broken(Chance& chance, const std::string& text, const std::vector<std::string>& tokens) {
    return chance.pick(3) == 0 ? chance.bytes(text, text) : chance.text(tokens, kOthers);
}

class HostileRecordOfChance : public ::testing::Test {
protected:
    TempFolder folder_{test::quick_folder(), "crib-chance"};
};

TEST_F(HostileRecordOfChance, IsARunThatIsListedWhateverItsFileSays) {
    const auto tokens = test::tokens_of(kRun);
    const RunStore runs({folder_.path() / "cache", folder_.path() / "state", CRIB_SOURCE_DIR});
    const auto file = runs.folder("two-node-ab12").info();
    make_folder(file.parent_path());
    const auto trial = [&](unsigned seed) -> std::string {
        Chance chance(seed);
        test::put(file, broken(chance, kRun, tokens));
        const auto problem = test::read_or_refused({}, [&] { (void)runs.list(); });
        if (!problem.empty()) return problem;
        return test::read_or_refused({ErrorKind::usage}, [&] { runs.save(runs.load("two-node-ab12")); });
    };
    EXPECT_EQ(test::problem_of(6000, trial), "");
}

TEST_F(HostileRecordOfChance, IsTakenInFromACapsuleOrRefused) {
    const auto tokens = test::tokens_of(kRun);
    const auto unpacked = folder_.path() / "unpacked";
    const RunStore runs({folder_.path() / "cache", folder_.path() / "state", CRIB_SOURCE_DIR});
    capsule::Manifest manifest;
    manifest.run = "two-node-ab12";
    manifest.parts = {{"run/run.json", 1, ""}};
    const auto trial = [&](unsigned seed) -> std::string {
        Chance chance(seed);
        fs::remove_all(unpacked);
        fs::remove_all(folder_.path() / "state");
        make_folder(unpacked / "run");
        test::put(unpacked / "run" / "run.json", broken(chance, kRun, tokens));
        return test::read_or_refused({ErrorKind::usage}, [&] {
            const auto run = take_in_record(runs, manifest, unpacked);
            if (run.state != RunState::ended || run.kept) throw std::logic_error("it could still be ended");
            (void)sources_of_record(run, runs.folder(run.id));
        });
    };
    EXPECT_EQ(test::problem_of(3000, trial), "");
}

TEST_F(HostileRecordOfChance, HasEventsThatAreReadOrPassedOver) {
    events::RunStarted started{"r", "two-node", "two-node.json", {{"kubernetes", "1.36.3"}, {"os", "debian-13"}}};
    events::RunFinished finished;
    finished.outcome = Outcome::passed;
    std::string text;
    for (const events::Body& body :
         {events::Body{started}, events::Body{events::StageFinished{"boot", Outcome::passed, 30s}},
          events::Body{events::StepOutput{"sysctls", "master", false, "x"}},
          events::Body{events::StageFinished{"checks", Outcome::passed, 50s}}, events::Body{finished}}) {
        text += events::to_json_line({{}, {}, body}) + "\n";
    }
    const auto tokens = test::tokens_of(text);
    const auto trial = [&](unsigned seed) -> std::string {
        Chance chance(seed);
        const auto events = broken(chance, text, tokens);
        return test::read_or_refused({}, [&] { (void)expected_time({parse_times(events), parse_times(text)}, {}); });
    };
    EXPECT_EQ(test::problem_of(10'000, trial), "");
}

TEST_F(HostileRecordOfChance, IsAMatrixThatIsReadOrRefused) {
    events::MatrixRecord record;
    record.id = "versions-x7k2";
    record.scenario = "versions";
    record.outcome = Outcome::failed;
    record.axes = {{"os", {"debian-12", "debian-13"}}};
    events::CellRecord cell;
    cell.id = "debian-12";
    cell.values = {{"os", "debian-12"}};
    cell.outcome = Outcome::failed;
    cell.took = 90s;
    record.cells = {cell};
    record.excluded = {{"debian-13", {{"os", "debian-13"}}, {"why"}}};
    record.waits = {{"memory", 5s}};
    const auto text = events::to_json(record);
    const auto tokens = test::tokens_of(text);
    const auto trial = [&](unsigned seed) -> std::string {
        Chance chance(seed);
        const auto json = broken(chance, text, tokens);
        return test::read_or_refused({ErrorKind::usage},
                                     [&] { (void)events::to_json(events::matrix_record_of(json)); });
    };
    EXPECT_EQ(test::problem_of(10'000, trial), "");
}

TEST_F(HostileRecordOfChance, HasKeysOfStagesThatAreReadOrRefused) {
    const auto file = folder_.path() / "checkpoints.json";
    const auto chain = checkpoint::extend(
        {}, "boot", {checkpoint::text("cpu model", "Nehalem"), checkpoint::content("script", "true\n", "x.sh")});
    checkpoint::write_run_stages(file, {{{chain.front(), true, false, "why"}}});
    const auto text = read_file(file);
    const auto tokens = test::tokens_of(text);
    const auto trial = [&](unsigned seed) -> std::string {
        Chance chance(seed);
        test::put(file, broken(chance, text, tokens));
        return test::read_or_refused({ErrorKind::usage}, [&] { (void)checkpoint::read_run_stages(file); });
    };
    EXPECT_EQ(test::problem_of(6000, trial), "");
}

TEST_F(HostileRecordOfChance, IsTheStateOfAClusterThatIsReadOrRefused) {
    ClusterState state;
    state.stage = "network-ready";
    state.origin = {"/x/two-node.json", {"a=b"}, {"cri-o=local:/x"}, "network-ready"};
    state.served = {{"/cri-o", "/cache/1111"}};
    state.keys = {"private", "public", "host private", "host public"};
    state.outputs = {{"JOIN_TOKEN", {"abc", true}}};
    state.restarts = {{"kube-system/x", 1}};
    StateNode node;
    node.node = {{"master", scenario::Role::control_plane, ByteSize::mib(2300), 2, "debian-13"},
                 "192.168.76.11",
                 "52:54:00:76:00:0b",
                 "crib-x-master"};
    node.disks = {
        {NodeDisk::Kind::layered, {"/run/root.qcow2", hypervisor::DiskFormat::qcow2, false, "crib-root"}, "/b"}};
    state.nodes = {node};
    const auto text = to_json(state);
    const auto tokens = test::tokens_of(text);
    const auto trial = [&](unsigned seed) -> std::string {
        Chance chance(seed);
        const auto json = broken(chance, text, tokens);
        return test::read_or_refused({ErrorKind::environment}, [&] { (void)to_json(parse_cluster_state(json)); });
    };
    EXPECT_EQ(test::problem_of(10'000, trial), "");
}

}  // namespace
}  // namespace crib::engine
