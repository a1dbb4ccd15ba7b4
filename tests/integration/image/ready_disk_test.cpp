#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/image/disks.h"
#include "harness/image/image_store.h"
#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace crib::image {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

// An image file in a temporary checkout that names a qcow2, made by the real qemu-img.
class ReadyDiskTest : public testing::Test {
protected:
    ReadyDiskTest() {
        make_folder(source() / "images");
        run({"create", "-q", "-f", "qcow2", disk().string(), "8M"});
    }

    void run(const std::vector<std::string>& args) {
        process::Command command;
        command.program = "qemu-img";
        command.args = args;
        static_cast<void>(output_of(runner_, command, context()));
    }

    [[nodiscard]] fs::path source() const { return folder_.path() / "source"; }
    [[nodiscard]] fs::path disk() const { return source() / "images" / "mine.qcow2"; }

    void name_disk(const json& qcow2) {
        const json file = {{"name", "mine"}, {"family", "debian"}, {"codename", "trixie"}, {"how", {{"qcow2", qcow2}}}};
        write_file(source() / "images" / "mine.json", file.dump());
    }

    NodeImage ensure() {
        ImageStore store(runner_, {folder_.path() / "cache", folder_.path() / "state", source()});
        return store.ensure("mine", context());
    }

    std::string failure(ErrorKind kind = ErrorKind::image) {
        try {
            ensure();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), kind);
            return error.what();
        }
        return "accepted";
    }

    Context context() { return Context::with_clock(clock_); }

    TempFolder folder_{fs::temp_directory_path()};
    SystemClock clock_;
    process::BoostRunner runner_;
};

TEST_F(ReadyDiskTest, AFileIsUsedWhereItIs) {
    name_disk({{"path", "mine.qcow2"}, {"sha256", sha256_file(disk())}});
    const NodeImage image = ensure();
    EXPECT_EQ(image.root, disk());
    EXPECT_TRUE(image.kernel.empty());
    EXPECT_TRUE(image.packages.empty()) << "nobody has made the folder";
    EXPECT_TRUE(ensure().reused);
}

TEST_F(ReadyDiskTest, AUrlIsFetchedOnce) {
    name_disk({{"url", "file://" + disk().string()}, {"sha256", sha256_file(disk())}});
    const NodeImage image = ensure();
    EXPECT_EQ(sha256_file(image.root), sha256_file(disk()));
    fs::remove(disk());
    EXPECT_TRUE(ensure().reused);
}

TEST_F(ReadyDiskTest, AFileThatDoesNotVerifyIsRefused) {
    name_disk({{"path", "mine.qcow2"}, {"sha256", std::string(64, 'a')}});
    EXPECT_THAT(failure(), HasSubstr("does not verify"));
}

TEST_F(ReadyDiskTest, ADiskThatStandsOnAFileOfTheHostIsRefused) {
    const fs::path secret = folder_.path() / "secret";
    write_file(secret, std::string(1 << 16, 's'));
    fs::remove(disk());
    run({"create", "-q", "-f", "qcow2", "-F", "raw", "-b", secret.string(), disk().string()});
    name_disk({{"path", "mine.qcow2"}});
    EXPECT_THAT(failure(), HasSubstr("stands on another file"));
}

TEST_F(ReadyDiskTest, AFileThatIsNoQcow2IsRefused) {
    write_file(disk(), "not a disk");
    name_disk({{"path", "mine.qcow2"}});
    EXPECT_THAT(failure(ErrorKind::usage), HasSubstr("is not a qcow2 disk"));
}

TEST_F(ReadyDiskTest, AMissingFileIsNamed) {
    name_disk({{"path", "other.qcow2"}});
    EXPECT_THAT(failure(ErrorKind::usage), HasSubstr("images/other.qcow2: there is no such file"));
}

TEST_F(ReadyDiskTest, ANodesDiskStandsOnTheImageAndMayBeLarger) {
    const fs::path overlay = folder_.path() / "vda.qcow2";
    make_overlay(runner_, disk(), overlay, context(), ByteSize::mib(64));
    process::Command command;
    command.program = "qemu-img";
    command.args = {"info", "--output=json", overlay.string()};
    const json info = json::parse(output_of(runner_, command, context()));
    EXPECT_EQ(info.at("backing-filename"), disk().string());
    EXPECT_EQ(info.at("virtual-size"), ByteSize::mib(64).bytes);
}

}  // namespace
}  // namespace crib::image
