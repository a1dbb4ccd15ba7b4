#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/image/image_store.h"
#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace crib::image {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

// The real skopeo and mke2fs over the checkout's own scripts; a container image made by hand.
class ImageDiskTest : public testing::Test {
protected:
    std::string output(const std::string& program, const std::vector<std::string>& args) {
        process::Command command;
        command.program = program;
        command.args = args;
        command.env["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin";
        return output_of(runner_, command, context());
    }

    // The blob's descriptor.
    static json put(const fs::path& layout, const std::string& type, const std::string& content) {
        const std::string sum = sha256_hex(content);
        make_folder(layout / "blobs" / "sha256");
        write_file(layout / "blobs" / "sha256" / sum, content);
        return {{"mediaType", type}, {"digest", "sha256:" + sum}, {"size", content.size()}};
    }

    // An image with one file.
    OciImage make_image(const std::string& reference) {
        const fs::path layout = folder_.path() / "layout";
        const fs::path tree = folder_.path() / "tree";
        make_folder(tree);
        write_file(tree / "hello", "hello from " + reference + "\n", 0755);
        static_cast<void>(output("tar", {"-C", tree.string(), "--owner=0", "--group=0", "-cf",
                                         (folder_.path() / "layer.tar").string(), "hello"}));
        const json layer =
            put(layout, "application/vnd.oci.image.layer.v1.tar", read_file(folder_.path() / "layer.tar"));
        const json config = put(layout, "application/vnd.oci.image.config.v1+json",
                                json{{"architecture", "amd64"},
                                     {"os", "linux"},
                                     {"config", json::object()},
                                     {"rootfs", {{"type", "layers"}, {"diff_ids", {layer.at("digest")}}}}}
                                    .dump());
        json manifest = put(layout, "application/vnd.oci.image.manifest.v1+json",
                            json{{"schemaVersion", 2}, {"config", config}, {"layers", {layer}}}.dump());
        write_file(layout / "index.json", json{{"schemaVersion", 2}, {"manifests", {manifest}}}.dump());
        write_file(layout / "oci-layout", R"({"imageLayoutVersion": "1.0.0"})");
        return {reference, layout};
    }

    Context context() { return Context::with_clock(clock_).with_timeout(std::chrono::minutes(2)); }
    ImageStore store() { return {runner_, {folder_.path() / "cache", folder_.path() / "state", CRIB_SOURCE_DIR}}; }

    TempFolder folder_{fs::temp_directory_path()};
    SystemClock clock_;
    process::BoostRunner runner_;
};

TEST_F(ImageDiskTest, HoldsTheImagesUnderTheirNamesInAStoreThatNodesMount) {
    const fs::path disk = store().ensure_image_disk({make_image("registry.test/hello:1")}, context());
    EXPECT_THAT(output("blkid", {"-p", "-o", "value", "-s", "LABEL", disk.string()}), HasSubstr("crib-images"));
    const json images = json::parse(output("debugfs", {"-R", "cat /overlay-images/images.json", disk.string()}));
    ASSERT_EQ(images.size(), 1U);
    EXPECT_THAT(images.at(0).at("names"), Contains("registry.test/hello:1"));
    const std::string layer = images.at(0).at("layer");
    EXPECT_EQ(output("debugfs", {"-R", "cat /overlay/" + layer + "/diff/hello", disk.string()}),
              "hello from registry.test/hello:1\n");
}

TEST_F(ImageDiskTest, LeavesNothingBesideTheDiskAndItsLog) {
    const fs::path disk = store().ensure_image_disk({make_image("registry.test/hello:1")}, context());
    for (const auto& entry : fs::directory_iterator(disk.parent_path())) {
        EXPECT_EQ(entry.path().string().find(".partial"), std::string::npos) << entry.path();
    }
    EXPECT_EQ(read_file("/proc/self/mountinfo").find(folder_.path().string()), std::string::npos);
}

TEST_F(ImageDiskTest, ALayoutThatIsDamagedIsNamedAndLeavesNoDisk) {
    const OciImage image = make_image("registry.test/hello:1");
    remove_all_quietly(image.layout / "blobs");
    try {
        store().ensure_image_disk({image}, context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::image);
        EXPECT_THAT(error.what(), HasSubstr("registry.test/hello:1"));
        EXPECT_THAT(error.hint(), HasSubstr("log"));
    }
    for (const auto& entry : fs::directory_iterator(folder_.path() / "cache" / "images")) {
        EXPECT_TRUE(entry.path().extension() == ".lock" || entry.path().filename() == "logs") << entry.path();
    }
}

}  // namespace
}  // namespace crib::image
