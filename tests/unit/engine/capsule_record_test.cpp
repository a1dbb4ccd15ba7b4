// What of a run is packed into a capsule: what belongs to it, nothing else of the machine, and no more than is opened.

#include "harness/engine/capsule_record.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/capsule/unpack.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <map>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class PackedRecords : public ::testing::Test {
protected:
    void SetUp() override {
        run.info.outcome = "failed";
        run.info.nodes = {{"master", "control-plane", "192.168.76.11", "crib-master", 40001}};
    }
    // A file of the user's.
    fs::path put(const std::string& name, const std::string& text) const {
        const auto file = folder.path() / name;
        fs::create_directories(file.parent_path());
        write_file(file, text);
        return file;
    }
    void put_in_run(const std::string& name, const std::string& text) const {
        fs::create_directories((run.folder.path / name).parent_path());
        write_file(run.folder.path / name, text);
    }
    RecordSources sources(const capsule::Limits& limits = {}) {
        runs.save(run.info);
        return sources_of_record(run.info, run.folder, limits);
    }
    // Of the run's scenario: path in the capsule to content.
    std::map<std::string, std::string> scenario(const fs::path& file) {
        run.info.scenario_file = file.string();
        left_out.clear();
        auto all = sources();
        for (const auto& one : all.left_out) left_out[one.path] = one.why;
        std::map<std::string, std::string> found;
        for (const auto& one : all.sources) {
            if (one.path.starts_with("scenario/")) found[one.path] = one.text;
        }
        return found;
    }
    std::string mine(const std::string& name) const { return (folder.path() / name).string(); }

    TempFolder folder{fs::temp_directory_path(), "crib-record"};
    test::ManualClock clock;
    RunStore runs{Folders{folder.path() / "cache", folder.path() / "state", folder.path()}};
    RunStore::Created run = runs.create("two-node", clock);
    std::map<std::string, std::string> left_out;
};

TEST_F(PackedRecords, HaveTheScenarioWithAllItNamesWhereItLiesFromIt) {
    put("mine/steps/own.sh", "true\n");
    put("mine/text", "true\n");
    put("shared/tune.sh", "sysctl\n");
    put("shared/base.json", R"({"extends": ["deep/os.json"], "nodes": []})");
    put("shared/deep/os.json", R"({"os": "debian-13"})");
    const auto file = put("mine/two-node.json", R"({"extends": "../shared/base.json", // with a comment
        "mutations": [{"insert-after": "sysctls", "script": "steps/own.sh"}, {"set": {"X": "y"}}],
        "matrix": {"axes": {"mutations[0].script": ["text", "../shared/tune.sh"], "os": ["debian-12"]}}})");
    const auto found = scenario(file);
    EXPECT_THAT(found, ElementsAre(Key("scenario/mine/steps/own.sh"), Key("scenario/mine/text"),
                                   Key("scenario/mine/two-node.json"), Key("scenario/shared/base.json"),
                                   Key("scenario/shared/deep/os.json"), Key("scenario/shared/tune.sh")));
    EXPECT_EQ(found.at("scenario/mine/two-node.json"), read_file(file));
    EXPECT_THAT(left_out, IsEmpty());
}

// What was left out could be extended here, and whoever opened the capsule had a scenario that extends nothing.
TEST_F(PackedRecords, HaveWhatIsExtendedHoweverLittleItSays) {
    put("about.json", R"({"about": "of all"})");
    put("name.json", R"({"name": "x"})");
    put("schema.json", R"({"$schema": "scenario.schema.json"})");
    const auto found = scenario(put("a.json", R"({"extends": ["about.json", "name.json", "schema.json"]})"));
    EXPECT_EQ(found.size(), 4U);
    EXPECT_THAT(left_out, IsEmpty());
    EXPECT_THAT(scenario(mine("name.json")), IsEmpty()) << "alone it may be any file";
}

