#include "harness/engine/cache_users.h"

#include "harness/base/error.h"
#include "tests/unit/engine/stored_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <iterator>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class UsersOfACache : public StoredRuns {
protected:
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(cache / "users"), {}));
    }

    fs::path cache = folder.path() / "cache";
    CacheUsers users{cache};
    RunStore others{Folders{cache, folder.path() / "other state", folder.path()}};
};

TEST_F(UsersOfACache, AreTheRunsOfAllStateFolders) {
    const auto mine = make("passed", true);
    const auto other = others.create("two-node", clock).info;
    const auto found = users.survey(Sweep::remove, clock.wall_now()).users;
    ASSERT_THAT(found, SizeIs(2));
    const auto& theirs = found[0].run == mine ? found[1] : found[0];
    EXPECT_EQ(theirs.run, other.id);
    EXPECT_EQ(theirs.while_exists, others.folder(other.id).secret());
    EXPECT_EQ(theirs.began, std::chrono::floor<std::chrono::seconds>(other.began));
}

TEST_F(UsersOfACache, AreForgottenWhenTheirPrivateFolderIsGone) {
    const auto id = make("passed", true);
    const auto secret = runs.folder(id).secret();
    EXPECT_THAT(users.survey(Sweep::only_look, clock.wall_now(), {secret}).users, IsEmpty())
        << "it would be gone by now";
    EXPECT_THAT(users.survey(Sweep::remove, clock.wall_now()).users, SizeIs(1));
    ASSERT_TRUE(runs.remove_private(id).gone);
    EXPECT_THAT(users.survey(Sweep::only_look, clock.wall_now()).users, IsEmpty());
    EXPECT_EQ(files(), 1U) << "a look removes nothing";
    EXPECT_THAT(users.survey(Sweep::remove, clock.wall_now()).users, IsEmpty());
    EXPECT_EQ(files(), 0U);
}

TEST_F(UsersOfACache, AreNeverMany) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(runs.remove_private(make("passed", false)).gone);
    EXPECT_EQ(files(), 1U);
}

// Its name was taken for that of a file which is being written.
TEST_F(UsersOfACache, MayHaveNamesThatLookLikeThoseOfPartialFiles) {
    (void)runs.create("two.partial-abcdef", clock);
    EXPECT_THAT(users.survey(Sweep::remove, clock.wall_now()).users, SizeIs(1));
    write_file(cache / "users" / "two-node-ab12-0000000000000000.partial-ab12cd", "half of");
    const auto survey = users.survey(Sweep::remove, clock.wall_now());
    EXPECT_THAT(survey.users, SizeIs(1));
    EXPECT_THAT(survey.in_doubt, IsEmpty());
}

TEST_F(UsersOfACache, AreNotForgottenWhereTheyCannotBeSeenNow) {
    (void)make("passed", true);
    fs::rename(folder.path() / "state", folder.path() / "disk");
    EXPECT_THAT(users.survey(Sweep::remove, clock.wall_now()).users, SizeIs(1)) << "its disk is not mounted";
    make_folder(folder.path() / "state");
    fs::create_symlink("/nowhere/runs", folder.path() / "state" / "runs");
    EXPECT_THAT(users.survey(Sweep::remove, clock.wall_now()).users, SizeIs(1)) << "its runs are behind a link";
    EXPECT_EQ(files(), 1U);
}

// What was lost: a disk that is not mounted leaves an empty folder, and what is run then leaves one that is not empty.
TEST_F(UsersOfACache, AreNotForgottenWhereTheFolderOfRunsIsAnotherOneNow) {
    const SystemClock real;  // as the files' times are
    const auto id = runs.create("two-node", real).info.id;
    set_changed_at(fs::directory_iterator(cache / "users")->path(), real.wall_now() - std::chrono::hours{1});
    fs::rename(folder.path() / "state" / "runs", folder.path() / "disk");
    make_folder(folder.path() / "state" / "runs");
    const auto survey = users.survey(Sweep::remove, real.wall_now());
    EXPECT_THAT(survey.users, SizeIs(1));
    ASSERT_THAT(survey.missing, SizeIs(1));
    EXPECT_EQ(survey.missing[0].user.run, id);
    (void)runs.create("two-node", real);
    EXPECT_THAT(users.survey(Sweep::remove, real.wall_now()).users, SizeIs(2));
}

