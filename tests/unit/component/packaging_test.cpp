// What leaves the store: OCI layouts that are valid and reproducible, control files of packages.

#include "harness/component/deb.h"
#include "harness/component/oci_layout.h"

#include "harness/base/file.h"
#include "harness/base/sha256.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class OciLayout : public testing::Test {
protected:
    fs::path make(const std::string& name) {
        write_file(folder_.path() / "program", "#!/bin/true\n", 0700);
        const fs::path tar = folder_.path() / (name + ".tar");
        write_layer(tar, {{"/usr/bin/program", folder_.path() / "program", 0755}}, {{"/bin/sh", "busybox"}}, true);
        ImageSpec spec;
        spec.entrypoint = {"/usr/bin/program"};
        spec.cmd = {"-g", "daemon off;"};
        write_oci_layout(folder_.path() / name, "registry.k8s.io/program:v1", spec, {{tar, "", false}});
        return folder_.path() / name;
    }
    static json blob(const fs::path& layout, const std::string& digest) {
        return json::parse(read_file(layout / "blobs/sha256" / digest.substr(7)));
    }
    TempFolder folder_{fs::temp_directory_path()};
};

TEST_F(OciLayout, NamesTheImageAndEveryBlobByItsDigest) {
    const fs::path layout = make("a");
    const json index = json::parse(read_file(layout / "index.json"));
    const json entry = index.at("manifests").at(0);
    EXPECT_EQ(entry.at("annotations").at("org.opencontainers.image.ref.name"), "registry.k8s.io/program:v1");
    const json manifest = blob(layout, entry.at("digest"));
    const json config = blob(layout, manifest.at("config").at("digest"));
    EXPECT_EQ(config.at("config").at("Cmd").at(1), "daemon off;");
    EXPECT_EQ(config.at("rootfs").at("diff_ids").at(0), manifest.at("layers").at(0).at("digest"));
    for (const auto& file : fs::directory_iterator(layout / "blobs/sha256")) {
        EXPECT_EQ(sha256_file(file.path()), file.path().filename().string());
    }
}

TEST_F(OciLayout, IsTheSameForTheSameInput) {
    EXPECT_EQ(read_file(make("a") / "index.json"), read_file(make("b") / "index.json"));
}

TEST_F(OciLayout, KeepsASharedLayerForOtherImages) {
    write_file(folder_.path() / "base.tar", "layer");
    write_oci_layout(folder_.path() / "image", "r:1", {}, {{folder_.path() / "base.tar", "", true}});
    EXPECT_EQ(read_file(folder_.path() / "base.tar"), "layer");
}

TEST(FolderName, OfAReferenceIsOnePathElement) {
    EXPECT_EQ(folder_name_of("registry.k8s.io/coredns/coredns:v1"), "registry.k8s.io_coredns_coredns_v1");
}

TEST(DebControl, HoldsWhatAptResolves) {
    DebContent content;
    content.name = "kubelet";
    content.version = "1.36.3-1.1";
    content.description = "Node agent";
    content.depends = {"kubernetes-cni (>= 1.2.0)", "iptables"};
    const std::string control = control_of(content, "amd64", 4096);
    EXPECT_THAT(control, HasSubstr("Package: kubelet\nVersion: 1.36.3-1.1\nArchitecture: amd64\n"));
    EXPECT_THAT(control, HasSubstr("Installed-Size: 4096\n"));
    EXPECT_THAT(control, HasSubstr("Depends: kubernetes-cni (>= 1.2.0), iptables\n"));
    EXPECT_THAT(control, Not(HasSubstr("Recommends")));
}

}  // namespace
}  // namespace crib::component
