#include "harness/base/removal.h"

#include "harness/base/error.h"
#include "harness/base/mark.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/plain_rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace crib {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Removing : public testing::Test {
protected:
    void SetUp() override {
        make_folder(at("precious"));
        write_file(at("precious/file"), "x");
        make_folder(at("made/deep/deeper"));
        write_file(at("made/deep/deeper/file"), "x", 0444);
    }
    [[nodiscard]] fs::path at(const std::string& name) const { return folder_.path() / name; }
    [[nodiscard]] HeldFolder root() const { return HeldFolder::open(folder_.path()).value(); }
    [[nodiscard]] bool is_precious_whole() const { return fs::exists(at("precious/file")); }

    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
};

TEST_F(Removing, TakesAFolderWithAllThatIsInIt) {
    EXPECT_TRUE(remove_from(root(), "made").gone);
    EXPECT_FALSE(fs::exists(at("made")));
    EXPECT_TRUE(remove_from(root(), "made").gone) << "what is not there is gone";
}

TEST_F(Removing, TakesALinkAndNotWhatItNames) {
    fs::create_directory_symlink(at("precious"), at("link"));
    fs::create_directory_symlink(at("precious"), at("made/deep/link"));
    EXPECT_TRUE(remove_from(root(), "made").gone);
    EXPECT_TRUE(remove_from(root(), "link").gone);
    EXPECT_TRUE(remove_all_quietly(at("made")));
    EXPECT_TRUE(is_precious_whole());
}

TEST_F(Removing, OfWhatWasProvenLeavesWhatHasTakenItsPlace) {
    const auto proven = root().inside("made").value();
    fs::rename(at("made"), at("elsewhere"));
    fs::create_directory_symlink(at("precious"), at("made"));
    const auto of_link = remove_proven(root(), "made", proven, {});
    EXPECT_FALSE(of_link.gone);
    EXPECT_THAT(of_link.problem, HasSubstr("something else has taken its place"));
    EXPECT_TRUE(fs::is_symlink(at("made")));
    fs::remove(at("made"));
    fs::rename(at("precious"), at("made"));
    EXPECT_FALSE(remove_proven(root(), "made", proven, {}).gone);
    EXPECT_TRUE(fs::exists(at("made/file")));
    EXPECT_TRUE(fs::exists(at("elsewhere/deep/deeper/file")));
}

TEST_F(Removing, TakesAFolderForNeitherEmptyNorGoneWhenTooManyFilesAreOpen) {
    const auto held = root();
    const auto made = held.inside("made").value();
    const test::NoDescriptors none;
    EXPECT_THROW((void)HeldFolder::open(at("made")), Error);
    EXPECT_THROW((void)held.inside("made"), Error);
    EXPECT_THROW((void)made.names(), Error);
    EXPECT_FALSE(made.holds_only([](const std::string&) { return true; }));
    EXPECT_FALSE(remove_all_quietly(at("made")));
    const auto removal = remove_from(held, "made");
    EXPECT_FALSE(removal.gone);
    EXPECT_THAT(removal.problem, HasSubstr("Too many open files"));
    EXPECT_THAT(removal.cure, HasSubstr("ulimit -n"));
}

TEST_F(Removing, SaysOfAFolderThatItCannotBeListed) {
    const auto held = root();
    const auto made = held.inside("made").value();
    fs::remove_all(at("made"));
    EXPECT_THAT(made.names(), testing::IsEmpty()) << "it is gone";
    make_folder(at("closed"), 0300);
    const auto closed = held.inside("closed").value();
    const test::PlainRights rights;
    try {
        (void)closed.names();
        ADD_FAILURE() << "listed";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), HasSubstr("cannot list " + at("closed").string() + ": Permission denied"));
    }
}

TEST_F(Removing, GoesByNoNameThatLeadsElsewhere) {
    for (const auto* name : {"..", ".", "", "made/deep", "/"}) EXPECT_FALSE(remove_from(root(), name).gone) << name;
    EXPECT_TRUE(fs::exists(at("made/deep")));
}

TEST_F(Removing, OfAVeryDeepTreeNeedsFewDescriptors) {
    auto held = root().inside("made");
    for (int i = 0; i < 3000; ++i) {  // more than a process may usually open, and deeper than a path may be long
        ASSERT_EQ(::mkdirat(held->fd(), "d", 0755), 0);
        held = held->inside("d");
        ASSERT_TRUE(held);
    }
    EXPECT_TRUE(remove_from(root(), "made").gone);
}

TEST_F(Removing, TakesReadOnlyFoldersAndPipesAndSockets) {
    ASSERT_EQ(::mkfifo(at("made/deep/pipe").c_str(), 0600), 0);
    fs::permissions(at("made/deep"), static_cast<fs::perms>(0555));
    EXPECT_TRUE(remove_all_quietly(at("made")));
    EXPECT_FALSE(fs::exists(at("made")));
}

TEST_F(Removing, TakesNothingOfWhatItsFolderDoesNotGiveAway) {
    fs::permissions(folder_.path(), fs::perms{0500});
    {
        const test::PlainRights rights;
        const auto removal = remove_from(root(), "made");
        EXPECT_FALSE(removal.gone);
        EXPECT_EQ(removal.problem, at("made").string() + ": its folder may not be changed: Permission denied");
        EXPECT_TRUE(remove_from(root(), "nope").gone) << "it is not there";
    }
    fs::permissions(folder_.path(), fs::perms{0700});
    EXPECT_TRUE(fs::exists(at("made/deep/deeper/file")));
}

class Marks : public Removing {};

TEST_F(Marks, ShowWhatCribMade) {
    write_mark(at("made"), {"run", "made"});
    const auto claim = look_at_claim(root(), "made");
    ASSERT_TRUE(claim.folder);
    EXPECT_EQ(claim.mark, (Mark{"run", "made"}));
    EXPECT_THAT(read_file(at("made/.crib")), HasSubstr("made by crib"));
}

TEST_F(Marks, AreNotThereWhenTheyAreLinksPipesOrSomethingElse) {
    EXPECT_FALSE(look_at_claim(root(), "made").mark);
    write_mark(at("precious"), {"run", "made"});
    fs::create_symlink(at("precious/.crib"), at("made/.crib"));
    EXPECT_FALSE(look_at_claim(root(), "made").mark) << "a link";
    fs::remove(at("made/.crib"));
    ASSERT_EQ(::mkfifo(at("made/.crib").c_str(), 0600), 0);
    EXPECT_FALSE(look_at_claim(root(), "made").mark) << "a pipe, for which nobody waits";
    fs::remove(at("made/.crib"));
    write_file(at("made/.crib"), "run: made\n");
    EXPECT_FALSE(look_at_claim(root(), "made").mark) << "some other file of that name";
}

TEST_F(Marks, DoNotCountBehindALinkOrForAnotherUser) {
    write_mark(at("made"), {"run", "made"});
    fs::create_directory_symlink(at("made"), at("linked"));
    const auto linked = look_at_claim(root(), "linked");
    EXPECT_FALSE(linked.folder);
    EXPECT_EQ(linked.why_not, "it is a link");
    const auto theirs = look_at_claim(root(), "made", ::geteuid() + 1);
    EXPECT_FALSE(theirs.folder);
    EXPECT_THAT(theirs.why_not, HasSubstr("belongs to another user"));
    EXPECT_TRUE(theirs.foreign);
    EXPECT_FALSE(linked.foreign);
}

}  // namespace
}  // namespace crib
