// The component table: what a row may say, and that the rows shipped fit together.

#include "harness/component/table.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/component/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex>

namespace crib::component {
namespace {

using testing::Contains;
using testing::ElementsAre;
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

// A table with rows of one component, written by the test.
class OwnTable : public testing::Test {
protected:
    void add(const std::string& version, const std::string& rest) const {
        write(version, R"("name": "tool", "version": ")" + version + R"(", "source": "of )" + version + "\"" + rest);
    }
    void write(const std::string& version, const std::string& keys) const {
        make_folder(folder(version) / "files");
        write_file(folder(version) / "component.json", "{" + keys + "}");
    }
    [[nodiscard]] fs::path folder(const std::string& version) const { return folder_.path() / "tool" / version; }
    [[nodiscard]] std::string complaint_about(const std::string& version) const {
        try {
            static_cast<void>(table_.row("tool", version));
        } catch (const Error& error) {
            return error.what();
        }
        return "none";
    }

    TempFolder folder_{fs::temp_directory_path()};
    Table table_{folder_.path()};
};

TEST_F(OwnTable, TakesWhatARowDoesNotSayFromTheOneThatItIsLike) {
    add("1.10.0", R"(, "local": true, "requires": {"etcd": "3.6.8", "pause": "3.10"}, "images": [{"reference": "r"}])");
    add("1.9.4", R"(, "like": "1.10.0", "requires": {"etcd": "3.6.5"})");
    write_file(folder("1.10.0") / "files/unit", "new");
    write_file(folder("1.10.0") / "files/config", "new");
    write_file(folder("1.9.4") / "files/unit", "old");
    const Row row = table_.row("tool", "1.9.4");
    EXPECT_EQ(row.version, "1.9.4");
    EXPECT_EQ(row.source, "of 1.9.4");
    EXPECT_TRUE(row.local);
    EXPECT_EQ(row.images.at(0).reference, "r");
    EXPECT_EQ(row.requires_, (std::map<std::string, std::string>{{"etcd", "3.6.5"}, {"pause", "3.10"}}));
    EXPECT_EQ(read_file(row.file("unit")), "old");
    EXPECT_EQ(read_file(row.file("config")), "new");
}

TEST_F(OwnTable, NeedsEachRowsOwnSource) {
    add("2", "");
    write("1", R"("name": "tool", "version": "1", "like": "2")");
    EXPECT_THAT(complaint_about("1"), HasSubstr(R"(key "source" is missing)"));
}

TEST_F(OwnTable, RefusesARowThatIsLikeNoneOrLikeOneThatIsLikeAnother) {
    add("3", R"(, "like": "9")");
    add("2", R"(, "like": "3")");
    add("1", R"(, "like": "../tool/3")");
    for (const std::string version : {"1", "2", "3"}) {
        EXPECT_THAT(complaint_about(version), HasSubstr("says everything")) << version;
    }
}

TEST_F(OwnTable, HasARowForACheckoutOfAnyVersionTheNewestOfTheNearestMinor) {
    add("1.34.10", "");
    add("1.36.2", "");
    add("1.36.10", "");
    const auto borrowed = [&](const std::string& version) {
        const Row row = table_.row_for_checkout("tool", version);
        EXPECT_EQ(row.version, version);
        return row.folder.filename();
    };
    EXPECT_EQ(borrowed("1.36.2"), "1.36.2");
    EXPECT_EQ(borrowed("1.36.7"), "1.36.10");
    EXPECT_EQ(borrowed("1.38.0-dev"), "1.36.10");
    EXPECT_EQ(borrowed("1.20.1"), "1.34.10");
    EXPECT_THROW(static_cast<void>(table_.row_for_checkout("tol", "1.2")), Error);
    for (const std::string version : {"", "main", "1.36.3/../x", "-1.2"}) {
        EXPECT_THROW(static_cast<void>(table_.row_for_checkout("tool", version)), Error) << version;
    }
}

TEST_F(OwnTable, SaysWhyAVersionIsNotOnOfferAndWhatToDoInstead) {
    add("1.36.1", "");
    write_file(folder_.path() / "tool/offer.json", R"({
        "absent": [{"versions": ["1.20-1.35", "1.36.0"], "why": "nobody has it", "instead": "build it", "source": "s"}],
        "pairs": [{"with": "kubernetes", "versions": ["1.34"], "standing": "works", "why": "CRI v1", "source": "s"}]})");
    for (const std::string version : {"1.20.0", "1.28.3", "1.35.12", "1.36.0"}) {
        EXPECT_THAT(complaint_about(version), HasSubstr("nobody has it")) << version;
    }
    EXPECT_EQ(complaint_about("1.19.3"), "tool has no version 1.19.3");
    EXPECT_EQ(complaint_about("1.36.11"), "tool has no version 1.36.11");
    const Offer offer = table_.offer("tool");
    EXPECT_EQ(offer.find_pairing("kubernetes", "1.34.10")->why, "CRI v1");
    EXPECT_EQ(offer.find_pairing("kubernetes", "1.33.1"), nullptr);
}

