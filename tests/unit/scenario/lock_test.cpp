#include "harness/scenario/lock.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>

namespace crib::scenario {
namespace {

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
    return lock;
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

TEST(Lock, RefusesAFileThatIsNone) {
    EXPECT_THAT(refusal("{\"name\": \"two-node\"}"), HasSubstr("two-node.lock.json: this is no lock file"));
    EXPECT_THAT(refusal("{\"lock\": 7}"), HasSubstr("its format is 7"));
    const std::string lists(500'000, '[');
    EXPECT_THAT(refusal("{\"lock\": " + lists + std::string(lists.size(), ']') + "}"),
                HasSubstr("\"lock\" is not the number of a format"))
        << "and not a crash";
    EXPECT_THAT(refusal("{\"lock\": 1, \"scenario\": \"x\", \"versions\": []}"), HasSubstr("two-node.lock.json: "));
    EXPECT_THAT(refusal("{"), HasSubstr("two-node.lock.json: "));
    EXPECT_THROW((void)read_lock("/nowhere/two-node.lock.json"), Error);
}

TEST(Lock, StandsBesideItsScenario) {
    EXPECT_EQ(lock_file_of("scenarios/two-node.json"), "scenarios/two-node.lock.json");
}

}  // namespace
}  // namespace crib::scenario
