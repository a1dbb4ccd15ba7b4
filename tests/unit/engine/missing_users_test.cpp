#include "harness/engine/missing_users.h"

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class MissingUsers : public ::testing::Test {
protected:
    void add(const std::string& run, std::chrono::hours ago, const fs::path& state) const {
        users.add({run, clock.wall_now() - ago, state / "runs" / run / "private"});
    }
    [[nodiscard]] CacheUsers::Survey survey() const { return users.survey(Sweep::remove, clock.wall_now()); }
    // What a shell that gets this command ends with.
    static int status_of(const std::string& command) {
        FILE* pipe = ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c): what people are told to type
        return pipe == nullptr ? -1 : ::pclose(pipe);
    }

    TempFolder folder{fs::temp_directory_path(), "crib-missing"};
    test::ManualClock clock;
    fs::path cache = folder.path() / "it's a $HOME";
    CacheUsers users{cache};
};

TEST_F(MissingUsers, AreEachNamedWhereThereIsOne) {
    add("two-node-ab12", std::chrono::hours{1}, folder.path() / "state");
    const auto said = left_alone_of(survey().missing);
    ASSERT_THAT(said, SizeIs(1));
    EXPECT_EQ(said[0].path.parent_path(), cache / "users");
    EXPECT_THAT(said[0].why, HasSubstr("run two-node-ab12 may use anything in this cache"));
    const auto command = said[0].cure.substr(said[0].cure.find("rm "));
    EXPECT_EQ(status_of(command.substr(0, command.find(';'))), 0);
    EXPECT_THAT(survey().users, IsEmpty());
}

TEST_F(MissingUsers, BelowOnePlaceAreNamedTogetherWithOneCommandThatRemovesTheirFilesAndNoOthers) {
    make_folder(folder.path() / "here" / "runs" / "one-node-cd34" / "private");
    make_folder(folder.path() / "disk");
    add("one-node-cd34", std::chrono::hours{1}, folder.path() / "here");
    add("-rf", std::chrono::hours{1}, folder.path() / "gone");
    add("it's *", std::chrono::hours{10 * 24}, folder.path() / "other" / "gone");
    add("two-node-ab12", std::chrono::hours{1}, folder.path() / "disk" / "state");
    add("two-node-ab13", std::chrono::hours{1}, folder.path() / "disk" / "state");
    const auto said = left_alone_of(survey().missing);
    ASSERT_THAT(said, SizeIs(2)) << "another disk may not be mounted, and its runs are not gone with the others";
    EXPECT_EQ(said[0].path, cache / "users");
    const auto day = [&](std::chrono::hours ago) { return to_iso8601(clock.wall_now() - ago).substr(0, 10); };
    EXPECT_EQ(said[0].why, "2 runs may use anything in this cache, and their folders below " + folder.path().string() +
                               " are not there: -rf, it's * (last seen between " + day(std::chrono::hours{10 * 24}) +
                               " and " + day(std::chrono::hours{1}) + ")");
    const std::string before = "if all are gone for good: ";
    EXPECT_THAT(said[0].cure, AllOf(HasSubstr("if their disk is not mounted, mount it"),
                                    HasSubstr("each is forgotten 30 days after it was last seen"), HasSubstr(before)));
    EXPECT_THAT(said[1].why, HasSubstr("below " + (folder.path() / "disk").string() + " are not there: two-node-ab12"));
    EXPECT_EQ(status_of(said[0].cure.substr(said[0].cure.find(before) + before.size())), 0);
    EXPECT_THAT(survey().missing, SizeIs(2));
    EXPECT_THAT(survey().users, SizeIs(3));
}

TEST_F(MissingUsers, OfAnotherUserAreNamedWithItsNumberAndItsToRemove) {
    for (const auto* run : {"two-node-ab12", "two-node-cd34", "two-node-ef56"}) {
        add(run, std::chrono::hours{1}, folder.path() / "state");
    }
    auto missing = survey().missing;
    ASSERT_THAT(missing, SizeIs(3));
    missing[0].owner = ::geteuid() + 1;
    missing[1].owner = ::geteuid() + 1;
    const auto said = left_alone_of(missing);
    ASSERT_THAT(said, SizeIs(2));
    EXPECT_THAT(said[0].cure, HasSubstr("rm "));
    EXPECT_THAT(said[1].why, HasSubstr("2 runs of another user (uid " + std::to_string(::geteuid() + 1) + ") may use"));
    EXPECT_THAT(said[1].why, HasSubstr(missing[0].user.run + ", " + missing[1].user.run));
    EXPECT_THAT(said[1].cure, AllOf(Not(HasSubstr("rm ")), HasSubstr("each is forgotten 30 days")));
}

}  // namespace
}  // namespace crib::engine
