#include "harness/base/unused.h"

#include "harness/base/file.h"
#include "harness/base/lock.h"
#include "harness/base/sha256.h"
#include "tests/support/plain_rights.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>

namespace crib {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using Days = std::chrono::duration<int, std::ratio<86400>>;

class Unused : public testing::Test {
protected:
    fs::path at(const std::string& name) const { return folder_.path() / name; }

    void set_age(const fs::path& path, int days) const {
        const std::array<timespec, 2> times{timespec{now_ - days * 86400L, 0}, timespec{now_ - days * 86400L, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW), 0);
    }
    // An entry that is a folder with a read-only file, and its lock.
    void entry(const std::string& name, int days, bool marked = true) const {
        make_folder(at(name) / "images");
        if (marked) mark_as_cached(at(name), name);
        write_file(at(name) / "images" / "layer", std::string(10'000, 'x'), 0444);
        write_file(at(name + ".lock"), "4711\n");
        for (const auto& path : {at(name), at(name + ".lock")}) set_age(path, days);
    }
    std::vector<std::string> sweep(const std::set<fs::path>& keep = {}, Sweep how = Sweep::remove) {
        std::vector<std::string> names;
        const auto since = std::chrono::system_clock::from_time_t(now_) - Days{14};
        auto found = remove_unused(folder_.path(), {since, keep, true}, how);
        for (const auto& one : found.removed) names.push_back(one.name);
        left_alone_ = std::move(found.left_alone);
        return names;
    }
    std::set<std::string> left() const {
        std::set<std::string> names;
        for (const auto& one : fs::directory_iterator(folder_.path())) names.insert(one.path().filename());
        return names;
    }

    std::vector<LeftAlone> left_alone_;
    TempFolder folder_{fs::temp_directory_path()};
    std::time_t now_ = std::time(nullptr);
    const std::string old_ = "cri-o-1.36.3-0000000000000001";
    const std::string new_ = "cri-o-1.36.3-0000000000000002";
};

TEST_F(Unused, EntriesThatCannotBeRemovedAreNotSaidToBeGone) {
    entry(old_, 20);
    entry(new_, 20);
    mark_used(at(new_ + ".lock"));
    fs::permissions(folder_.path(), fs::perms{0500});
    {
        const test::PlainRights rights;
        EXPECT_THAT(sweep({}, Sweep::only_look), IsEmpty());
        EXPECT_THAT(sweep(), IsEmpty());
    }
    fs::permissions(folder_.path(), fs::perms{0700});
    ASSERT_EQ(left_alone_.size(), 1U);
    EXPECT_EQ(left_alone_[0].path, at(old_));
    EXPECT_EQ(left_alone_[0].why, "it cannot be removed: its folder may not be changed: Permission denied");
    EXPECT_TRUE(left().contains(old_ + ".lock"));
}

TEST_F(Unused, EntriesGoWhenANewerOneOfTheirNameIsThere) {
    entry(old_, 30);
    entry(new_, 20);
    EXPECT_THAT(sweep(), UnorderedElementsAre(old_));
    EXPECT_THAT(left(), UnorderedElementsAre(new_, new_ + ".lock"));
    EXPECT_THAT(sweep(), IsEmpty());
}

TEST_F(Unused, EntriesStayThatWereUsedOfLate) {
    entry(old_, 13);
    entry(new_, 0);
    EXPECT_THAT(sweep(), IsEmpty());
}

TEST_F(Unused, BeingUsedCountsNotBeingMade) {
    entry(old_, 30);
    entry(new_, 20);
    mark_used(at(old_ + ".lock"));
    EXPECT_THAT(sweep(), UnorderedElementsAre(new_));
    mark_used(at("another.lock"));
    EXPECT_TRUE(fs::exists(at("another.lock")));
    mark_used("/nonexistent/folder/x.lock");
}

TEST_F(Unused, OtherVersionsAreOtherNames) {
    entry(old_, 30);
    entry("cri-o-1.35.6-0000000000000003", 30);
    entry("swap-1024MiB", 30);
    EXPECT_THAT(sweep(), IsEmpty());
}

TEST_F(Unused, EntriesStayThatSomebodyMakesOrStandsOn) {
    entry(old_, 30);
    entry("debian-13-0000000000000001", 30);
    entry("debian-13-0000000000000002", 20);
    entry(new_, 20);
    const auto lock = FileLock::try_take(at(old_ + ".lock"));
    set_age(at(old_ + ".lock"), 30);
    EXPECT_THAT(sweep({at("debian-13-0000000000000001") / "root.qcow2"}), IsEmpty());
}

TEST_F(Unused, AllFilesOfAnEntryGoWithIt) {
    for (const auto* key : {"0000000000000001", "0000000000000002"}) {
        const auto days = key[15] == '1' ? 30 : 20;
        for (const auto* end : {".tar", ".tar.txt", ".tar.sha256", ".tar.lock"}) {
            write_file(at(std::string(key) + end), "x");
            set_age(at(std::string(key) + end), days);
        }
    }
    EXPECT_THAT(sweep(), UnorderedElementsAre("0000000000000001.tar", "0000000000000002.tar"))
        << "keys alone have no newest";
    EXPECT_THAT(left(), IsEmpty());
}

TEST_F(Unused, WhatHasNoLockIsNobodysEntry) {
    write_file(at("README"), "mine");
    make_folder(at("logs"));
    for (const auto* name : {"README", "logs"}) set_age(at(name), 100);
    EXPECT_THAT(sweep(), IsEmpty());
    EXPECT_THAT(left(), UnorderedElementsAre("README", "logs"));
}

TEST_F(Unused, WhatAKilledSweepLeftIsRemovedByTheNext) {
    entry(old_, 30);
    entry(new_, 20);
    fs::rename(at(old_), at(old_ + ".unused"));
    set_age(at(old_ + ".unused"), 30);
    EXPECT_THAT(sweep(), UnorderedElementsAre(old_));
    EXPECT_THAT(left(), UnorderedElementsAre(new_, new_ + ".lock"));
}

TEST_F(Unused, ALookTellsTheSameAndChangesNothing) {
    entry(old_, 30);
    entry(new_, 20);
    EXPECT_THAT(sweep({}, Sweep::only_look), UnorderedElementsAre(old_));
    EXPECT_THAT(left(), UnorderedElementsAre(old_, old_ + ".lock", new_, new_ + ".lock"));
    EXPECT_EQ(read_file(at(old_ + ".lock")), "4711\n");
}

TEST_F(Unused, AFolderThatCribDidNotMakeStaysAndIsNamed) {
    entry(old_, 30, false);
    entry(new_, 20);
    EXPECT_THAT(sweep(), IsEmpty());
    ASSERT_EQ(left_alone_.size(), 1U);
    EXPECT_EQ(left_alone_[0].path, at(old_));
    EXPECT_TRUE(fs::exists(at(old_) / "images" / "layer"));
}

TEST_F(Unused, ALinkInAnEntrysPlaceStaysWithWhatItNames) {
    make_folder(at("precious"));
    write_file(at("precious") / "file", "x");
    entry(new_, 20);
    fs::create_directory_symlink(at("precious"), at(old_));
    write_file(at(old_ + ".lock"), "4711\n");
    for (const auto& path : {at(old_), at(old_ + ".lock")}) set_age(path, 30);
    EXPECT_THAT(sweep(), IsEmpty());
    EXPECT_TRUE(fs::is_symlink(at(old_)));
    EXPECT_TRUE(fs::exists(at("precious") / "file"));
}

TEST_F(Unused, WhatAnOlderCribMadeIsKnownByItsKey) {
    const std::string text = "format 1\nimage debian-13\n";
    const auto made = "debian-13-" + sha256_hex(text).substr(0, 16);
    entry(made, 30, false);
    write_file(at(made) / "key.txt", text);
    set_age(at(made), 30);
    entry("debian-13-0000000000000002", 20);
    EXPECT_THAT(sweep(), UnorderedElementsAre(made));
}

TEST_F(Unused, AFolderThatIsNotThereHasNone) {
    EXPECT_THAT(remove_unused(at("missing"), {{}, {}, true}, Sweep::remove).removed, IsEmpty());
}

}  // namespace
}  // namespace crib
