#include "harness/engine/matrix_run.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/engine/threaded_launcher.h"
#include "tests/unit/engine/simulated_matrix.h"
#include "tests/unit/engine/simulated_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>

namespace crib::engine {
namespace {

using events::Outcome;
using test::matrix_cell;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Texts final : public events::Sink {
public:
    std::vector<std::string> notices;
    void on(const events::Event& event) override {
        if (const auto* notice = std::get_if<events::Notice>(&event.body)) notices.push_back(notice->text);
    }
};

class RunningAMatrix : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    Folders folders{folder.path() / "cache", folder.path() / "state", folder.path()};
    test::ManualClock clock;
    test::SimulatedRoom probe;
    test::SimulatedLauncher launcher{clock};
    events::Bus bus{clock};
    Texts texts;
    MatrixStore store{folders};
    MatrixHistory history{folders.state / "history.jsonl"};
    std::vector<MatrixCell> cells;
    events::MatrixRecord record;
    MatrixOptions options;
    std::stop_source user;  // asks to stop, as with Ctrl-C

    void SetUp() override {
        bus.add(texts);
        probe.room.host.cores = 64;
        const auto created = store.create("versions");
        record.id = created.id;
        record.scenario = "versions";
        record.axes = {{"os", {"a", "b", "c"}}};
        for (const auto* id : {"a", "b", "c"}) {
            cells.push_back(matrix_cell(id));
            events::CellRecord cell;
            cell.id = id;
            cell.values = {{"os", id}};
            cell.inputs = "1";
            record.cells.push_back(cell);
        }
    }

    events::MatrixRecord run() {
        MatrixRun matrix({clock, probe, launcher, bus, store, history, "host"});
        return matrix.run(record, cells, options, Context::with_clock(clock).with_stop(user.get_token()));
    }
};

TEST_F(RunningAMatrix, LeavesARecordOfEachCellAndItsTimes) {
    launcher.scripts[1].result = {Outcome::failed, "kubeadm-init on master", "versions-bbbb", "/r/b", {}, {}};
    const auto done = run();
    EXPECT_EQ(done.outcome, Outcome::failed);
    EXPECT_THAT(done.reason, HasSubstr("2 of 3 cells passed, 1 failed, 0 had an error"));
    const auto kept = store.load_ended(record.id);
    EXPECT_EQ(to_json(kept), to_json(done)) << "what is read is what was written";
    EXPECT_EQ(kept.cells[1].run, "versions-bbbb");
    EXPECT_THAT(texts.notices, Contains(HasSubstr("failed b in 10m00s (run versions-bbbb): kubeadm-init on master")));
    const MatrixHistory again(folders.state / "history.jsonl");
    EXPECT_EQ(again.expected("versions", "a", "host"), 10min);
}

TEST_F(RunningAMatrix, SaysWhichCellWentOnFromWhatAnotherHadMade) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i].stages = {{"network-ready", i < 2 ? "shared" : "own", true}};
        launcher.stages[i] = cells[i].stages;
    }
    const auto done = run();
    EXPECT_THAT(texts.notices, Contains("b waits for network-ready of a"));
    EXPECT_THAT(texts.notices, Contains(HasSubstr("passed b in 7m00s from network-ready (run run-x)")));
    EXPECT_THAT(done.cells[0].saved, ElementsAre("network-ready"));
    EXPECT_EQ(done.cells[1].waited_for, "network-ready of a");
    EXPECT_EQ(done.cells[1].went_on_from, "network-ready");
    EXPECT_EQ(done.cells[2].waited_for + done.cells[2].went_on_from, "");
    EXPECT_EQ(done.waits.at("a checkpoint"), 3min);
    EXPECT_EQ(to_json(store.load_ended(record.id)), to_json(done)) << "what is read is what was written";
}

TEST_F(RunningAMatrix, SaysWhereToLookWhenACellDidNotGoOnFromWhatWasMadeForIt) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i].stages = {{"network-ready", i < 2 ? "shared" : "own", true}};
        launcher.stages[i] = {{"network-ready", "not as planned " + std::to_string(i), true}};
    }
    EXPECT_EQ(run().outcome, Outcome::passed);
    EXPECT_THAT(texts.notices, Contains("b was to go on from network-ready and ran from nothing: crib cache explain "
                                        "run-x network-ready says why"));
}