TEST_F(PackedRecords, HaveAScenarioThatStandsAloneAtTheTop) {
    EXPECT_THAT(scenario(put("deep/er/zwei knoten \u00fc.json", R"({"os": "debian-13"})")),
                ElementsAre(Key("scenario/zwei knoten \u00fc.json")));
}

TEST_F(PackedRecords, HaveNoOtherFilesOfTheMachineWhateverTheRecordNames) {
    EXPECT_THAT(scenario("/proc/self/environ"), IsEmpty());
    EXPECT_THAT(left_out, Contains(Pair("/proc/self/environ", HasSubstr("is no scenario"))));
    EXPECT_THAT(scenario("/etc/passwd"), IsEmpty());
    EXPECT_THAT(scenario(put("docker.json", R"({"auths": {"registry": {"auth": "c2VjcmV0"}}})")), IsEmpty());
    EXPECT_THAT(left_out, Contains(Pair(mine("docker.json"), R"(is no scenario: no scenario has the key "auths")")));
    EXPECT_THAT(scenario(put("list.json", "[1]")), IsEmpty());
    const auto large = put("large.json", R"({"about": ")" + std::string(1U << 20U, 'x') + "\"}");
    EXPECT_THAT(scenario(large), IsEmpty());
    EXPECT_THAT(left_out, Contains(Pair(large, HasSubstr("is too large for a scenario file"))));
    ASSERT_EQ(::mkfifo(mine("ff").c_str(), 0600), 0);
    EXPECT_THAT(scenario(mine("ff")), IsEmpty());
    EXPECT_THAT(left_out, Contains(Pair(mine("ff"), "is a FIFO, not a regular file")));
}

TEST_F(PackedRecords, HaveNoOtherFilesOfTheMachineWhateverTheScenarioNames) {
    put("secret", "s3cret");
    put("key.json", R"({"key": "s3cret"})");
    put("work/zero.sh", std::string("a\0b", 3));
    put("work/large.sh", std::string((256U << 10U) + 1, '#'));
    const auto file = put("work/a.json", R"({"os": "debian-13", "components": {"cri-o": "local:../cri-o"},
        "extends": ["/etc/passwd", "../key.json", "../secret", "none.json", "."],
        "mutations": [{"replace": "a", "script": "../secret"}, {"replace": "b", "script": "/etc/passwd"},
                      {"replace": "c", "script": "zero.sh"}, {"replace": "d", "script": "large.sh"},
                      {"replace": "e", "script": "${os}.sh"}, {"replace": "f", "script": "../gone.sh"}]})");
    EXPECT_THAT(scenario(file), ElementsAre(Key("scenario/a.json")));
    const auto names = [&](const std::string& path, const std::string& why) {
        EXPECT_THAT(left_out, Contains(Pair(path, HasSubstr(why))));
    };
    names("/etc/passwd", "is named by an absolute path");
    names(mine("key.json"), "is no scenario");
    names(mine("secret"), "is no scenario");
    names(mine("work/none.json"), "is not there any more");
    names(mine("work/zero.sh"), "is no text");
    names(mine("work/large.sh"), "is too large for a step's script");
    names("${os}.sh", "has a reference");
    names(mine("gone.sh"), "is not there any more");
    names("cri-o=local:../cri-o", "is a checkout");
}

// What was packed was taken for what was run.
TEST_F(PackedRecords, TellWhichFilesOfTheScenarioHaveChangedSinceTheRunBegan) {
    put("s.sh", "echo original\n");
    put("base.json", R"({"os": "debian-13"})");
    const auto file = put("a.json", R"({"extends": "base.json", "mutations": [{"replace": "a", "script": "s.sh"}]})");
    run.info.scenario_file = file;
    EXPECT_FALSE(sources().knows_changes) << "a run of an older crib";
    run.info.scenario_digests = digests_of_scenario(file);
    EXPECT_THAT(sources().changed, IsEmpty());
    put("s.sh", "echo EDITED\n");
    put("later.json", "{}");
    put("a.json", R"({"extends": ["base.json", "later.json"], "mutations": [{"replace": "a", "script": "s.sh"}]})");
    const auto all = sources();
    EXPECT_TRUE(all.knows_changes);
    EXPECT_THAT(all.changed, ElementsAre("scenario/a.json", "scenario/later.json", "scenario/s.sh"));
}

