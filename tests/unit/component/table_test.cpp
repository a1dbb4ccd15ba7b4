// The component table: what a row may say, and that the rows shipped fit together.

#include "harness/component/table.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/component/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex>

namespace crib::component {
namespace {

using testing::Contains;
using testing::HasSubstr;

namespace fs = std::filesystem;

const fs::path shipped = fs::path(CRIB_SOURCE_DIR) / "fixtures/components";

std::string complaint_about(const std::string& text) {
    try {
        static_cast<void>(parse_row(text, "rows/x/1/component.json"));
    } catch (const Error& error) {
        return error.what();
    }
    return "none";
}

TEST(ComponentTable, NamesTheFileAndTheNearestKeyForAMisspelledOne) {
    const std::string text = R"({"name": "x", "version": "1", "source": "", "imags": []})";
    EXPECT_THAT(complaint_about(text),
                HasSubstr(R"(rows/x/1/component.json#: unknown key "imags", did you mean "images"?)"));
}

TEST(ComponentTable, NamesThePlaceOfAMissingKey) {
    const std::string text = R"({"name": "x", "version": "1", "source": "", "debs": [{"name": "d", "version": "1"}]})";
    EXPECT_THAT(complaint_about(text), HasSubstr(R"(#/debs/0: key "description" is missing)"));
}

TEST(ComponentTable, RefusesFilesThatLeaveTheirFolder) {
    const std::string row = R"({"name": "x", "version": "1", "source": "", "images": [
        {"reference": "r", "files": [{"from": "file:../../secret", "to": "/a"}]}]})";
    EXPECT_THAT(complaint_about(row), HasSubstr("must not leave its folder"));
}

TEST(ComponentTable, RefusesAModeThatIsNotOctal) {
    const std::string row = R"({"name": "x", "version": "1", "source": "", "images": [
        {"reference": "r", "files": [{"from": "bin:a", "to": "/a", "mode": "rwx"}]}]})";
    EXPECT_THAT(complaint_about(row), HasSubstr("octal"));
}

TEST(ComponentTable, SaysWhichVersionsAreOnOfferForAnUnknownOne) {
    try {
        static_cast<void>(Table(shipped).row("cri-o", "9.9.9"));
        FAIL() << "an unknown version was found";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), HasSubstr("1.36.3"));
    }
}

TEST(ComponentTable, ExpandsVersionsAndRefusesUnknownVariables) {
    EXPECT_EQ(expand("v${stamp} ${major}.${minor} ${version}", "1.36.3", "1.36.3+local.ab"),
              "v1.36.3+local.ab 1.36 1.36.3");
    EXPECT_THROW(static_cast<void>(expand("${nope}", "1", "1")), Error);
}

TEST(ShippedComponents, HaveARowForEachVersionTheyRequire) {
    const Table table(shipped);
    for (const std::string& name : table.names()) {
        for (const std::string& version : table.versions(name)) {
            for (const auto& [other, at] : table.row(name, version).requires_) {
                EXPECT_THAT(table.versions(other), Contains(at)) << name << " " << version << " requires " << other;
            }
        }
    }
}

TEST(ShippedComponents, SayWhereTheirFactsAreFromAndHaveSumsForTheirModules) {
    const Table table(shipped);
    EXPECT_GE(table.names().size(), 10U);
    for (const std::string& name : table.names()) {
        for (const std::string& version : table.versions(name)) {
            const Row row = table.row(name, version);
            EXPECT_FALSE(row.source.empty()) << name;
            if (row.go) {
                EXPECT_TRUE(fs::exists(row.folder / "go.sum")) << name;
                EXPECT_THAT(read_file(row.folder / "go.mod"), HasSubstr(row.go->module)) << name;
            }
        }
    }
}

// A row that packs a program which nothing makes would fail only at the end of a long build.
TEST(ShippedComponents, PackOnlyProgramsThatTheyMakeAndFilesThatExist) {
    const Table table(shipped);
    for (const std::string& name : table.names()) {
        for (const std::string& version : table.versions(name)) {
            const Row row = table.row(name, version);
            std::vector<std::string> made;
            if (row.go) {
                for (const auto& build : row.go->builds) made.push_back("bin:" + build.output);
            }
            for (const auto& part : row.make) made.push_back("bin:" + part.output);
            for (const auto& part : row.distribution) made.push_back("bin:" + part.output);
            std::vector<FileEntry> files;
            for (const auto& deb : row.debs) files.insert(files.end(), deb.files.begin(), deb.files.end());
            for (const auto& image : row.images) files.insert(files.end(), image.files.begin(), image.files.end());
            for (const FileEntry& file : files) {
                if (file.from.starts_with("bin:")) {
                    EXPECT_THAT(made, Contains(file.from)) << name;
                } else if (file.from.starts_with("file:")) {
                    EXPECT_TRUE(fs::exists(row.folder / "files" / file.from.substr(5))) << file.from;
                }
            }
        }
    }
}

TEST(ShippedComponents, PutTheKubeletDropInWhereUpstreamsPackageHasIt) {
    const Row row = Table(shipped).row("kubernetes", "1.36.3");
    std::vector<std::string> paths;
    for (const auto& deb : row.debs) {
        for (const auto& file : deb.files) paths.push_back(file.to);
    }
    EXPECT_THAT(paths, Contains("/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf"));
    EXPECT_THAT(paths, Contains("/usr/lib/systemd/system/kubelet.service"));
    EXPECT_THAT(paths, Contains("/etc/default/kubelet"));
}

TEST(GoBuilds, AreOneCommandWhereFlagsAreTheSameAndGoNamesTheOutputs) {
    const GoBuild kubeadm{"k8s.io/kubernetes/cmd/kubeadm", "kubeadm", false, {}, {"-s"}};
    const GoBuild kubelet{"k8s.io/kubernetes/cmd/kubelet", "kubelet", false, {}, {"-s"}};
    const GoBuild etcd{"go.etcd.io/etcd/server/v3", "etcd", false, {}, {"-s"}};
    const GoBuild cgo{"example.org/cmd/x", "x", true, {}, {"-s"}};
    const auto groups = group_builds({kubeadm, kubelet, etcd, cgo});
    ASSERT_EQ(groups.size(), 3U);
    EXPECT_EQ(groups[0].size(), 2U);
    EXPECT_EQ(groups[1].front().output, "etcd");
}

}  // namespace
}  // namespace crib::component