TEST_F(RunningAMatrix, TellsHostTroubleFromTheProductsFailure) {
    launcher.scripts[1].result = {Outcome::error, "no room", "r", {}, {}, {}};
    EXPECT_EQ(run().outcome, Outcome::error);
    launcher.scripts[2].result = {Outcome::failed, "x", "r", {}, {}, {}};
    EXPECT_EQ(run().outcome, Outcome::failed) << "what is known of the product counts more";
}

TEST_F(RunningAMatrix, ResumedRunsOnlyWhatDidNotPass) {
    launcher.scripts[1].result = {Outcome::failed, "x", "r", {}, {}, {}};
    const auto first = run();
    launcher.starts.clear();
    launcher.scripts.clear();
    record.id = store.create("versions").id;
    record.cells[2].inputs = "2";  // the file has changed since
    carry_over(record, first);
    const auto second = run();
    EXPECT_THAT(launcher.starts, ElementsAre(1, 2));
    EXPECT_EQ(second.outcome, Outcome::passed);
    EXPECT_EQ(second.resumes, first.id);
    EXPECT_TRUE(second.cells[0].carried);
    EXPECT_THAT(second.notes, ElementsAre(HasSubstr("c passed before, but what it is made of has changed")));
}

TEST_F(RunningAMatrix, ResumedNamesTheFilesThatHaveChangedForACell) {
    const auto first = run();
    for (auto& cell : record.cells) cell.inputs = "2";
    carry_over(record, first, {{"a", {"/m.json", "/s.sh"}}, {"b", {}}});
    EXPECT_THAT(record.notes,
                ElementsAre("a passed before, but what it is made of has changed (/m.json, /s.sh): it runs again",
                            "b passed before, but what it is made of has changed: it runs again",
                            "c passed before, but what it is made of has changed: it runs again"));
}

TEST_F(RunningAMatrix, ResumedAfterAnotherVersionOfCribSaysSoOnce) {
    const auto first = run();
    record.id = store.create("versions").id;
    for (auto& cell : record.cells) cell.inputs = "2-" + cell.inputs;
    carry_over(record, first);
    EXPECT_FALSE(record.cells[0].carried);
    EXPECT_THAT(record.notes,
                ElementsAre(first.id + " is a record of another version of crib: what passed there " + "runs again"));
}

TEST_F(RunningAMatrix, CanBeResumedAfterItWasKilled) {
    launcher.scripts[0].then = [this] {
        const auto halfway = store.load_ended(record.id);  // what a killed one leaves
        EXPECT_EQ(halfway.outcome, std::nullopt);
        EXPECT_EQ(halfway.cells[0].outcome, std::nullopt);
    };
    options.jobs = 1;
    launcher.scripts[1].then = [this] { EXPECT_EQ(store.load_ended(record.id).cells[0].outcome, Outcome::passed); };
    run();
}

TEST_F(RunningAMatrix, SaysWhichCellsDidNotRunWhenItIsInterruptedAndCanBeResumed) {
    options.jobs = 2;
    launcher.scripts[0].takes = 2min;
    launcher.scripts[0].then = [this] { user.request_stop(); };
    const auto first = run();
    EXPECT_EQ(first.outcome, Outcome::interrupted) << "which is exit code 130";
    EXPECT_EQ(first.reason, "1 of 3 cells passed, 0 failed, 0 had an error, 2 did not end");
    EXPECT_THAT(launcher.starts, ElementsAre(0, 1));
    EXPECT_EQ(first.cells[0].outcome, Outcome::passed);
    EXPECT_EQ(first.cells[1].outcome, Outcome::interrupted) << "it cleans up, and is waited for";
    EXPECT_EQ(first.cells[2].outcome, Outcome::skipped);
    EXPECT_EQ(first.cells[2].run, "");
    EXPECT_THAT(texts.notices, Contains(HasSubstr("skipped c: the matrix was interrupted")));
    EXPECT_EQ(to_json(store.load_ended(record.id)), to_json(first)) << "what is read is what was written";

    user = std::stop_source();
    launcher.starts.clear();
    launcher.scripts.clear();
    launcher.cancelled = false;
    record.id = store.create("versions").id;
    carry_over(record, store.load_ended(first.id));
    const auto second = run();
    EXPECT_THAT(launcher.starts, ElementsAre(1, 2)) << "what did not end runs";
    EXPECT_EQ(second.outcome, Outcome::passed);
    EXPECT_TRUE(second.cells[0].carried);
    EXPECT_EQ(second.resumes, first.id);
}

