#include "harness/base/owned_folder.h"

#include "harness/base/error.h"
#include "tests/support/plain_rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>

namespace crib {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class OwnedFolders : public testing::Test {
protected:
    [[nodiscard]] fs::path at(const std::string& name) const { return folder_.path() / name; }
    [[nodiscard]] std::vector<std::string> names() const { return HeldFolder::open(folder_.path())->names(); }

    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
};

TEST_F(OwnedFolders, AppearWithTheirMarkTheirLockAndTheirContent) {
    const auto made = make_owned_folder(folder_.path(), "two-node", "run", [&](const fs::path& path, const auto& id) {
        EXPECT_FALSE(fs::exists(at(id))) << "not yet";
        write_file(path / "run.json", id);
    });
    EXPECT_THAT(names(), ElementsAre(made.id));
    EXPECT_EQ(read_file(made.path / "run.json"), made.id);
    EXPECT_EQ(look_at_claim(*HeldFolder::open(folder_.path()), made.id).mark, (Mark{"run", made.id}));
    EXPECT_TRUE(FileLock::held(owner_lock_in(made.path)));
}

TEST_F(OwnedFolders, ThatCannotBeFilledLeaveNothing) {
    EXPECT_THROW((void)make_owned_folder(folder_.path(), "x", "run",
                                         [](const fs::path&, const auto&) { throw Error(ErrorKind::usage, "no"); }),
                 Error);
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(OwnedFolders, LeaveNothingWhateverEndsTheirMaking) {
    EXPECT_THROW((void)make_owned_folder(folder_.path(), "x", "run",
                                         [](const fs::path&, const auto&) { throw std::bad_alloc(); }),
                 std::bad_alloc);
    EXPECT_THAT(names(), IsEmpty());
}

// Nobody sees that nothing is in it but what crib puts there first.
TEST_F(OwnedFolders, ThatCannotBeListedAreNotTakenForEmptyOnes) {
    make_folder(at(".making-mine"));
    write_file(at(".making-mine/thesis.txt"), "x");
    fs::permissions(at(".making-mine"), fs::perms(0300));
    make_folder(at(".making-a-0001"));
    {
        const test::PlainRights rights;
        const auto swept = sweep_unfinished_folders(folder_.path(), Sweep::remove);
        ASSERT_THAT(swept.left_alone, SizeIs(1));
        EXPECT_EQ(swept.left_alone[0].path, at(".making-mine"));
        EXPECT_FALSE(remove_marked_folder(at(".making-mine"), {"run", "mine"}));
    }
    EXPECT_TRUE(fs::exists(at(".making-mine/thesis.txt")));
    EXPECT_FALSE(fs::exists(at(".making-a-0001")));
}

TEST_F(OwnedFolders, ThatCannotBeRemovedDoNotKeepTheOthersFromIt) {
    make_folder(at(".making-a-0001"), 0500);
    make_folder(at(".making-a-0002"));
    const test::PlainRights rights;
    const auto swept = sweep_unfinished_folders(folder_.path(), Sweep::remove);
    ASSERT_THAT(swept.dead, SizeIs(2));
    EXPECT_THAT(swept.dead[0].problem, testing::HasSubstr("Permission denied"));
    EXPECT_EQ(swept.dead[1].problem, "");
    EXPECT_FALSE(fs::exists(at(".making-a-0002")));
}

TEST_F(OwnedFolders, AreNotLookedForWhereNobodyMayList) {
    fs::permissions(folder_.path(), fs::perms(0300));
    {
        const test::PlainRights rights;
        const auto swept = sweep_temporary_folders(folder_.path(), Sweep::remove);
        ASSERT_THAT(swept.left_alone, SizeIs(1));
        EXPECT_THAT(swept.left_alone[0].why, testing::HasSubstr("cannot list"));
    }
    fs::permissions(folder_.path(), fs::perms(0700));
}

TEST_F(OwnedFolders, OfAKilledCribAreKnownInEachStateOfTheirMaking) {
    make_folder(at(".making-a-0001"));
    make_folder(at(".making-a-0002"));
    write_file(at(".making-a-0002/owner.lock"), "4711\n");
    make_folder(at(".making-a-0003"));
    write_mark(at(".making-a-0003"), {"run", "a-0003"});
    write_file(at(".making-a-0003/run.json"), "{}");
    write_file(at(".making-a-0003/owner.lock"), "4711\n");
    make_folder(at(".making-mine"));
    write_file(at(".making-mine/thesis.txt"), "x");
    const auto looked = sweep_unfinished_folders(folder_.path(), Sweep::only_look);
    EXPECT_THAT(looked.dead, SizeIs(3));
    EXPECT_THAT(names(), SizeIs(4));
    EXPECT_FALSE(fs::exists(at(".making-a-0001/owner.lock"))) << "a look makes no locks";
    const auto swept = sweep_unfinished_folders(folder_.path(), Sweep::remove);
    EXPECT_THAT(swept.dead, SizeIs(3));
    ASSERT_THAT(swept.left_alone, SizeIs(1));
    EXPECT_EQ(swept.left_alone[0].path, at(".making-mine"));
    EXPECT_THAT(names(), ElementsAre(".making-mine"));
}

TEST_F(OwnedFolders, ThatAreBeingMadeStay) {
    const auto made = make_owned_folder(folder_.path(), "a", "run", [&](const fs::path&, const auto&) {
        EXPECT_THAT(sweep_unfinished_folders(folder_.path(), Sweep::remove).dead, IsEmpty());
    });
    EXPECT_TRUE(fs::exists(made.path));
}

TEST_F(OwnedFolders, ThatAreFinishedAreNoBusinessOfWhoLooksForUnfinishedOnes) {
    { const auto made = make_owned_folder(folder_.path(), "a", "run"); }
    EXPECT_THAT(sweep_unfinished_folders(folder_.path(), Sweep::remove).dead, IsEmpty());
    EXPECT_THAT(sweep_temporary_folders(folder_.path(), Sweep::remove).dead, IsEmpty());
    EXPECT_THAT(names(), SizeIs(1));
}

TEST_F(OwnedFolders, ThatAreTemporaryGoWithTheirOwnerOrAfterHim) {
    const fs::path left = at("left");
    {
        const OwnedTempFolder temporary(folder_.path(), "crib-copies");
        write_file(temporary.path() / "worker.memory", "x");
        EXPECT_THAT(sweep_temporary_folders(folder_.path(), Sweep::remove).dead, IsEmpty()) << "its owner lives";
        fs::copy(temporary.path(), left, fs::copy_options::recursive);
    }
    EXPECT_THAT(names(), ElementsAre("left"));
    EXPECT_THAT(sweep_temporary_folders(folder_.path(), Sweep::remove).dead, IsEmpty()) << "a copy is not proven";
    const std::string dead = "crib-copies-0001";
    make_folder(at(dead));
    write_mark(at(dead), {kTemporary, dead});
    make_folder(at("crib-copies-mine"));
    fs::create_directory_symlink(at(dead), at("crib-copies-link"));
    EXPECT_THAT(sweep_temporary_folders(folder_.path(), Sweep::only_look).dead, SizeIs(1));
    EXPECT_TRUE(fs::exists(at(dead)));
    EXPECT_THAT(sweep_temporary_folders(folder_.path(), Sweep::remove).dead, SizeIs(1));
    EXPECT_THAT(names(), ElementsAre("crib-copies-link", "crib-copies-mine", "left"));
}

// find ~ -name '*.lock' -delete: who has it locked goes on, and nobody sees it.
TEST_F(OwnedFolders, WithoutTheirLockMayHaveAnOwner) {
    const OwnedTempFolder temporary(folder_.path(), "crib-build");
    const auto making = make_owned_folder(folder_.path(), "a", "run", [&](const fs::path& path, const auto&) {
        write_file(path / "run.json", "{}");
        fs::remove(owner_lock_in(path));
        const auto swept = sweep_unfinished_folders(folder_.path(), Sweep::remove);
        EXPECT_THAT(swept.dead, IsEmpty());
        ASSERT_THAT(swept.left_alone, SizeIs(1));
        EXPECT_EQ(swept.left_alone[0].path, path);
    });
    write_file(temporary.path() / "go-build", "x");
    fs::remove(owner_lock_in(temporary.path()));
    const auto swept = sweep_temporary_folders(folder_.path(), Sweep::remove);
    EXPECT_THAT(swept.dead, IsEmpty());
    ASSERT_THAT(swept.left_alone, SizeIs(1));
    EXPECT_THAT(swept.left_alone[0].why, testing::HasSubstr("a crib may still be at work on it"));
    EXPECT_TRUE(fs::exists(temporary.path() / "go-build"));
}

TEST_F(OwnedFolders, OfOneRunAreNotTakenForAnotherOnes) {
    const Mark mine{"memory", "one"};
    ASSERT_TRUE(make_marked_folder(at("crib-x"), mine));
    write_file(at("crib-x/worker.memory"), "x");
    EXPECT_FALSE(make_marked_folder(at("crib-x"), {"memory", "two"}));
    EXPECT_FALSE(remove_marked_folder(at("crib-x"), {"memory", "two"}));
    EXPECT_TRUE(fs::exists(at("crib-x/worker.memory")));
    EXPECT_TRUE(make_marked_folder(at("crib-x"), mine)) << "made anew";
    EXPECT_FALSE(fs::exists(at("crib-x/worker.memory")));
    EXPECT_TRUE(remove_marked_folder(at("crib-x"), mine));
    fs::create_directory_symlink(folder_.path(), at("crib-x"));
    EXPECT_FALSE(make_marked_folder(at("crib-x"), mine)) << "somebody's link";
    EXPECT_FALSE(fs::exists(at(".crib")));
}

TEST_F(OwnedFolders, LocksAreNotWrittenThroughLinks) {
    write_file(at("precious"), "thesis");
    fs::create_symlink(at("precious"), at("owner.lock"));
    EXPECT_THROW((void)FileLock::try_take(at("owner.lock")), Error);
    EXPECT_FALSE(FileLock::held(at("owner.lock")));
    EXPECT_EQ(read_file(at("precious")), "thesis");
}

}  // namespace
}  // namespace crib