// Whoever opens the capsule is told, and whoever gets it from there.
TEST_F(PackedRecords, TellWhoOpensThemWhichFilesHadChanged) {
    const auto file = put("a.json", R"({"os": "debian-13"})");
    run.info.scenario_file = file;
    run.info.scenario_digests = digests_of_scenario(file);
    put("a.json", R"({"os": "debian-12"})");
    const auto all = sources();
    ASSERT_EQ(all.sources.front().path, "run/run.json");
    EXPECT_THAT(all.sources.front().text, Not(HasSubstr(folder.path().string()))) << "this host's paths";
    const auto unpacked = folder.path() / "unpacked";
    fs::create_directories(unpacked / "run");
    write_file(unpacked / "run/run.json", all.sources.front().text);
    capsule::Manifest manifest;
    manifest.run = "sent";
    const auto opened = take_in_record(runs, manifest, unpacked);
    EXPECT_THAT(opened.scenario_changed, ElementsAre("scenario/a.json"));
    EXPECT_THAT(sources_of_record(opened, runs.folder(opened.id)).changed, ElementsAre("scenario/a.json"));
}

// They were left out without a word: whoever opens the capsule has another scenario.
TEST_F(PackedRecords, NameWhatTheRunWasGivenBesidesItsFile) {
    run.info.sets = {"os=debian-12", R"(mutations=[{"replace":"nginx","script":"/src/s.sh"},{"skip":"swap-off"}])",
                     "mutations[0].script=/src/t.sh", "mutations=" + std::string(70, '[') + std::string(70, ']')};
    run.info.swaps = {"cri-o=local:/src/cri-o"};
    EXPECT_THAT(scenario(put("a.json", "{}")), ElementsAre(Key("scenario/a.json")));
    for (const auto* flag :
         {"--set os=debian-12", "--set mutations[0].script=/src/t.sh", "--swap cri-o=local:/src/cri-o"}) {
        EXPECT_THAT(left_out, Contains(Pair(flag, "was given to the run, not in a file")));
    }
    for (const auto* script : {"/src/s.sh", "/src/t.sh"}) {
        EXPECT_THAT(left_out, Contains(Pair(script, "is named by that --set")));
    }
    EXPECT_EQ(left_out.size(), 7U);
}

TEST_F(PackedRecords, HaveNoScriptThatALinkLeadsOutOfTheScenarioTo) {
    put("secret", "s3cret");
    const auto file = put("work/a.json", R"({"mutations": [{"replace": "a", "script": "linked"}]})");
    fs::create_symlink(folder.path() / "secret", folder.path() / "work" / "linked");
    EXPECT_THAT(scenario(file), ElementsAre(Key("scenario/a.json")));
    EXPECT_THAT(left_out, Contains(Pair(mine("work/linked"), HasSubstr("is outside the scenario's folder"))));
}

TEST_F(PackedRecords, HaveWhatIsNamedThroughALinkWhereItsNameLeadsWithoutOne) {
    put("deep/real/base.json", R"({"os": "debian-13", "about": "where the link leads"})");
    put("base.json", R"({"os": "debian-13", "about": "beside the link"})");
    put("deep/real/folder/a.json", R"({"extends": "../base.json"})");
    fs::create_directory_symlink("deep/real/folder", folder.path() / "link");
    const auto found = scenario(folder.path() / "link/a.json");
    EXPECT_THAT(
        found, ElementsAre(Pair("scenario/base.json", HasSubstr("where the link leads")), Key("scenario/link/a.json")));
    EXPECT_THAT(scenario(put("both.json", R"({"extends": ["base.json", "link/../base.json"]})")),
                ElementsAre(Pair("scenario/base.json", HasSubstr("beside the link")), Key("scenario/both.json")));
    EXPECT_THAT(left_out, Contains(Pair(mine("deep/real/base.json"), HasSubstr("is named through a link"))));
}