TEST_F(RunningAMatrix, BeginsNoCellWhenItIsInterruptedBeforeThat) {
    user.request_stop();
    const auto done = run();
    EXPECT_THAT(launcher.starts, IsEmpty());
    EXPECT_EQ(done.outcome, Outcome::interrupted);
    for (const auto& cell : store.load_ended(record.id).cells) EXPECT_EQ(cell.outcome, Outcome::skipped) << cell.id;
}

TEST_F(RunningAMatrix, OfAnotherIdThanAnyIsAMistakeOfTheUser) {
    run();
    EXPECT_EQ(store.load_ended("vers").id, record.id);
    try {
        (void)store.load_ended("nothing");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), HasSubstr(record.id));
    }
}

class RunningAVeryLargeMatrix : public RunningAMatrix {
protected:
    std::vector<std::size_t> described;  // how many at a time

    events::MatrixRecord run_all(std::size_t count) {
        record.cells.clear();
        for (std::size_t i = 0; i < count; ++i) record.cells.emplace_back().id = "c" + std::to_string(i);
        probe.room.host = {4000, ByteSize::gib(100'000), ByteSize::gib(100'000), ByteSize::gib(100'000)};
        const auto describe = [&](const std::vector<std::size_t>& numbers) {
            EXPECT_TRUE(described.empty() || store.load_ended(record.id).cells[described.front() - 1].outcome)
                << "those before have ended";
            described.push_back(numbers.size());
            MatrixRun::Described some;
            for (const auto number : numbers) {
                some.cells.push_back(matrix_cell(record.cells[number].id));
                some.cells.back().inputs = "of " + record.cells[number].id;
            }
            some.files = {{"/m.json", "as of " + std::to_string(described.size())}};
            return some;
        };
        MatrixRun matrix({clock, probe, launcher, bus, store, history, "host"});
        return matrix.run(record, describe, options, Context::with_clock(clock).with_stop(user.get_token()));
    }
};

TEST_F(RunningAVeryLargeMatrix, DescribesSomeCellsAtATime) {
    const auto done = run_all(MatrixRun::kAtATime + 3);
    EXPECT_EQ(done.outcome, Outcome::passed);
    EXPECT_THAT(described, ElementsAre(MatrixRun::kAtATime, 3));
    EXPECT_EQ(done.cells.back().inputs, "of " + done.cells.back().id);
    EXPECT_EQ(store.load_ended(record.id).files, (std::map<std::string, std::string>{{"/m.json", "as of 1"}}))
        << "as the first cells were run with it: others are refused";
}

TEST_F(RunningAVeryLargeMatrix, StopsAtTheFirstFailureWithoutDescribingTheRestOrTellingOfEachOfThem) {
    options.fail_fast = true;
    options.jobs = 1;
    launcher.scripts[0].result = {Outcome::failed, "x", "r", {}, {}, {}};
    const auto done = run_all(3 * MatrixRun::kAtATime);
    EXPECT_EQ(done.outcome, Outcome::failed);
    EXPECT_THAT(described, ElementsAre(MatrixRun::kAtATime));
    EXPECT_LT(texts.notices.size(), 40U);
    EXPECT_THAT(texts.notices, Contains(HasSubstr("and 1479 more cells are skipped: c0 did not pass (--fail-fast)")));
    EXPECT_EQ(store.load_ended(record.id).cells.back().outcome, Outcome::skipped);
}

TEST_F(RunningAVeryLargeMatrix, IsInterruptedWithoutDescribingTheRest) {
    options.jobs = 1;
    launcher.scripts[0].then = [this] { user.request_stop(); };
    const auto done = run_all(3 * MatrixRun::kAtATime);
    EXPECT_EQ(done.outcome, Outcome::interrupted);
    EXPECT_THAT(described, ElementsAre(MatrixRun::kAtATime));
    EXPECT_EQ(launcher.starts.size(), 1U);
    EXPECT_THAT(texts.notices, Contains(HasSubstr("and 1479 more cells are skipped: the matrix was interrupted")));
    EXPECT_EQ(store.load_ended(record.id).cells.back().outcome, Outcome::skipped);
}

TEST(TimesOfCells, AreTheMedianOfTheLastOnThisHost) {
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    MatrixHistory history(folder.path() / "h.jsonl");
    EXPECT_EQ(history.expected("s", "c", "here"), std::nullopt);
    history.add({"s", "c", "there", 99min, Outcome::passed, {}});
    EXPECT_EQ(history.expected("s", "c", "here"), 99min) << "better than nothing";
    for (const auto time : {50min, 1min, 2min, 9min, 3min, 4min})
        history.add({"s", "c", "here", time, Outcome::failed, {}});
    history.add({"s", "c", "here", 1s, Outcome::error, {}});
    EXPECT_EQ(history.expected("s", "c", "here"), 3min) << "the oldest counts no more, the error never did";
    append_file(folder.path() / "h.jsonl", "{\"scenario\": \"s\", \"ce");
    EXPECT_EQ(MatrixHistory(folder.path() / "h.jsonl").expected("s", "c", "here"), 3min);
}

TEST(TimesOfCells, ThatAreDamagedArePassedOverAndSaidToBe) {
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    const auto file = folder.path() / "h.jsonl";
    EXPECT_EQ(MatrixHistory(file).problem(), "") << "it is not there yet";
    const auto line = [](const std::string& seconds, const std::string& outcome = "passed") {
        return R"({"scenario": "s", "cell": "c", "host": "h", "seconds": )" + seconds + R"(, "outcome": ")" + outcome +
               "\"}\n";
    };
    write_file(file, line("60") + line("9223372036854775807") + line("-1") + line("1e300") + line("60", "nonsense") +
                         std::string(100'000, 'x') + "\n" + line("120"));
    const MatrixHistory history(file);
    EXPECT_EQ(history.expected("s", "c", "h"), 2min) << "of what is left";
    EXPECT_EQ(history.problem(),
              file.string() + ", line 2: /seconds: is no time that a cell takes (and 4 more): passed over");
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
    EXPECT_THAT(MatrixHistory(file).problem(), HasSubstr("h.jsonl is a folder, not a history of cells"));
}

TEST(TimesOfCells, AreRememberedOfEachHostForItself) {
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    MatrixHistory history(folder.path() / "h.jsonl");
    history.add({"s", "c", "here", 7min, Outcome::passed, {}});
    for (int i = 0; i < 20; ++i) history.add({"s", "c", "there", 1min, Outcome::passed, {}});
    EXPECT_EQ(MatrixHistory(folder.path() / "h.jsonl").expected("s", "c", "here"), 7min);
}

TEST(AMatrix, WhoseRecordCouldNotBeReadAgainIsRefused) {
    events::MatrixRecord record;
    record.cells.resize(100);
    EXPECT_NO_THROW(require_storable(record));
    record.cells.resize(20'000);
    try {
        require_storable(record);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("20000 cells"));
        EXPECT_THAT(error.hint(), HasSubstr("--shard"));
    }
}

// Whole cells of the engine, each in a thread, over a hypervisor and guests that are simulated.
TEST(AMatrixOfRealCells, RunsThemSideBySideAndCleansUpAfterEach) {
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    const Folders folders{folder.path() / "cache", folder.path() / "state", folder.path()};
    SystemClock clock;
    const RunStore runs(folders);
    const auto run_cell = [&](const ThreadedLauncher::Start& start, const Context& context) {
        test::StillClock pulse;
        test::SimulatedHypervisor hypervisor;
        test::SimulatedSupplier supplier;
        test::SimulatedNetworkStarter network;
        test::SimulatedConnector connector;
        test::SimulatedViewer viewer;
        events::Bus bus(clock);
        Cell cell;
        cell.scenario.name = "cell";
        cell.scenario.os = "debian-13";
        cell.scenario.versions = {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}};
        cell.scenario.nodes = {{"master", scenario::Role::control_plane, ByteSize::mib(2300), 2, "debian-13"}};
        const std::filesystem::path fixtures = CRIB_SOURCE_DIR "/fixtures";
        cell.recipe = provision::load_recipe(fixtures / "recipes" / "crio-kubeadm-flannel");
        cell.emulated_profile = provision::load_profile(fixtures / "profiles" / "emulated-host");
        auto master = connector.guest("master", "192.168.76.11");
        master->when("join-token", {.out = ""});
        master->when("cat /run/crib", {.out = "JOIN_ENDPOINT=1\nJOIN_TOKEN=abcdef.0123456789abcdef\nJOIN_CA_HASH=1\n"});
        if (start.cell == 1) master->when("kubeadm-init", {.end = ssh::Exited{1}, .err = "[ERROR Swap]"});
        CellOptions options;
        options.host = [] { return HostFacts{2, ByteSize::gib(24), ByteSize::gib(22), ByteSize::gib(80)}; };
        auto created = runs.create("cell", clock);
        CellRunner runner({hypervisor, supplier, network, connector, viewer}, bus, runs, pulse);
        const auto finished = runner.run(cell, options, created, context);
        start.tell(CellLauncher::News::Kind::prepared, {});
        EXPECT_THAT(hypervisor.machines_of(created.info.id), IsEmpty());
        EXPECT_FALSE(std::filesystem::exists(created.folder.secret()));
        return CellResult{finished.outcome, finished.reason, created.info.id, finished.folder, {}, {}};
    };
    test::SimulatedRoom probe;
    events::Bus bus(clock);
    MatrixStore store(folders);
    MatrixHistory history(folders.state / "history.jsonl");
    ThreadedLauncher launcher(clock, run_cell);
    MatrixRun matrix({clock, probe, launcher, bus, store, history, "host"});
    events::MatrixRecord record;
    record.id = store.create("cells").id;
    std::vector<MatrixCell> cells;
    for (const auto* id : {"a", "b", "c"}) {
        cells.push_back(matrix_cell(id));
        record.cells.emplace_back().id = id;
    }
    const auto done = matrix.run(record, cells, {}, Context::with_clock(clock));
    EXPECT_EQ(done.cells[0].outcome, Outcome::passed) << done.cells[0].reason;
    EXPECT_EQ(done.cells[1].outcome, Outcome::failed);
    EXPECT_THAT(done.cells[1].reason, HasSubstr("kubeadm-init on master"));
    EXPECT_EQ(done.cells[2].outcome, Outcome::passed) << done.cells[2].reason;
    EXPECT_EQ(runs.list().size(), 3U) << "each cell has a run of its own";
}

TEST(AMatrixOfRealCells, EndsWhenItsCellsAreCancelled) {
    SystemClock clock;
    ThreadedLauncher launcher(clock, [](const ThreadedLauncher::Start&, const Context& context) -> CellResult {
        context.sleep(std::chrono::hours(1));
        throw Error(ErrorKind::cancelled, "stopped");
    });
    launcher.start(0, {});
    launcher.cancel();
    const auto news = launcher.wait(Context::with_clock(clock));
    ASSERT_TRUE(news);
    EXPECT_EQ(news->result.outcome, Outcome::interrupted);
}

TEST(AMatrixsRecord, IsRefusedWhenAllItsErrorsAre) {
    events::MatrixRecord record;
    record.id = "versions-ab12";
    record.outcome = Outcome::error;
    record.cells.resize(2);
    record.cells[0].outcome = Outcome::passed;
    record.cells[1].outcome = Outcome::error;
    EXPECT_FALSE(events::is_refused(record));
    record.cells[1].refused = true;
    EXPECT_TRUE(events::is_refused(record));
    EXPECT_TRUE(events::is_refused(events::matrix_record_of(events::to_json(record)))) << "matrix.json says so too";
    record.outcome = record.cells[0].outcome = Outcome::failed;
    EXPECT_FALSE(events::is_refused(record));
}

}  // namespace
}  // namespace crib::engine
