#include "harness/base/partial_files.h"

#include "harness/base/file.h"
#include "tests/support/plain_rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

namespace crib {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PartialFiles : public testing::Test {
protected:
    fs::path put(const std::string& name, std::chrono::hours age = std::chrono::hours{25}) const {
        const auto path = folder.path() / name;
        write_file(path, "half of");
        fs::last_write_time(path, fs::file_time_type::clock::now() - age);
        return path;
    }
    // A folder of a run, of a matrix or of nobody.
    void make(const std::string& name, const std::string& kind) const {
        make_folder(folder.path() / name);
        if (!kind.empty()) write_mark(folder.path() / name, {kind, name});
    }
    DeadFolders sweep(Sweep how = Sweep::remove) const {
        const auto is_target = [](const std::string& name) { return name == "run.json"; };
        return sweep_partial_files(folder.path(), is_target, std::chrono::system_clock::now(), how);
    }

    TempFolder folder{fs::temp_directory_path(), "crib-partial"};
};

TEST_F(PartialFiles, AreToldByTheirName) {
    EXPECT_EQ(target_of_partial("run.json.partial-ab12cd"), "run.json");
    EXPECT_EQ(target_of_partial("x.partial-abcdef-ab12.partial-ab12cd"), "x.partial-abcdef-ab12");
    for (const auto* name : {"run.json", ".partial-ab12cd", "run.json.partial-ab12c", "run.json.partial-ab12cde",
                             "run.json.partial-AB12CD", "x.partial-abcdef-ab12", "run.json.partial"}) {
        EXPECT_FALSE(target_of_partial(name)) << name;
    }
}

TEST_F(PartialFiles, OfAKilledCribGo) {
    const auto left = put("run.json.partial-ab12cd");
    const auto looked = sweep(Sweep::only_look);
    ASSERT_THAT(looked.dead, SizeIs(1));
    EXPECT_TRUE(fs::exists(left)) << "a look removes nothing";
    const auto swept = sweep();
    ASSERT_THAT(swept.dead, SizeIs(1));
    EXPECT_EQ(swept.dead[0].path, left);
    EXPECT_GT(swept.dead[0].bytes, 0U);
    EXPECT_EQ(swept.dead[0].problem, "");
    EXPECT_FALSE(fs::exists(left));
}

TEST_F(PartialFiles, AreLeftAloneWhereTheyMayBeWrittenOrAreNotCribs) {
    (void)put("run.json.partial-ab12cd", std::chrono::hours{23});
    (void)put("run.json.partial-ab12ce", std::chrono::hours{-48});
    (void)put("notes.partial-ab12cd");
    (void)put("run.json.partial-mine");
    make_folder(folder.path() / "run.json.partial-folder");
    fs::create_symlink(put("mine"), folder.path() / "run.json.partial-link00");
    if (::geteuid() == 0) {
        ASSERT_EQ(::chown(put("run.json.partial-others").c_str(), 65534, 65534), 0);
    }
    const auto found = sweep();
    EXPECT_THAT(found.dead, IsEmpty());
    EXPECT_THAT(found.left_alone, IsEmpty());
    EXPECT_TRUE(fs::exists(folder.path() / "notes.partial-ab12cd"));
}

TEST_F(PartialFiles, GoFromFoldersThatHaveTheRightMarkAlone) {
    make("two-node-ab12", "run");
    make("two-node-ab13", "matrix");
    make("two-node-ab14", "");
    make("copied", "");
    write_mark(folder.path() / "copied", {"run", "two-node-ab12"});
    const auto left = put("two-node-ab12/run.json.partial-ab12cd");
    for (const auto* name : {"two-node-ab13", "two-node-ab14", "copied"}) {
        (void)put(std::string(name) + "/run.json.partial-ab12cd");
    }
    const auto swept =
        sweep_partial_files_in_marked(folder.path(), "run", std::chrono::system_clock::now(), Sweep::remove);
    std::vector<fs::path> paths;
    for (const auto& one : swept.dead) paths.push_back(one.path);
    EXPECT_THAT(paths, ElementsAre(left));
    EXPECT_FALSE(fs::exists(left));
    EXPECT_TRUE(fs::exists(folder.path() / "two-node-ab13/run.json.partial-ab12cd"));
}

TEST_F(PartialFiles, InAFolderThatCannotBeListedAreNotSaidToBeNone) {
    const test::PlainRights rights;
    ::chmod(folder.path().c_str(), 0000);
    const auto found = sweep();
    ::chmod(folder.path().c_str(), 0700);
    ASSERT_THAT(found.left_alone, SizeIs(1));
    EXPECT_THAT(found.left_alone[0].why, HasSubstr("cannot list"));
    EXPECT_THAT(sweep_partial_files(folder.path() / "nothing", {}, {}, Sweep::remove).left_alone, IsEmpty());
}

}  // namespace
}  // namespace crib