TEST_F(UsersOfACache, AreForgottenSomeTimeAfterTheyWereLastSeen) {
    const auto id = make("passed", true);
    clock.advance(std::chrono::hours{40 * 24});
    EXPECT_THAT(users.survey(Sweep::remove, clock.wall_now()).users, SizeIs(1)) << "it is seen now";
    fs::remove_all(folder.path() / "state");
    clock.advance(std::chrono::hours{29 * 24});
    EXPECT_THAT(users.survey(Sweep::remove, clock.wall_now()).users, SizeIs(1));
    clock.advance(std::chrono::hours{2 * 24});
    EXPECT_THAT(users.survey(Sweep::only_look, clock.wall_now()).users, IsEmpty());
    EXPECT_EQ(files(), 1U) << "a look removes nothing";
    EXPECT_THAT(users.survey(Sweep::remove, clock.wall_now()).users, IsEmpty());
    EXPECT_EQ(files(), 0U);
}

TEST_F(UsersOfACache, AreForgottenAtOnceWhenCribRemovesThem) {
    ASSERT_TRUE(runs.remove(make("", false)).gone);
    EXPECT_EQ(files(), 0U);
}

TEST_F(UsersOfACache, ThatCannotBeReadAreNamedAndStay) {
    const auto id = make("passed", true);
    const auto file = fs::directory_iterator(cache / "users")->path();
    const auto whole = read_file(file);
    for (const auto& text : {std::string(), whole.substr(0, whole.size() - 1), whole.substr(4), whole + "x\n",
                             std::string("run x\nbegan 1\nwhile /\n"), std::string(1U << 20U, 'x')}) {
        write_file(file, text);
        const auto survey = users.survey(Sweep::remove, clock.wall_now());
        EXPECT_THAT(survey.users, IsEmpty()) << text.substr(0, 99);
        ASSERT_THAT(survey.in_doubt, SizeIs(1)) << text.substr(0, 99);
        EXPECT_EQ(survey.in_doubt[0].path, file);
        EXPECT_THAT(survey.in_doubt[0].cure, HasSubstr("rm "));
        EXPECT_TRUE(fs::exists(file));
    }
}

// No other user's gc ever freed anything, whether the run had ended or not.
TEST_F(UsersOfACache, MayBeReadByOtherUsersToo) {
    (void)make("passed", true);
    const auto file = fs::directory_iterator(cache / "users")->path();
    EXPECT_EQ(fs::status(file).permissions(), fs::perms{0644});
}

TEST_F(UsersOfACache, ThatAreAnotherUsersAreNotThisOnesToRemove) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
    (void)make("passed", true);
    const auto file = fs::directory_iterator(cache / "users")->path();
    write_file(file, "x");
    ASSERT_EQ(::chown(file.c_str(), 65534, 65534), 0);
    const auto survey = users.survey(Sweep::remove, clock.wall_now());
    ASSERT_THAT(survey.in_doubt, SizeIs(1));
    EXPECT_THAT(survey.in_doubt[0].why, HasSubstr("of a run of another user (uid 65534)"));
    EXPECT_THAT(survey.in_doubt[0].cure, Not(HasSubstr("rm ")));
}

TEST_F(UsersOfACache, AreNoneInANewOneAndUnknownInOneBehindALink) {
    EXPECT_THAT(users.survey(Sweep::remove, clock.wall_now()).users, IsEmpty());
    make_folder(cache);
    fs::create_symlink("/nowhere/users", cache / "users");
    EXPECT_THROW((void)users.survey(Sweep::remove, clock.wall_now()), Error);
    EXPECT_THROW((void)runs.create("two-node", clock), Error);
    EXPECT_THAT(runs.list(), IsEmpty()) << "nothing is left of a run that could not say so";
}

}  // namespace
}  // namespace crib::engine
