#include "harness/image/image_store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <algorithm>

namespace crib::image {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kImage = R"({"name": "tiny", "family": "debian", "codename": "trixie",
    "how": {"mmdebstrap": {"origin": "Debian", "suites": ["trixie"], "components": ["main"]}},
    "packages": {"image": ["udev"], "repository": ["conmon"]}})";

// A checkout and a cache in a temporary folder, and programs that only write the files they should.
class ImageStoreTest : public testing::Test {
protected:
    ImageStoreTest() {
        write(source() / "images" / "tiny.json", kImage);
        write(source() / "fixtures" / "image" / "finish.sh", "true\n");
        write(source() / "fixtures" / "image" / "fill-image-store.sh", "true\n");
        runner_.on({"apt-get", "indextargets"},
                   test::exited(0, "Packages|Debian|bookworm|http://mirror.test/debian/\n"));
        runner_.on({"mmdebstrap"}, [](const process::Command& command) {
            const auto tar = std::find_if(command.args.begin(), command.args.end(),
                                          [](const std::string& arg) { return arg.ends_with("root.tar"); });
            const fs::path output = fs::path(*tar).parent_path();
            write_file(*tar, "tar");
            write_file(output / "kernel", "kernel");
            write_file(output / "initrd", "initrd");
            return test::exited(0);
        });
        runner_.on({"unshare"}, [](const process::Command& command) {
            for (const std::string& arg : command.args) {
                if (arg.ends_with("root.raw") || arg.ends_with(".ext4.partial")) write_file(arg, "ext4");
            }
            return test::exited(0);
        });
        runner_.on({"qemu-img", "convert"}, [](const process::Command& command) {
            write_file(command.args.back(), "qcow2");
            return test::exited(0);
        });
        runner_.refuse_others();
    }

    static void write(const fs::path& path, const std::string& text) {
        make_folder(path.parent_path());
        write_file(path, text);
    }

    [[nodiscard]] fs::path source() const { return folder_.path() / "source"; }
    [[nodiscard]] fs::path cache() const { return folder_.path() / "cache" / "images"; }

    ImageStore store() {
        return {runner_,
                {folder_.path() / "cache", folder_.path() / "state", source()},
                [this](const Progress& progress) { said_.push_back(progress); }};
    }

    Context context() { return Context::with_clock(clock_); }

    std::vector<std::string> entries() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(cache())) {
            if (entry.path().extension() != ".lock" && entry.path().filename() != "logs")
                names.push_back(entry.path().filename());
        }
        return names;
    }

    OciImage oci(const std::string& reference, const std::string& index) {
        const fs::path layout = folder_.path() / "layouts" / std::to_string(++layouts_);
        write(layout / "index.json", index);
        return {reference, layout};
    }

    TempFolder folder_{fs::temp_directory_path()};
    test::ManualClock clock_;
    test::RecordingRunner runner_;
    std::vector<Progress> said_;
    int layouts_ = 0;
};

TEST_F(ImageStoreTest, MakesAnImageOnceAndThenRunsNothing) {
    const NodeImage made = store().ensure("tiny", context());
    EXPECT_FALSE(made.reused);
    EXPECT_EQ(read_file(made.root), "qcow2");
    EXPECT_EQ(read_file(made.kernel), "kernel");
    const auto programs = runner_.commands().size();
    const NodeImage again = store().ensure("tiny", context());
    EXPECT_TRUE(again.reused);
    EXPECT_EQ(again.root, made.root);
    EXPECT_EQ(runner_.commands().size(), programs);
    EXPECT_EQ(said_.back().kind, Progress::Kind::reused);
}

TEST_F(ImageStoreTest, FindsOnlyWhatIsThere) {
    EXPECT_FALSE(store().find("tiny"));
    const NodeImage made = store().ensure("tiny", context());
    EXPECT_EQ(store().find("tiny")->root, made.root);
}