TEST_F(PackedRecords, KeepTheScenarioWhenWhatItExtendsIsTooFarAway) {
    put("base.json", R"({"os": "debian-13"})");
    const auto file = put("1/2/3/4/5/6/7/8/a.json", R"({"extends": "../../../../../../../../base.json"})");
    EXPECT_THAT(scenario(file), ElementsAre(Key("scenario/a.json")));
    EXPECT_THAT(left_out, Contains(Pair(mine("base.json"), "has a path that no capsule may have")));
}

TEST_F(PackedRecords, HaveAgainTheScenarioThatACapsuleBrought) {
    put_in_run("scenario/mine/a.json", R"({"extends": "../b.json"})");
    put_in_run("scenario/b.json", "{}");
    fs::create_symlink("/etc/passwd", run.folder.path / "scenario/c.json");
    run.info.scenario_file.clear();
    const auto all = sources();
    std::vector<std::string> paths;
    for (const auto& one : all.sources) paths.push_back(one.path);
    EXPECT_THAT(paths, ElementsAre("run/run.json", "scenario/b.json", "scenario/mine/a.json"));
    ASSERT_EQ(all.left_out.size(), 1U);
    EXPECT_EQ(all.left_out[0].path, "scenario/c.json");
}

TEST_F(PackedRecords, LeaveOutAndNameWhatNobodyCouldOpen) {
    capsule::Limits limits;
    limits.record_file = 2048;
    limits.record = 3072;
    limits.members = 5;
    put_in_run("events.jsonl", std::string(2049, 'e'));
    put_in_run("junit.xml", std::string(1500, 'j'));
    put_in_run("lock.json", std::string(1500, 'l'));
    put_in_run("checkpoints.json", "[[],[],[]]");
    for (const char* name : {"a", "b", "c", "d"}) put_in_run(std::string("nodes/") + name, "x");
    const auto all = sources(limits);
    for (const auto& one : all.left_out) left_out[one.path] = one.why;
    EXPECT_THAT(left_out, ElementsAre(Pair("run/checkpoints.json", HasSubstr("is not a record of stages")),
                                      Pair("run/events.jsonl", HasSubstr("has more than 2 KiB, the most")),
                                      Pair("run/lock.json", HasSubstr("records of at most 3 KiB in all")),
                                      Pair("run/nodes/d", "is one too many: a capsule takes at most 5 files")));
    capsule::Manifest manifest{"0.1.0", "2026-11-25T12:00:00Z", run.info.id, "two-node", {}, {}, false, {}, {}};
    const auto file = folder.path() / "bug.crib";
    const auto into = folder.path() / "into";
    fs::create_directory(into);
    const auto context = Context::with_clock(clock);
    (void)capsule::pack(manifest, all.sources, file, context);
    EXPECT_NO_THROW((void)capsule::unpack(file, capsule::What::record, into, limits, context));
}

TEST_F(PackedRecords, NameWhatElseLiesInTheRunsFolder) {
    put_in_run("grid.txt", "mine");
    put_in_run("a/x", "mine");
    for (const auto* own : {"switch.log", "switch-config.json", "private/id_ed25519", "events.jsonl.partial-x1y2z3"}) {
        put_in_run(own, "crib's");
    }
    const auto all = sources();
    for (const auto& one : all.left_out) left_out[one.path] = one.why;
    EXPECT_THAT(left_out, ElementsAre(Pair("run/a", "is no part of a run's record"),
                                      Pair("run/grid.txt", "is no part of a run's record")));
}