TEST(ComponentVersions, CompareByTheirNumbers) {
    EXPECT_LT(compare_versions("1.9.4", "1.10.0"), 0);
    EXPECT_GT(compare_versions("1.36.10", "1.36.9"), 0);
    EXPECT_EQ(compare_versions("1.36.3", "1.36.3"), 0);
}

TEST(ShippedComponents, OfferTheVersionsThatCanBePinned) {
    const Table table(shipped);
    EXPECT_THAT(table.versions("kubernetes"),
                testing::IsSupersetOf({"1.34.10", "1.35.6", "1.36.0", "1.36.2", "1.36.3"}));
    EXPECT_THAT(table.versions("cri-o"), testing::IsSupersetOf({"1.36.1", "1.36.2", "1.36.3"}));
}

TEST(ShippedComponents, PinTheModuleOfTheVersionThatTheyAreCalledBy) {
    const Table table(shipped);
    for (const std::string name : {"kubernetes", "cri-o", "cri-tools", "etcd", "coredns", "cni-plugins", "flannel"}) {
        for (const std::string& version : table.versions(name)) {
            const Row row = table.row(name, version);
            EXPECT_THAT(read_file(row.folder / "go.mod"), HasSubstr(row.go->module + " v" + version));
            EXPECT_THAT(read_file(row.folder / "go.sum"), HasSubstr(row.go->module + " v" + version + " h1:"));
        }
    }
}

// CRI-O starts /pause alone where a pod's containers share a PID namespace; the version is stamped as upstream does.
TEST(ShippedComponents, MakePauseOfUpstreamsSourceToBeStartedWithoutArguments) {
    const Table table(shipped);
    for (const std::string& version : table.versions("pause")) {
        const Row row = table.row("pause", version);
        ASSERT_EQ(row.cc.size(), 1U) << version;
        EXPECT_THAT(row.cc[0].sources, ElementsAre("build/pause/linux/pause.c"));
        const auto pinned = read_file(row.folder / "go.mod");
        const auto at = pinned.find("k8s.io/kubernetes v");
        ASSERT_NE(at, std::string::npos) << version;
        const auto module = pinned.substr(at + 18, pinned.find('\n', at) - at - 18);
        EXPECT_THAT(row.cc[0].flags, Contains("-static"));
        EXPECT_THAT(row.cc[0].flags, Contains("-DVERSION=v${version}-" + module));
        ASSERT_EQ(row.images.size(), 1U);
        EXPECT_THAT(row.images[0].entrypoint, ElementsAre("/pause"));
        EXPECT_EQ(row.images[0].user, "65535:65535");
        EXPECT_TRUE(row.needs_c_compiler());
        EXPECT_FALSE(row.needs_root());
    }
}

// Go ignores the ./staging replacements in kubernetes' own go.mod.
TEST(ShippedComponents, ReplaceEachStagingModuleOfKubernetesByTheSameRelease) {
    const Table table(shipped);
    for (const std::string& version : table.versions("kubernetes")) {
        const Row row = table.row("kubernetes", version);
        std::size_t staging = 0;
        for (const std::string& line : split_lines(read_file(row.folder / "go.mod"))) {
            const auto words = split(line, ' ');
            if (words.size() != 5 || words[0] != "replace") continue;
            ++staging;
            const auto other = row.go->replace.find(words[1]);
            EXPECT_EQ(words[4], other == row.go->replace.end() ? "v0." + version.substr(2) : other->second) << line;
        }
        EXPECT_GE(staging, 29U) << version;
    }
}

TEST(ShippedComponents, SayHowEachKubernetesGoesWithTheCriOThatIsOnOffer) {
    const Table table(shipped);
    const Offer offer = table.offer("cri-o");
    for (const std::string& version : table.versions("kubernetes")) {
        const Pairing* pairing = offer.find_pairing("kubernetes", version);
        ASSERT_NE(pairing, nullptr) << version;
        EXPECT_EQ(pairing->standing, version.starts_with("1.36.") ? "supported" : "works");
    }
}

TEST(ShippedComponents, CallNoVersionAbsentThatIsOnOffer) {
    const Table table(shipped);
    EXPECT_NE(table.offer("cri-o").find_absent("1.34.11"), nullptr);
    for (const std::string& name : table.names()) {
        const Offer offer = table.offer(name);
        for (const std::string& version : table.versions(name)) {
            EXPECT_EQ(offer.find_absent(version), nullptr) << name << " " << version;
        }
    }
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
    const auto names = table.names();
    EXPECT_GE(names.size(), 10U);
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
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
            for (const auto& part : row.cc) made.push_back("bin:" + part.output);
            for (const auto& part : row.distribution) made.push_back("bin:" + part.output);
            std::vector<FileEntry> files;
            for (const auto& deb : row.debs) files.insert(files.end(), deb.files.begin(), deb.files.end());
            for (const auto& image : row.images) files.insert(files.end(), image.files.begin(), image.files.end());
            for (const FileEntry& file : files) {
                if (file.from.starts_with("bin:")) {
                    EXPECT_THAT(made, Contains(file.from)) << name;
                } else if (file.from.starts_with("file:")) {
                    EXPECT_TRUE(fs::exists(row.file(file.from.substr(5)))) << file.from;
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
