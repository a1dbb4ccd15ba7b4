#include "harness/engine/missing_users.h"

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST_F(MissingUsers, AreNamedTogetherWithOneCommandThatRemovesTheirFilesAndNoOthers) {
    make_folder(folder.path() / "here" / "runs" / "one-node-cd34" / "private");
    make_folder(folder.path() / "disk");
    add("one-node-cd34", std::chrono::hours{1}, folder.path() / "here");
    add("-rf", std::chrono::hours{1}, folder.path() / "gone");
    add("it's *", std::chrono::hours{1}, folder.path() / "other" / "gone");
    add("two-node-ab12", std::chrono::hours{10 * 24}, folder.path() / "disk" / "state");
    const auto said = left_alone_of(survey().missing);
    ASSERT_THAT(said, SizeIs(1));
    EXPECT_EQ(said[0].path, cache / "users");
    const auto day = [&](std::chrono::hours ago) { return to_iso8601(clock.wall_now() - ago).substr(0, 10); };
    EXPECT_EQ(said[0].why, "3 runs may use anything in this cache, and their folders are not there (2 below " +
                               folder.path().string() + ", 1 below " + (folder.path() / "disk").string() +
                               "; last seen between " + day(std::chrono::hours{10 * 24}) + " and " +
                               day(std::chrono::hours{1}) + ")");
    const std::string before = "if all are gone for good: ";
    EXPECT_THAT(said[0].cure, AllOf(HasSubstr("if their disk is not mounted, mount it"),
                                    HasSubstr("each is forgotten 30 days after it was last seen"), HasSubstr(before)));
    EXPECT_EQ(status_of(said[0].cure.substr(said[0].cure.find(before) + before.size())), 0);
    EXPECT_THAT(survey().missing, IsEmpty());
    ASSERT_THAT(survey().users, SizeIs(1));
    EXPECT_EQ(survey().users[0].run, "one-node-cd34");
}

TEST_F(MissingUsers, OfOtherUsersAreTheirsToRemove) {
    add("two-node-ab12", std::chrono::hours{1}, folder.path() / "state");
    add("two-node-cd34", std::chrono::hours{1}, folder.path() / "state");
    add("two-node-ef56", std::chrono::hours{1}, folder.path() / "state");
    auto missing = survey().missing;
    ASSERT_THAT(missing, SizeIs(3));
    missing[0].is_ours = false;
    missing[1].is_ours = false;
    const auto said = left_alone_of(missing);
    ASSERT_THAT(said, SizeIs(2));
    EXPECT_THAT(said[0].cure, HasSubstr("rm "));
    EXPECT_THAT(said[1].why, HasSubstr("2 runs of other users may use anything"));
    EXPECT_THAT(said[1].cure, AllOf(Not(HasSubstr("rm ")), HasSubstr("each is forgotten 30 days")));
}

}  // namespace
}  // namespace crib::engine