TEST_F(PackedRecords, SayOfAScenarioWhoseNameTheyCannotHaveThatItIsTheName) {
    run.info.scenario_file = put("x\xff.json", "{}").string();
    runs.save(run.info);
    run.info = runs.load(run.info.id);
    (void)scenario(run.info.scenario_file);
    EXPECT_THAT(left_out, Contains(Pair(mine("x\uFFFD.json"), HasSubstr("a name that is no UTF-8"))));
}

TEST_F(PackedRecords, LeaveOutALogThatIsTooLargeForAnyCapsule) {
    put_in_run("nodes/master/journal.log", "");
    fs::resize_file(run.folder.path / "nodes/master/journal.log", capsule::Limits{}.record_file + 1);
    const auto all = sources();
    ASSERT_EQ(all.left_out.size(), 1U);
    EXPECT_EQ(all.left_out[0].path, "run/nodes/master/journal.log");
    EXPECT_THAT(all.left_out[0].why, HasSubstr("more than 256 MiB"));
}

class UnfitRecords : public PackedRecords, public ::testing::WithParamInterface<const char*> {};

// Each side refuses what the other one would.
TEST_P(UnfitRecords, AreNeitherPackedNorOpened) {
    const std::string nodes = GetParam();
    put_in_run("run.json", R"({"scenario": "s", "outcome": "failed", "began": 1, "nodes": )" + nodes + "}");
    EXPECT_THROW((void)sources_of_record(run.info, run.folder), Error);
    const auto unpacked = folder.path() / "unpacked";
    fs::create_directories(unpacked / "run");
    fs::copy_file(run.folder.info(), unpacked / "run/run.json");
    capsule::Manifest manifest;
    manifest.run = "sent";
    EXPECT_THROW((void)take_in_record(runs, manifest, unpacked), Error);
}
INSTANTIATE_TEST_SUITE_P(All, UnfitRecords,
                         ::testing::Values(R"([{"name": "../x", "role": "worker", "ip": ""}])",
                                           R"([{"name": "-oProxyCommand=x", "role": "worker", "ip": ""}])",
                                           R"([{"name": "a", "role": "worker", "ip": ""},
                                               {"name": "a", "role": "worker", "ip": ""}])",
                                           R"([{"name": "a", "role": "king", "ip": ""}])",
                                           R"([{"name": "a", "role": "worker", "ip": "banana"}])", R"({})", R"([{}])",
                                           R"([], "scenario-changed": ["run/run.json"])",
                                           R"([], "scenario-changed": ["scenario/../x"])",
                                           R"([], "scenario-changed": "a")"));

TEST_F(PackedRecords, OfMoreNodesThanAClusterHasAreRefusedWithTheReason) {
    for (int i = 0; i < 2000; ++i) run.info.nodes.push_back({"n" + std::to_string(i), "worker", "", "", 0});
    try {
        (void)sources();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("crib open would refuse its record: it has 2001 nodes, and at most"));
        EXPECT_THAT(error.hint(), Not(HasSubstr("sent again")));
    }
}

TEST_F(PackedRecords, AreNotOpenedWithStagesThatNoCommandCouldRead) {
    const auto unpacked = folder.path() / "unpacked";
    fs::create_directories(unpacked / "run");
    write_file(unpacked / "run/run.json", R"({"scenario": "s", "outcome": "failed", "began": 1, "nodes": []})");
    capsule::Manifest manifest;
    manifest.run = "sent";
    std::string many = "[]";
    for (int i = 0; i < 200'000; ++i) many += ",[]";
    for (const auto& text : {std::string("{}"), std::string("[]"), "{\"stages\": [" + many + "]}"}) {
        write_file(unpacked / "run/checkpoints.json", text);
        EXPECT_THAT([&] { (void)take_in_record(runs, manifest, unpacked); },
                    ::testing::ThrowsMessage<Error>(HasSubstr("its checkpoints.json ")));
    }
    write_file(unpacked / "run/checkpoints.json", R"({"stages": []})");
    EXPECT_EQ(take_in_record(runs, manifest, unpacked).id, "sent");
}

}  // namespace
}  // namespace crib::engine
