#include "harness/base/absence.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/held_folder.h"
#include "harness/base/mark.h"
#include "harness/base/owned_folder.h"
#include "tests/support/plain_rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>

namespace crib {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Absence : public ::testing::Test {
protected:
    // As that onto a disk which is not mounted.
    void SetUp() override { fs::create_symlink(target, link); }

    // Whoever does this is told of the link and its target.
    void expect_told(const std::function<void()>& what) const {
        try {
            what();
            ADD_FAILURE();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::environment);
            EXPECT_THAT(error.what(),
                        AllOf(HasSubstr(link.string()), HasSubstr("is a link to " + target.string() + ", which")));
            EXPECT_THAT(error.hint(), HasSubstr("remove the link"));
        }
    }

    // Of a run that was last seen an hour ago, or that long.
    [[nodiscard]] Presence presence(std::chrono::hours ago = std::chrono::hours{1}) const {
        return presence_of(link / "two-node-ab12" / "private", seen, seen + ago);
    }

    TempFolder folder{fs::temp_directory_path(), "crib-absence"};
    WallTime seen = std::chrono::system_clock::now();
    fs::path link = folder.path() / "runs";
    fs::path target = folder.path() / "disk" / "runs";
};

TEST_F(Absence, BehindALinkIsTold) {
    for (const auto& path : {link, link / "two-node-ab12", link / "two-node-ab12" / "private"}) {
        const auto found = find_dangling_link(path);
        ASSERT_TRUE(found) << path;
        EXPECT_EQ(found->link, link);
        EXPECT_EQ(found->target, target);
    }
}

TEST_F(Absence, WithoutALinkIsNone) {
    EXPECT_FALSE(find_dangling_link(folder.path() / "nothing" / "there"));
    EXPECT_FALSE(find_dangling_link(folder.path()));
    EXPECT_FALSE(find_dangling_link("nothing/there"));
    make_folder(target);
    EXPECT_FALSE(find_dangling_link(link)) << "it leads somewhere now";
    EXPECT_FALSE(find_dangling_link(link / "two-node-ab12")) << "which is not in it";
}

// Once it counted as an empty folder, and what its runs stood on was removed.
TEST_F(Absence, OfAFolderBehindALinkIsNotThatOfAllThatIsInIt) {
    expect_told([&] { require_listable(link); });
    expect_told([&] { require_listable(link / "below"); });
    EXPECT_NO_THROW(require_listable(folder.path() / "nothing"));
    make_folder(target);
    EXPECT_NO_THROW(require_listable(link));
}

// "File exists", without a word of the link.
TEST_F(Absence, OfAFolderBehindALinkIsToldToWhoMakesOneThere) {
    expect_told([&] { make_folder(link); });
    expect_told([&] { make_folder(link / "below"); });
    expect_told([&] { (void)make_owned_folder(link, "two-node", "run"); });
}

TEST_F(Absence, OfBeginningsBehindALinkIsNotSaid) {
    const auto swept = sweep_unfinished_folders(link, Sweep::remove);
    EXPECT_THAT(swept.dead, IsEmpty());
    ASSERT_THAT(swept.left_alone, SizeIs(1));
    EXPECT_THAT(swept.left_alone[0].why, AllOf(HasSubstr("is a link to"), HasSubstr("which is not there")));
    EXPECT_THAT(sweep_unfinished_folders(folder.path() / "nothing", Sweep::remove).left_alone, IsEmpty());
}

TEST_F(Absence, OfARunIsProvenWhereItsFolderIsThere) {
    EXPECT_EQ(presence(), Presence::hidden);
    make_folder(target / "two-node-ab12");
    EXPECT_EQ(presence(), Presence::gone);
    make_folder(target / "two-node-ab12" / "private");
    EXPECT_EQ(presence(), Presence::there);
    fs::remove_all(target / "two-node-ab12");
    fs::create_symlink("/nowhere/two-node-ab12", target / "two-node-ab12");
    EXPECT_EQ(presence(), Presence::hidden);
}

// What was lost: the folder of all runs is where a disk is mounted, just not now.
TEST_F(Absence, OfARunIsNotProvenByAnEmptyFolderOfRuns) {
    make_folder(target);
    EXPECT_EQ(presence(), Presence::missing);
    fs::remove(target);
    fs::remove(link);
    EXPECT_EQ(presence(), Presence::missing);
}

TEST_F(Absence, OfARunIsProvenByWhatWasBesideItBefore) {
    make_folder(target / "one-node-cd34");
    set_changed_at(target / "one-node-cd34", seen + std::chrono::seconds{1});
    EXPECT_EQ(presence(), Presence::missing) << "it came while the disk was not mounted";
    write_mark(target / "one-node-cd34", {"run", "one-node-cd34"});
    set_changed_at(target / "one-node-cd34" / kMarkFile, seen - std::chrono::seconds{1});
    set_changed_at(target / "one-node-cd34", seen + std::chrono::seconds{1});
    EXPECT_EQ(presence(), Presence::gone) << "it was there before";
}

TEST_F(Absence, OfARunThatIsMissingCountsInTheEnd) {
    make_folder(target);
    EXPECT_EQ(presence(std::chrono::hours{29 * 24}), Presence::missing);
    EXPECT_EQ(presence(std::chrono::hours{31 * 24}), Presence::gone);
    fs::remove(target);
    EXPECT_EQ(presence(std::chrono::hours{31 * 24}), Presence::hidden) << "the link says that there is something";
}

TEST_F(Absence, OfARunThatMayNotBeLookedForIsNotProven) {
    make_folder(target);
    ::chmod(target.parent_path().c_str(), 0000);
    const auto found = [&] {
        const test::PlainRights rights;
        return presence(std::chrono::hours{31 * 24});
    }();
    ::chmod(target.parent_path().c_str(), 0700);
    EXPECT_EQ(found, Presence::hidden);
}

}  // namespace
}  // namespace crib
