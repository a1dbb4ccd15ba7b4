#include "harness/cli/doctor.h"

#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace crib::cli {
namespace {

using ::testing::HasSubstr;
using Level = HealthFinding::Level;

Patient healthy() {
    Patient patient;
    patient.host = {2, ByteSize::gib(24), ByteSize::gib(22), ByteSize::gib(80)};
    patient.cache_free = ByteSize::gib(80);
    patient.has_tool = [](const std::string&) { return true; };
    patient.has_user = [](const std::string&) { return true; };
    patient.is_root = true;
    return patient;
}

HealthFinding about(const std::string& subject, const Patient& patient) {
    const auto findings = examine(patient);
    const auto found = std::find_if(findings.begin(), findings.end(),
                                    [&](const HealthFinding& finding) { return finding.subject == subject; });
    EXPECT_NE(found, findings.end());
    return *found;
}

TEST(Doctor, HasNothingToSayAgainstAFitHost) {
    for (const auto& finding : examine(healthy())) {
        EXPECT_EQ(finding.level, Level::good) << finding.subject << ": " << finding.text;
        EXPECT_EQ(finding.cure, "");
    }
}

TEST(Doctor, SaysWhatEmulationNeedsMore) {
    auto patient = healthy();
    patient.host.memory_available = ByteSize::gib(6);
    const auto finding = about("memory", patient);
    EXPECT_EQ(finding.level, Level::caution);
    EXPECT_THAT(finding.text, HasSubstr("two-node takes 4.6 GiB, emulated 6.6 GiB, and 512 MiB stay for the rest"));
}

TEST(Doctor, ShowsHowMuchMemoryTwoNodesNeed) {
    auto patient = healthy();
    patient.host.memory_available = ByteSize::gib(4);
    const auto finding = about("memory", patient);
    EXPECT_EQ(finding.level, Level::bad);
    EXPECT_THAT(finding.text, HasSubstr("4 GiB available of 24 GiB"));
}

TEST(Doctor, FindsAFileInThePlaceOfAFolderOfTheCaches) {
    const TempFolder home(std::filesystem::temp_directory_path(), "crib-doctor-test");
    Folders folders;
    folders.cache = home.path() / "cache";
    folders.state = home.path() / "state";
    EXPECT_EQ(look_at_this_host(folders).cache_problem, "");
    make_folder(folders.cache);
    write_file(folders.cache / "components", "");
    const auto patient = look_at_this_host(folders);
    EXPECT_THAT(patient.cache_problem, HasSubstr((folders.cache / "components").string()));
    EXPECT_EQ(about("folders", patient).level, Level::bad);
}

TEST(Doctor, FindsALinkThatLeadsNowhereInThePlaceOfAFolder) {
    const TempFolder home(std::filesystem::temp_directory_path(), "crib-doctor-test");
    Folders folders;
    folders.cache = home.path() / "cache";
    folders.state = home.path() / "state";
    for (const auto& place : {folders.cache / "checkpoints", folders.state / "runs", folders.state / "matrices"}) {
        make_folder(place.parent_path());
        std::filesystem::create_symlink("/nowhere/at-all", place);
        const auto patient = look_at_this_host(folders);
        const auto problem = patient.cache_problem + patient.runs_problem;
        EXPECT_THAT(problem, HasSubstr(place.string() + " is a link to /nowhere/at-all"));
        EXPECT_EQ(about("folders", patient).level, Level::bad);
        std::filesystem::remove(place);
    }
}

TEST(Doctor, NamesTheDebianPackageOfAMissingTool) {
    auto patient = healthy();
    patient.has_tool = [](const std::string& tool) { return tool != "qemu-img"; };
    const auto finding = about("tools", patient);
    EXPECT_EQ(finding.level, Level::bad);
    EXPECT_THAT(finding.text, HasSubstr("qemu-img is missing"));
    EXPECT_EQ(finding.cure, "apt-get install qemu-utils");
}

TEST(Doctor, TellsAnOrdinaryUserHowToGetSubordinateIds) {
    auto patient = healthy();
    patient.is_root = false;
    patient.has_subordinate_ids = false;
    EXPECT_THAT(about("rights", patient).cure, HasSubstr("--add-subuids"));
}

TEST(Doctor, TellsThatThereIsNoFolderForTemporaryFiles) {
    auto patient = healthy();
    patient.temporary_problem = "temporary files belong in /none, which is not a folder";
    const auto finding = about("TMPDIR", patient);
    EXPECT_EQ(finding.level, Level::bad);
    EXPECT_THAT(finding.text, HasSubstr("/none, which is not a folder"));
    EXPECT_THAT(finding.cure, HasSubstr("set TMPDIR"));
}

TEST(Doctor, TellsWhereNothingCanBeKept) {
    auto patient = healthy();
    patient.runs_problem = "/proc: No such file or directory";
    EXPECT_EQ(about("folders", patient).level, Level::bad);
    EXPECT_EQ(about("folders", patient).text, "runs cannot be kept: /proc: No such file or directory");
    EXPECT_THAT(about("folders", patient).cure, HasSubstr("XDG_STATE_HOME"));
    patient.cache_problem = "/cache: Read-only file system";
    EXPECT_THAT(about("folders", patient).text, HasSubstr("caches cannot be kept: /cache"));
}

TEST(Doctor, TellsOfACacheLimitThatARunWouldRefuse) {
    auto patient = healthy();
    patient.limit_problem = "CRIB_CACHE_LIMIT: \"banana\" is no amount";
    EXPECT_EQ(about("cache limit", patient).level, Level::bad);
    EXPECT_THAT(about("cache limit", patient).text, HasSubstr("banana"));
}

TEST(Doctor, KnowsThatLibvirtAsRootWantsItsUser) {
    auto patient = healthy();
    patient.has_user = [](const std::string&) { return false; };
    EXPECT_THAT(about("rights", patient).cure, HasSubstr("libvirt-daemon-system"));
}

}  // namespace
}  // namespace crib::cli
