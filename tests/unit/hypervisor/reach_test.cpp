#include "harness/hypervisor/reach.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>

namespace crib::hypervisor {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Reach : public testing::Test {
protected:
    Reach() { make_folder(folder_.path() / "state", 0711); }
    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
};

TEST_F(Reach, OfOthersEndsAtTheOutermostClosedFolder) {
    make_folder(folder_.path() / "state" / "private", 0700);
    fs::permissions(folder_.path(), fs::perms::owner_all);
    EXPECT_EQ(closed_folder_above(folder_.path() / "state" / "private" / "root.qcow2"), folder_.path());
    fs::permissions(folder_.path(), fs::perms::others_exec, fs::perm_options::add);
    EXPECT_EQ(closed_folder_above(folder_.path() / "state" / "private" / "root.qcow2"),
              folder_.path() / "state" / "private");
    EXPECT_EQ(closed_folder_above(folder_.path() / "state" / "root.qcow2"), std::nullopt);
}

TEST_F(Reach, ThatIsMissingIsAnErrorWithTheFolderAndTheCure) {
    fs::permissions(folder_.path(), fs::perms::owner_all);
    MachineSpec spec;
    spec.kernel = "/boot/vmlinuz";
    spec.disks = {{folder_.path() / "state" / "root.qcow2", DiskFormat::qcow2, false, "crib-root"}};
    try {
        require_reach(spec);
        FAIL() << "it was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), HasSubstr("may not enter " + folder_.path().string() + " to read"));
        EXPECT_THAT(error.hint(), HasSubstr("--state"));
    }
}

}  // namespace
}  // namespace crib::hypervisor