TEST_F(ImageStoreTest, AChangedGuestFileMakesAnotherImage) {
    const NodeImage before = store().ensure("tiny", context());
    write(source() / "fixtures" / "image" / "root" / "etc" / "fstab", "# new\n");
    const NodeImage after = store().ensure("tiny", context());
    EXPECT_FALSE(after.reused);
    EXPECT_NE(after.digest, before.digest);
}

TEST_F(ImageStoreTest, AFailedMakingLeavesNothingAndNamesItsLog) {
    runner_.on({"mmdebstrap"}, test::exited(25, "", "E: apt-get update failed\n"));
    try {
        store().ensure("tiny", context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::image);
        EXPECT_THAT(error.what(),
                    HasSubstr("node image tiny: making tiny: mmdebstrap exited with 25: E: apt-get update failed"));
        EXPECT_THAT(error.hint(), HasSubstr((cache() / "logs").string()));
    }
    EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(ImageStoreTest, AFullDiskIsNamedAsTheReason) {
    runner_.on({"qemu-img", "convert"},
               test::exited(1, "", "qemu-img: error while writing: No space left on device\n"));
    try {
        store().ensure("tiny", context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.hint(), HasSubstr("the disk is full"));
    }
    EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(ImageStoreTest, WhatAKilledMakingLeftBehindIsNotTakenForAnImage) {
    const NodeImage made = store().ensure("tiny", context());
    const fs::path entry = made.root.parent_path();
    fs::rename(entry, entry.string() + ".partial");
    write(fs::path(entry.string() + ".partial") / "tree" / "half", "made");
    const NodeImage again = store().ensure("tiny", context());
    EXPECT_FALSE(again.reused);
    EXPECT_FALSE(fs::exists(entry / "tree"));
    EXPECT_FALSE(fs::exists(entry.string() + ".partial"));
}

TEST_F(ImageStoreTest, AMachineWithoutPackageSourcesIsToldTheCure) {
    runner_.on({"apt-get", "indextargets"}, test::exited(0));
    try {
        store().ensure("tiny", context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.hint(), HasSubstr("apt-get update"));
    }
}

TEST_F(ImageStoreTest, AStoppedMakingIsCancelledNotFailed) {
    std::stop_source stop;
    stop.request_stop();
    try {
        store().ensure("tiny", context().with_stop(stop.get_token()));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
    EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(ImageStoreTest, TheImageDiskIsMadeOnceForTheSameImagesInAnyOrder) {
    const OciImage pause = oci("registry.test/pause:1", "manifest a");
    const OciImage nginx = oci("registry.test/nginx:1", "manifest b");
    const fs::path disk = store().ensure_image_disk({pause, nginx}, context());
    EXPECT_EQ(read_file(disk), "ext4");
    const auto programs = runner_.commands().size();
    EXPECT_EQ(store().ensure_image_disk({nginx, pause}, context()), disk);
    EXPECT_EQ(runner_.commands().size(), programs);
}

TEST_F(ImageStoreTest, AnImageRebuiltUnderItsOldNameMakesANewDisk) {
    const fs::path disk = store().ensure_image_disk({oci("registry.test/pause:1", "manifest a")}, context());
    EXPECT_NE(store().ensure_image_disk({oci("registry.test/pause:1", "manifest b")}, context()), disk);
}

TEST_F(ImageStoreTest, AnImageThatCannotBeImportedIsNamed) {
    runner_.on({"unshare"}, [](const process::Command& command) {
        command.on_out("importing registry.test/pause:1");
        return test::exited(1, "", "manifest unknown\n");
    });
    try {
        store().ensure_image_disk({oci("registry.test/pause:1", "manifest a")}, context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("importing registry.test/pause:1: "));
        EXPECT_THAT(error.what(), HasSubstr("manifest unknown"));
    }
    EXPECT_THAT(entries(), IsEmpty());
}

}  // namespace
}  // namespace crib::image
