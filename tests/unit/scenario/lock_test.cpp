#include "harness/scenario/lock.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>

namespace crib::scenario {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kOldDigest(64, 'a');
const std::string kNewDigest(64, 'b');

Lock lock_of_two_nodes() {
    Lock lock;
    lock.scenario = "two-node";
    lock.versions = {{"cri-o", "1.36.2"}, {"kubernetes", "1.36.3"}};
    lock.components = {{"cri-o 1.36.2", "modules " + kOldDigest}};
    lock.images = {{"debian-13", kOldDigest}};
    lock.packages = {{"debian-13 crun", "1.21-1"}, {"debian-13 runc", "1.1.15"}};
    lock.steps = {{"kubeadm-init", kOldDigest}};
    lock.settings = {{"recipe", "crio-kubeadm-flannel"}};
    lock.nodes = {{"worker", "worker, debian-13, 1800 MiB"}};
    lock.order = {{"checks", {"nodes-ready", "pods-running"}}, {"steps on worker", {"sysctls", "swap-off", "join"}}};
    return lock;
}

// As crib wrote it before it wrote down the order of steps.
Lock lock_of_format_1() {
    auto lock = lock_of_two_nodes();
    lock.whole = false;
    return parse_lock(to_json(lock), "two-node.lock.json");
}

std::vector<std::string> lines(const Lock& before, const Lock& after) {
    std::vector<std::string> found;
    for (const auto& difference : differences(before, after)) found.push_back(to_string(difference));
    return found;
}

std::string refusal(const std::string& text) {
    try {
        (void)parse_lock(text, "two-node.lock.json");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        return error.what();
    }
    return {};
}

TEST(LockFile, StandsBesideTheScenarioAndOfItsCellsInAFolderBesideIt) {
    EXPECT_EQ(lock_file_of("scenarios/versions.json"), "scenarios/versions.lock.json");
    EXPECT_EQ(lock_file_of("scenarios/versions.json", "debian-13,crun"),
              "scenarios/versions.locks/debian-13,crun.lock.json");
}

TEST(Lock, IsReadAsItWasWritten) {
    const auto lock = lock_of_two_nodes();
    const auto read = parse_lock(to_json(lock), "two-node.lock.json");
    EXPECT_EQ(read.scenario, "two-node");
    EXPECT_THAT(differences(lock, read), IsEmpty());
}

TEST(Lock, ExplainsWhatDiffersBeginningWithTheVersions) {
    auto after = lock_of_two_nodes();
    after.versions["cri-o"] = "1.36.3";
    after.components = {{"cri-o 1.36.3", "modules " + kNewDigest}};
    after.packages["debian-13 crun"] = "1.21-2";
    after.packages.erase("debian-13 runc");
    after.steps["kubeadm-init"] = kNewDigest;
    EXPECT_THAT(
        lines(lock_of_two_nodes(), after),
        ElementsAre("versions: cri-o 1.36.2 -> 1.36.3", "components: cri-o 1.36.2 is gone; it was modules aaaaaaaaaaaa",
                    "components: cri-o 1.36.3 is new: modules bbbbbbbbbbbb",
                    "packages: debian-13 crun 1.21-1 -> 1.21-2", "packages: debian-13 runc is gone; it was 1.1.15",
                    "steps: kubeadm-init aaaaaaaaaaaa -> bbbbbbbbbbbb"));
}

TEST(Lock, ExplainsInWhichOrderStepsAndChecksWouldRun) {
    auto after = lock_of_two_nodes();
    after.order["steps on worker"] = {"swap-off", "sysctls", "join"};
    after.order["checks"] = {"nodes-ready", "pods-running", "pods-running"};
    EXPECT_THAT(lines(lock_of_two_nodes(), after),
                ElementsAre("order: checks pods-running -> pods-running, pods-running",
                            "order: steps on worker sysctls, swap-off -> swap-off, sysctls"));
    after.order["checks"] = {"dns", "nodes-ready", "pods-running"};
    after.order.erase("steps on worker");
    EXPECT_THAT(lines(lock_of_two_nodes(), after),
                ElementsAre("order: checks nodes-ready -> dns, nodes-ready",
                            "order: steps on worker is gone; it was sysctls, swap-off, join"));
}

TEST(Lock, ExplainsOtherNodesAndAnotherExpectation) {
    auto after = lock_of_two_nodes();
    after.nodes["worker"] = "worker, debian-13, 1799 MiB";
    after.expect = {{"fails-at", "nodes-ready"}};
    after.settings["recipe"] = "containerd-kubeadm-flannel";
    EXPECT_THAT(lines(lock_of_two_nodes(), after),
                ElementsAre("settings: recipe crio-kubeadm-flannel -> containerd-kubeadm-flannel",
                            "nodes: worker worker, debian-13, 1800 MiB -> worker, debian-13, 1799 MiB",
                            "expect: fails-at is new: nodes-ready"));
    EXPECT_THAT(missing_in(after), IsEmpty());
}

TEST(Lock, OfAnEarlierCribIsReadAndSaysWhatItDoesNotHold) {
    const auto old = lock_of_format_1();
    EXPECT_THAT(missing_in(old),
                HasSubstr("without the order of steps, the nodes' sizes, the checks and what is expected"));
    EXPECT_THAT(differences(old, lock_of_two_nodes()), IsEmpty()) << "not that all of it is new";
    auto after = lock_of_two_nodes();
    after.versions["cri-o"] = "1.36.3";
    EXPECT_THAT(lines(old, after), ElementsAre("versions: cri-o 1.36.2 -> 1.36.3"));
    EXPECT_FALSE(parse_lock(to_json(old), "two-node.lock.json").whole);
}

TEST(Lock, RefusesAFileThatIsNone) {
    EXPECT_THAT(refusal("{\"name\": \"two-node\"}"), HasSubstr("two-node.lock.json: this is no lock file"));
    EXPECT_THAT(refusal("{\"lock\": 7, \"scenario\": \"x\"}"), HasSubstr("its format is 7"));
    auto with_more = to_json(lock_of_two_nodes());
    with_more.replace(with_more.find("\"lock\""), 6, "\"zzz\": 1, \"lock\"");
    EXPECT_THAT(refusal(with_more), HasSubstr("it has \"zzz\", which this crib does not know"));
    const std::string lists(500'000, '[');
    EXPECT_THAT(refusal("{\"lock\": " + lists + std::string(lists.size(), ']') + "}"),
                HasSubstr("this is no lock file"))
        << "and not a crash";
    EXPECT_THAT(refusal("{\"lock\": 1, \"scenario\": \"x\", \"versions\": []}"), HasSubstr("two-node.lock.json: "));
    auto without_order = to_json(lock_of_two_nodes());
    without_order.replace(without_order.find("\"order\""), 7, "\"odour\"");
    EXPECT_THAT(refusal(without_order), HasSubstr("it lacks \"order\""));
    EXPECT_THAT(refusal("{"), HasSubstr("two-node.lock.json: "));
    EXPECT_THROW((void)read_lock("/nowhere/two-node.lock.json"), Error);
}

// All of these were taken for locks, and written over.
TEST(Lock, IsNotWrittenOverWhatIsNone) {
    for (const auto* text : {"my notes", "// my scenario\n{\"extends\": \"tn.json\"}", "{\"lock\": \"of my door\"}",
                             "{", "{\"lock\": 1}", "{\"lock\": 1, \"scenario\": 5}"}) {
        EXPECT_FALSE(may_be_lock(text)) << text;
    }
    const auto good = to_json(lock_of_two_nodes());
    EXPECT_TRUE(may_be_lock(good));
    EXPECT_TRUE(may_be_lock(good.substr(0, good.size() / 2))) << "of which the end was lost";
    const auto place = good.find("\"versions\"");
    EXPECT_TRUE(may_be_lock(good.substr(0, place) + "<<<<<<< HEAD\n" + good.substr(place))) << "of an unfinished merge";
    const auto of_two =
        "{\n<<<<<<< HEAD\n  \"lock\": 2,\n=======\n  \"lock\": 1,\n>>>>>>> other\n  \"scenario\": \"two-node\",";
    EXPECT_TRUE(may_be_lock(of_two)) << "of one of two formats";
}

TEST(Lock, IsAFileOfItsOwnForEachScenario) {
    EXPECT_EQ(lock_file_of("scenarios/two-node.json"), "scenarios/two-node.lock.json");
    EXPECT_EQ(lock_file_of("a.conf"), "a.conf.lock.json");
    EXPECT_EQ(lock_file_of("a.conf", "one"), "a.conf.locks/one.lock.json");
}

TEST(Lock, TellsNothingFromAnEmptyValue) {
    auto with = lock_of_two_nodes();
    auto without = with;
    with.settings["internet"] = "";
    with.order["steps on master"] = {};
    EXPECT_THAT(lines(with, without),
                ElementsAre("settings: internet is gone; it was \"\"", "order: steps on master is gone; it was \"\""));
    without.settings["internet"] = "true";
    EXPECT_THAT(lines(with, without), Contains("settings: internet \"\" -> true"));
}

TEST(Lock, TellsDigestsApartThatBeginAlike) {
    auto after = lock_of_two_nodes();
    after.images["debian-13"] = std::string(63, 'a') + "b";
    EXPECT_THAT(lines(lock_of_two_nodes(), after),
                ElementsAre("images: debian-13 " + kOldDigest + " -> " + std::string(63, 'a') + "b"));
}

TEST(Lock, OfAnotherScenarioIsNotTheSame) {
    auto after = lock_of_two_nodes();
    after.scenario = "other";
    EXPECT_THAT(lines(lock_of_two_nodes(), after), ElementsAre("scenario: name two-node -> other"));
}

}  // namespace
}  // namespace crib::scenario
